// SPDX-License-Identifier: Apache-2.0
#include "base/settings.h"

#include <algorithm>
#include <charconv>

#include "base/colour.h"
#include "base/encoding.h"
#include "base/files.h"
#include "base/time_zone.h"
#include "base/toml_reader.h"

namespace phimilter {
namespace {

using Check = Setting::Check;

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::pair<std::int64_t, std::int64_t> range_of(const Setting& setting) {
  const auto dots = setting.limits.find("..");
  return {number(setting.limits.substr(0, dots)), number(setting.limits.substr(dots + 2))};
}

bool is_domain(std::string_view text) {
  if (text.starts_with('.')) {
    text.remove_prefix(1);
  }
  return !text.empty() && text.size() <= 253 &&
         text.find_first_of(" \t@/:<>\"'") == std::string_view::npos && !text.starts_with('.') &&
         !text.ends_with('.');
}

bool is_socket(std::string_view text) {
  if (text.starts_with("unix:/")) {
    return text.size() > 6 && text.size() < 5 + 108;  // sun_path
  }
  if (!text.starts_with("inet:")) {
    return false;
  }
  const auto colon = text.rfind(':');
  const std::string_view port = text.substr(colon + 1);
  const bool digits = !port.empty() && port.size() <= 5 &&
                      port.find_first_not_of("0123456789") == std::string_view::npos;
  return colon > 5 && digits && number(port) >= 1 && number(port) <= 65535;
}

// What is wrong with a colour; empty: nothing.
std::string colour_complaint(std::string_view text) {
  const auto colour = parse_colour(text);
  if (!colour) {
    return "must be a colour such as \"#0b5c7d\"";
  }
  if (contrast(*colour, kWhite) < kReadableContrast) {
    return "is too light: white could not be read on it; " + readable_on(*colour, kWhite).str() +
           " is the nearest that can be used";
  }
  return {};
}

bool is_choice(const Setting& setting, std::string_view value) {
  const auto choices = split(setting.limits, '|');
  return std::find(choices.begin(), choices.end(), value) != choices.end();
}

// Empty: good. Else what the value must be.
std::string complaint(const Setting& setting, std::string_view value) {
  if (value.empty()) {
    return {};
  }
  switch (setting.check) {
    case Check::none:
      return {};
    case Check::absolute_path:
    case Check::folder:
      return value.starts_with('/') ? "" : "must be an absolute path";
    case Check::socket:
      return is_socket(value) ? "" : "must be unix:/path or inet:address:port";
    case Check::domains:
      return is_domain(value) ? "" : "must be domain names, such as \"clinic.example\"";
    case Check::choice:
      return is_choice(setting, value) ? "" : "must be one of " + std::string(setting.limits);
    case Check::url:
      return value.starts_with("https://") && !value.ends_with('/')
                 ? ""
                 : "must start with https:// and not end with a slash";
    case Check::colour:
      return colour_complaint(value);
    case Check::time_zone:
      return time_zone_complaint(value);
  }
  return {};
}

void check_texts(TomlTable& section, const Setting& setting,
                 const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    const std::string what = complaint(setting, value);
    if (!what.empty() || (value.empty() && setting.check != Check::none)) {
      section.refuse(setting.name, "'" + std::string(setting.name) + "' " +
                                       (what.empty() ? "must not hold empty texts" : what));
      return;
    }
  }
}

void read_value(TomlTable& section, const Setting& setting, Settings& settings) {
  if (const auto* text = std::get_if<std::string Settings::*>(&setting.place)) {
    if (const auto value = section.text(setting.name)) {
      if (const std::string what = complaint(setting, *value); !what.empty()) {
        section.refuse(setting.name, "'" + std::string(setting.name) + "' " + what);
      }
      settings.*(*text) = *value;
    }
  } else if (const auto* integer = std::get_if<std::int64_t Settings::*>(&setting.place)) {
    if (const auto value = section.integer(setting.name)) {
      const auto [least, most] = range_of(setting);
      if (*value < least || *value > most) {
        section.refuse(setting.name, "'" + std::string(setting.name) + "' must be from " +
                                         std::to_string(least) + " to " + std::to_string(most));
      }
      settings.*(*integer) = *value;
    }
  } else if (const auto* flag = std::get_if<bool Settings::*>(&setting.place)) {
    if (const auto value = section.boolean(setting.name)) {
      settings.*(*flag) = *value;
    }
  } else if (const auto* list = std::get_if<std::vector<std::string> Settings::*>(&setting.place)) {
    if (auto values = section.texts(setting.name)) {
      check_texts(section, setting, *values);
      settings.*(*list) = std::move(*values);
    }
  }
}

void read_brand(TomlTable& table, const std::string& domain, Settings& settings) {
  Brand brand;
  brand.domain = ascii_lower(domain);
  if (!is_domain(domain)) {
    table.refuse("", "'" + domain + "' is no domain; write [brand.\"lab.example\"]");
  }
  const std::pair<std::string_view, std::string*> places[] = {{"name", &brand.name},
                                                              {"phone", &brand.phone},
                                                              {"colour", &brand.colour},
                                                              {"footer", &brand.footer},
                                                              {"logo", &brand.logo}};
  for (const auto& [name, place] : places) {
    *place = table.text(name).value_or("");
  }
  const std::string colour = brand.colour.empty() ? "" : colour_complaint(brand.colour);
  if (!colour.empty()) {
    table.refuse("colour", "'colour' " + colour);
  }
  if (!brand.logo.empty() && !brand.logo.starts_with('/')) {
    table.refuse("logo", "'logo' must be an absolute path");
  }
  table.finish();
  settings.brands.push_back(std::move(brand));
}

void read_brands(TomlTable& root, Settings& settings) {
  auto brands = root.table("brand");
  if (!brands) {
    return;
  }
  for (const std::string& domain : brands->keys()) {
    if (auto table = brands->table(domain)) {
      read_brand(*table, domain, settings);
    }
  }
  brands->finish();
}

// A '#' comment wrapped at about 100 columns.
void append_comment(std::string& out, std::string_view text) {
  std::string line = "#";
  for (const std::string_view word : split(text, ' ')) {
    if (line.size() + 1 + word.size() > 100) {
      out += line + "\n";
      line = "#";
    }
    line += ' ';
    line += word;
  }
  out += line + "\n";
}

void append_setting(std::string& out, const Setting& setting) {
  append_comment(out, setting.help);
  std::string shown;
  if (std::holds_alternative<std::string Settings::*>(setting.place)) {
    shown = "\"" + std::string(setting.default_value) + "\"";
  } else if (std::holds_alternative<std::vector<std::string> Settings::*>(setting.place)) {
    shown = "[]";
  } else {
    shown = setting.default_value;
  }
  out += "#" + std::string(setting.name) + " = " + shown;
  if (!setting.limits.empty()) {
    out += "  # " + std::string(setting.limits);
  }
  out += "\n\n";
}

}  // namespace

