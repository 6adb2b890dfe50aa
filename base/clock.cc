// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <array>
#include <cstdio>
#include <optional>

namespace phimilter {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::microseconds;
using std::chrono::year_month_day;

class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    return std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
  }
};

struct Civil {
  int year, month, day, hour, minute, second;
  long micros;
  unsigned weekday;
};

Civil civil(Timestamp at) {
  const auto date = floor<days>(at);
  const year_month_day ymd(date);
  const hh_mm_ss time(at - date);
  return {static_cast<int>(ymd.year()),
          static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day())),
          static_cast<int>(time.hours().count()),
          static_cast<int>(time.minutes().count()),
          static_cast<int>(time.seconds().count()),
          static_cast<long>(time.subseconds().count()),
          std::chrono::weekday(date).c_encoding()};
}

constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// The fraction of a second behind the dot, in microseconds; digits past the sixth are dropped.
std::optional<long> fraction(const std::string& digits) {
  if (digits.empty()) {
    return std::nullopt;
  }
  long micros = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    const char c = i < digits.size() ? digits[i] : '0';
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    micros = micros * 10 + (c - '0');
  }
  return micros;
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string rfc3339(Timestamp at) {
  const Civil c = civil(at);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ", c.year, c.month,
                c.day, c.hour, c.minute, c.second, c.micros);
  return text.data();
}

std::string rfc5322_date(Timestamp at) {
  const Civil c = civil(at);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000", kDays[c.weekday],
                c.day, kMonths[static_cast<std::size_t>(c.month - 1)], c.year, c.hour, c.minute,
                c.second);
  return text.data();
}

Result<Timestamp> parse_rfc3339(const std::string& text) {
  const Fault wrong =
      permanent_fault("clock.rfc3339", "not a time of the form 2026-11-21T21:08:33Z");
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int used = 0;
  // NOLINTNEXTLINE(cert-err34-c): the width of every field is bounded and the ranges are checked
  // below.
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute,
                  &second, &used) != 6) {
    return fail(wrong);
  }
  std::string rest = text.substr(static_cast<std::size_t>(used));
  if (rest.empty() || rest.back() != 'Z') {
    return fail(wrong);
  }
  rest.pop_back();
  long micros = 0;
  if (!rest.empty()) {
    const auto parsed = rest.front() == '.' ? fraction(rest.substr(1)) : std::nullopt;
    if (!parsed) {
      return fail(wrong);
    }
    micros = *parsed;
  }
  const year_month_day ymd{std::chrono::year(year), std::chrono::month(month),
                           std::chrono::day(day)};
  const bool time_ok =
      hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 61;
  if (!ymd.ok() || !time_ok) {
    return fail(wrong);
  }
  return Timestamp(std::chrono::sys_days(ymd)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) + microseconds(micros);
}

}  // namespace phimilter
