// SPDX-License-Identifier: Apache-2.0
#include "base/time_zone.h"

#include <cstdlib>
#include <ctime>

#include "base/encoding.h"
#include "base/files.h"

namespace phimilter {
namespace {

constexpr std::string_view kRules = "/usr/share/zoneinfo/";
constexpr std::string_view kMagic = "TZif";  // RFC 8536
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestRules = 65536;

// One of more than letters, digits, '_', '+' and '-' between slashes would lead out of the folder.
bool is_name(std::string_view name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
  return !name.empty() && name.size() <= kLongestName && !name.starts_with('/') &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

bool is_word(std::string_view zone) {
  return !zone.empty() && zone.front() != '+' && zone.front() != '-';
}

}  // namespace

std::string time_zone_complaint(std::string_view name) {
  if (!is_name(name)) {
    return "must be a time zone such as \"America/New_York\"";
  }
  const auto rules = read_file(std::string(kRules) + std::string(name), kLongestRules);
  return rules && rules->starts_with(kMagic)
             ? ""
             : "is no time zone that this host knows: it must be a name below /usr/share/zoneinfo, "
               "such as \"America/New_York\" (Debian package tzdata)";
}

void use_time_zone(const std::string& name) {
  if (!name.empty()) {
    ::setenv("TZ", (":" + name).c_str(), 1);
  }
  ::tzset();
}

LocalTime local_time(Timestamp at) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm local{};
  require(::localtime_r(&seconds, &local) != nullptr, "a year is past what a date can hold");
  const std::string zone = local.tm_zone == nullptr ? "" : local.tm_zone;
  return {std::chrono::year(local.tm_year + 1900) /
              std::chrono::month(static_cast<unsigned>(local.tm_mon + 1)) /
              std::chrono::day(static_cast<unsigned>(local.tm_mday)),
          local.tm_hour, local.tm_min,
          is_word(zone) ? zone : offset_name(static_cast<int>(local.tm_gmtoff / 60))};
}

std::string offset_name(int minutes_east) {
  const int hours = std::abs(minutes_east) / 60, left = std::abs(minutes_east) % 60;
  std::string name = std::string("UTC") + (minutes_east < 0 ? "-" : "+") + std::to_string(hours);
  return left == 0 ? name : name + (left < 10 ? ":0" : ":") + std::to_string(left);
}

}  // namespace phimilter
