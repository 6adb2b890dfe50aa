// SPDX-License-Identifier: Apache-2.0
//
// Sizes and dates as people read them. Days and times are those of base/time_zone.h.
#pragma once

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "portal/texts.h"

namespace phimilter::portal {

// As the sender's clock and zone had it.
struct SentDate {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0;
  int offset_minutes = 0;  // of that zone, east of Greenwich
};

std::string human_size(std::size_t bytes);  // "412 KB"
// Of a content type: "Picture"; of one that nobody knows by name, "File".
std::string human_type(const Texts& texts, std::string_view type);
std::string human_date(const Texts& texts, const SentDate& date);  // "November 21, 2026, 12:00"
std::string human_day(const Texts& texts, const SentDate& date);   // "November 21, 2026"
std::string human_time(const SentDate& date);                      // "12:00"
SentDate moved(const SentDate& date, int minutes);

std::string day_in_words(const Texts& texts, Timestamp at);     // "November 21, 2026"
std::string moment_in_words(const Texts& texts, Timestamp at);  // "November 21, 2026, 12:00 EST"
Timestamp moment_of(const SentDate& date);

}  // namespace phimilter::portal
