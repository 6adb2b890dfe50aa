// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "policy/check_digits.h"
#include "policy/validators.h"

namespace phimilter::policy {
namespace {

std::optional<int> month_named(std::string_view text) {
  constexpr std::array kEnglish{"jan", "feb", "mar", "apr", "may", "jun",
                                "jul", "aug", "sep", "oct", "nov", "dec"};
  constexpr std::array kSpanish{"ene", "feb", "mar", "abr", "may", "jun",
                                "jul", "ago", "sep", "oct", "nov", "dic"};
  const std::string lower = ascii_lower(text);
  for (int i = 0; i < 12; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (lower.starts_with(kEnglish[at]) || lower.starts_with(kSpanish[at])) {
      return i + 1;
    }
  }
  return std::nullopt;
}

bool day_exists(int year, int month, int day) {
  constexpr std::array kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) {
    return false;
  }
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

bool year_fits(const std::string& digits) {
  return digits.size() == 2 ||
         (digits.size() == 4 && number(digits) >= 1890 && number(digits) <= 2100);
}

int full_year(const std::string& digits) {
  return digits.size() == 2 ? 2000 + number(digits) : number(digits);
}

struct DatePieces {
  std::vector<std::string> numbers;
  std::optional<int> month;  // by name
};

DatePieces date_pieces(std::string_view value) {
  DatePieces out;
  std::size_t at = 0;
  while (at < value.size()) {
    const bool digit = is_digit(value[at]);
    if (!digit && !is_letter(value[at])) {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    while (end < value.size() && (digit ? is_digit(value[end]) : is_letter(value[end]))) {
      ++end;
    }
    if (digit) {
      out.numbers.emplace_back(value.substr(at, end - at));
    } else if (end - at >= 3) {
      out.month = out.month ? out.month : month_named(value.substr(at, end - at));
    }
    at = end;
  }
  return out;
}

}  // namespace

bool valid_date(std::string_view value) {
  DatePieces pieces = date_pieces(value);
  std::vector<std::string>& numbers = pieces.numbers;
  if (numbers.size() == 1 && numbers[0].size() == 8 && !pieces.month) {
    const std::string whole = numbers[0];  // HL7 and X12: yyyymmdd
    numbers = {whole.substr(0, 4), whole.substr(4, 2), whole.substr(6, 2)};
  }
  if (std::any_of(numbers.begin(), numbers.end(), [](const auto& n) { return n.size() > 4; })) {
    return false;
  }
  if (pieces.month) {
    return numbers.size() == 2 && year_fits(numbers[1]) && numbers[0].size() <= 2 &&
           day_exists(full_year(numbers[1]), *pieces.month, number(numbers[0]));
  }
  if (numbers.size() != 3) {
    return false;
  }
  if (numbers[0].size() == 4) {
    return year_fits(numbers[0]) &&
           day_exists(number(numbers[0]), number(numbers[1]), number(numbers[2]));
  }
  const int year = full_year(numbers[2]);
  return year_fits(numbers[2]) && (day_exists(year, number(numbers[0]), number(numbers[1])) ||
                                   day_exists(year, number(numbers[1]), number(numbers[0])));
}

bool valid_day(std::string_view value) {
  constexpr int kLeapYear = 2000;  // every day exists in it
  const DatePieces pieces = date_pieces(value);
  const std::vector<std::string>& numbers = pieces.numbers;
  if (std::any_of(numbers.begin(), numbers.end(), [](const auto& n) { return n.size() > 2; })) {
    return valid_date(value);
  }
  if (pieces.month && numbers.size() == 1) {
    return day_exists(kLeapYear, *pieces.month, number(numbers[0]));
  }
  if (!pieces.month && numbers.size() == 2) {
    return day_exists(kLeapYear, number(numbers[0]), number(numbers[1])) ||
           day_exists(kLeapYear, number(numbers[1]), number(numbers[0]));
  }
  return valid_date(value);
}

}  // namespace phimilter::policy
