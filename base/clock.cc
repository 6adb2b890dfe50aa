// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string_view>

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
std::optional<long> fraction(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  long micros = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    micros = micros * 10 + (i < text.size() ? text[i] - '0' : 0);
  }
  return micros;
}

// Whether `text` begins with `form`, in which 'd' stands for any digit.
bool has_form(std::string_view text, std::string_view form) {
  return std::equal(form.begin(), form.end(), text.begin(), [](char wanted, char c) {
    return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
  });
}

int digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (const char c : text.substr(at, count)) {
    value = value * 10 + (c - '0');
  }
  return value;
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
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= kForm.size() || text.back() != 'Z' || !has_form(text, kForm)) {
    return fail(wrong);
  }
  const year_month_day ymd{std::chrono::year(digits(text, 0, 4)),
                           std::chrono::month(static_cast<unsigned>(digits(text, 5, 2))),
                           std::chrono::day(static_cast<unsigned>(digits(text, 8, 2)))};
  const int hour = digits(text, 11, 2);
  const int minute = digits(text, 14, 2);
  const int second = digits(text, 17, 2);
  if (!ymd.ok() || hour > 23 || minute > 59 || second > 60) {
    return fail(wrong);
  }
  const std::string rest = text.substr(kForm.size(), text.size() - kForm.size() - 1);
  long micros = 0;
  if (!rest.empty()) {
    const auto parsed = rest.front() == '.' ? fraction(rest.substr(1)) : std::nullopt;
    if (!parsed) {
      return fail(wrong);
    }
    micros = *parsed;
  }
  return Timestamp(std::chrono::sys_days(ymd)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) + microseconds(micros);
}

}  // namespace phimilter
