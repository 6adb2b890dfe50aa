// SPDX-License-Identifier: Apache-2.0
#include "protect/mta_sts.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/encoding.h"
#include "protect/dns.h"

namespace phimilter::protect {
namespace {

constexpr std::string_view kVersion = "STSv1";
constexpr std::size_t kLongestId = 32;
constexpr std::int64_t kLongestAge = 31'557'600;
constexpr std::size_t kMostHosts = 100;
constexpr std::string_view kWildcard = "*.";

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kLongestId &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

// The id of a record that begins as one of ours; empty: it names none.
std::string id_in(std::string_view record) {
  for (const std::string_view field : split(record, ';')) {
    const std::size_t equals = field.find('=');
    if (equals != std::string_view::npos && trim(field.substr(0, equals)) == "id") {
      const std::string_view id = trim(field.substr(equals + 1));
      return is_id(id) ? std::string(id) : "";
    }
  }
  return {};
}

bool is_ours(std::string_view record) {
  const std::string_view first = split(record, ';').front();
  return trim(first) == "v=STSv1" && record.starts_with("v=");
}

bool is_host_pattern(std::string_view text) {
  return is_host_name(text.starts_with(kWildcard) ? text.substr(kWildcard.size()) : text);
}

std::optional<std::int64_t> age_from(std::string_view text) {
  std::int64_t age = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), age);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || age < 0) {
    return std::nullopt;
  }
  return std::min(age, kLongestAge);
}

std::optional<StsPolicy::Mode> mode_from(std::string_view text) {
  if (text == "enforce") {
    return StsPolicy::Mode::enforce;
  }
  if (text == "testing") {
    return StsPolicy::Mode::testing;
  }
  return text == "none" ? std::optional(StsPolicy::Mode::none) : std::nullopt;
}

}  // namespace

std::optional<std::string> sts_id(std::span<const std::string> records) {
  std::vector<std::string_view> ours;
  std::copy_if(records.begin(), records.end(), std::back_inserter(ours), is_ours);
  if (ours.size() != 1) {
    return std::nullopt;
  }
  const std::string id = id_in(ours.front());
  return id.empty() ? std::nullopt : std::optional(id);
}

std::optional<StsPolicy> parse_sts_policy(std::string_view text) {
  StsPolicy out;
  std::map<std::string, std::string> said;  // of a key that comes twice the first counts
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      continue;
    }
    const std::string key(trim(line.substr(0, colon)));
    const std::string value(trim(line.substr(colon + 1)));
    if (key != "mx") {
      said.emplace(key, value);
    } else if (!is_host_pattern(value) || out.mx.size() == kMostHosts) {
      return std::nullopt;
    } else {
      out.mx.push_back(ascii_lower(value));
    }
  }
  const auto mode = mode_from(said["mode"]);
  const auto age = age_from(said["max_age"]);
  if (said["version"] != kVersion || !mode || !age ||
      (out.mx.empty() && *mode != StsPolicy::Mode::none)) {
    return std::nullopt;
  }
  out.mode = *mode;
  out.max_age = *age;
  return out;
}

bool sts_host_fits(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with(kWildcard)) {
    return ascii_iequal(pattern, host);
  }
  const std::size_t dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 &&
         ascii_iequal(pattern.substr(kWildcard.size()), host.substr(dot + 1));
}

}  // namespace phimilter::protect