Settings default_settings() {
  Settings settings;
  for (const Setting& setting : settings_table()) {
    if (const auto* text = std::get_if<std::string Settings::*>(&setting.place)) {
      settings.*(*text) = setting.default_value;
    } else if (const auto* integer = std::get_if<std::int64_t Settings::*>(&setting.place)) {
      settings.*(*integer) = number(setting.default_value);
    } else if (const auto* flag = std::get_if<bool Settings::*>(&setting.place)) {
      settings.*(*flag) = setting.default_value == "true";
    }
  }
  return settings;
}

Result<Settings> parse_settings(std::string_view content, const std::string& file_name) {
  auto document = TomlDocument::parse(content, file_name);
  if (!document) {
    return fail(document);
  }
  Settings settings = default_settings();
  TomlTable root = document->root();
  std::string_view section_name;
  std::optional<TomlTable> section;
  for (const Setting& setting : settings_table()) {
    if (setting.section != section_name) {
      if (section) {
        section->finish();
      }
      section_name = setting.section;
      section = root.table(section_name);
    }
    if (section) {
      read_value(*section, setting, settings);
    }
  }
  if (section) {
    section->finish();
  }
  read_brands(root, settings);
  root.finish();
  if (auto status = document->status(); !status) {
    return fail(status);
  }
  return settings;
}

Result<Settings> load_settings(const std::string& path) {
  auto content = read_file(path, 1024 * 1024);
  if (!content) {
    Fault fault = std::move(content.error());
    fault.kind = FaultKind::configuration;
    if (fault.id == "file.open") {
      fault.text = "cannot open the settings file; --settings FILE names another";
    }
    return fail(std::move(fault));
  }
  return parse_settings(*content, path);
}

std::string settings_reference() {
  std::string out;
  std::string_view section;
  for (const Setting& setting : settings_table()) {
    if (setting.section != section) {
      section = setting.section;
      out += "[" + std::string(section) + "]\n\n";
    }
    append_setting(out, setting);
  }
  return out;
}

}  // namespace phimilter
