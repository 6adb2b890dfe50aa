// SPDX-License-Identifier: Apache-2.0
//
// The clock on the clinic's wall: the zone in which people are told days and times, in notices, on
// pages and in mails. It is the process's own (TZ), so that the log has the same.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace phimilter {

// A name of the IANA's ("America/New_York") whose rules this host has. What is wrong with it;
// empty: nothing.
std::string time_zone_complaint(std::string_view name);

// Before there are other threads. Empty: the machine's own, as TZ or /etc/localtime has it.
void use_time_zone(const std::string& name);

struct LocalTime {
  std::chrono::year_month_day day;
  int hour = 0, minute = 0;
  std::string zone;  // as people there call it: "EST"; where they have no word for it "UTC-3"
};

LocalTime local_time(Timestamp at);

// "UTC-5", "UTC+5:30"
std::string offset_name(int minutes_east);

}  // namespace phimilter
