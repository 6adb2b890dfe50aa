// SPDX-License-Identifier: Apache-2.0
//
// What an iCalendar file (RFC 5545) says to a person: what, when, where. Nothing of it is acted on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portal/human.h"

namespace phimilter::portal {

struct CalendarTime {
  SentDate date;  // as written
  bool all_day = false;
  bool utc = false;
  std::string zone;  // TZID; empty: none, or UTC
  bool operator==(const CalendarTime&) const = default;
};

struct CalendarEvent {
  std::string summary, location;
  std::optional<CalendarTime> start, end;
  bool cancelled = false;
  std::string calendar_zone;  // of the whole file, where it names one
};

inline constexpr std::size_t kCalendarBytes = 256 * 1024;
inline constexpr std::size_t kCalendarEvents = 20;  // past it: only in the file

// What cannot be understood is left out.
std::vector<CalendarEvent> calendar_events(std::string_view calendar);

// "November 21, 2026, 12:00 – 12:30 (America/New_York)". A time in UTC is put into the calendar's
// zone, else to the sender's clock, "(UTC-5)": which zone a time is in is always said.
std::string human_when(const Texts& texts, const CalendarEvent& event,
                       const std::optional<SentDate>& sent);

}  // namespace phimilter::portal
