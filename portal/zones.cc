// SPDX-License-Identifier: Apache-2.0
#include "portal/zones.h"

#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <chrono>
#include <memory>

namespace phimilter::portal {
namespace {

constexpr std::size_t kLongestName = 64;

std::unique_ptr<icu::TimeZone> zone_of(const std::string& name) {
  icu::UnicodeString id = icu::UnicodeString::fromUTF8(name);
  UErrorCode error = U_ZERO_ERROR;
  icu::UnicodeString of_windows;
  icu::TimeZone::getIDForWindowsID(id, nullptr, of_windows, error);
  if (U_SUCCESS(error) != 0 && !of_windows.isEmpty()) {
    id = of_windows;
  }
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(id));
  return zone == nullptr || *zone == icu::TimeZone::getUnknown() ? nullptr : std::move(zone);
}

}  // namespace

std::optional<int> zone_offset(const std::string& zone, const SentDate& utc) {
  using namespace std::chrono;
  const auto known = zone.empty() || zone.size() > kLongestName ? nullptr : zone_of(zone);
  if (known == nullptr) {
    return std::nullopt;
  }
  const auto at =
      sys_days{year{utc.year} / utc.month / utc.day} + hours(utc.hour) + minutes(utc.minute);
  std::int32_t standard = 0, summer = 0;  // milliseconds
  UErrorCode error = U_ZERO_ERROR;
  known->getOffset(static_cast<UDate>(duration_cast<milliseconds>(at.time_since_epoch()).count()),
                   0, standard, summer, error);
  return U_SUCCESS(error) != 0 ? std::optional((standard + summer) / 60'000) : std::nullopt;
}

}  // namespace phimilter::portal
