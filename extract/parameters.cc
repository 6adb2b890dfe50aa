// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "extract/charset.h"
#include "extract/header_words.h"
#include "extract/transfer_decoding.h"

namespace phimilter::extract {
namespace {

struct Parameter {
  std::string name;
  std::string value;
};

// A quoted-string without its quotes and backslashes, or everything up to the next semicolon: names
// with blanks that nobody quoted are common.
std::string take_value(std::string_view& rest) {
  std::string value;
  std::size_t i = 0;
  if (!rest.empty() && rest[0] == '"') {
    for (i = 1; i < rest.size() && rest[i] != '"'; ++i) {
      i += rest[i] == '\\' && i + 1 < rest.size() ? 1 : 0;
      value.push_back(rest[i]);
    }
  }
  const std::size_t end = std::min(rest.find(';', i), rest.size());
  if (i == 0) {
    value = trim(rest.substr(0, end));
  }
  rest.remove_prefix(end);
  return value;
}

std::vector<Parameter> split_parameters(std::string_view field) {
  std::vector<Parameter> parameters;
  std::size_t start = field.find(';');
  std::string_view rest = start == std::string_view::npos ? "" : field.substr(start);
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the semicolon
    const std::size_t stop = std::min(rest.find_first_of("=;"), rest.size());
    const std::string name = ascii_lower(trim(rest.substr(0, stop)));
    rest.remove_prefix(stop);
    if (rest.empty() || rest[0] == ';') {
      continue;
    }
    rest.remove_prefix(1);
    while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\t')) {
      rest.remove_prefix(1);
    }
    parameters.push_back({name, take_value(rest)});
  }
  return parameters;
}

struct Section {
  std::string value;
  bool percent = false;
};

// RFC 2231 3 and 4: charset'language'text, over numbered sections that may be percent-encoded or
// not.
std::string join_sections(const std::map<int, Section>& sections) {
  std::string bytes;
  std::string charset;
  bool first = true;
  for (const auto& [number, section] : sections) {
    std::string_view value = section.value;
    const std::size_t quote = value.find('\'');
    const std::size_t second =
        quote == std::string_view::npos ? quote : value.find('\'', quote + 1);
    if (first && section.percent && second != std::string_view::npos) {
      charset = value.substr(0, quote);
      value.remove_prefix(second + 1);
    }
    first = false;
    bytes += section.percent ? decode_percent(value) : std::string(value);
  }
  return decode_charset(bytes, charset).text;
}

}  // namespace

std::vector<std::string> parameter_values(std::string_view raw_field, std::string_view name) {
  std::string line;
  std::copy_if(raw_field.begin(), raw_field.end(), std::back_inserter(line),
               [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
  std::vector<std::string> values;
  std::map<int, Section> sections;
  for (const auto& parameter : split_parameters(line)) {
    if (parameter.name == name) {
      values.push_back(decode_header_value(parameter.value));
      continue;
    }
    if (!parameter.name.starts_with(std::string(name) + '*')) {
      continue;
    }
    std::string tail = parameter.name.substr(name.size() + 1);
    const bool percent = tail.empty() || tail.back() == '*';
    tail = tail.substr(0, tail.find('*'));
    const bool numbered =
        !tail.empty() && tail.size() <= 4 &&
        std::all_of(tail.begin(), tail.end(), [](char c) { return c >= '0' && c <= '9'; });
    const int number = numbered ? std::stoi(tail) : -1;
    sections[number] = {parameter.value, percent};
  }
  // `name*` alone is a value of its own beside numbered sections.
  if (const auto whole = sections.find(-1); whole != sections.end()) {
    values.push_back(join_sections({*whole}));
    sections.erase(whole);
  }
  if (!sections.empty()) {
    values.push_back(join_sections(sections));
  }
  return values;
}

}  // namespace phimilter::extract
