// SPDX-License-Identifier: Apache-2.0
#include "policy/record_shapes.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::array<std::string_view, 24> kMonths{
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"};
constexpr std::array<int, 12> kDays{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

bool is_day(int day, int month) {
  return month >= 1 && month <= 12 && day >= 1 && day <= kDays[static_cast<std::size_t>(month - 1)];
}
bool is_year(int year) {
  return year >= 1890 && year <= 2100;
}

// Digits at the front, as many as there are.
std::size_t digits_at(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) {
    ++n;
  }
  return n;
}

int number(std::string_view digits) {
  int out = 0;
  for (const char c : digits.substr(0, 8)) {
    out = out * 10 + (c - '0');
  }
  return out;
}

bool word_ends(std::string_view text, std::size_t at) {
  return at >= text.size() || !(is_letter(text[at]) || is_digit(text[at]));
}

int month_named(std::string_view text, std::size_t& length) {
  std::size_t letters = 0;
  while (letters < text.size() && is_letter(text[letters])) {
    ++letters;
  }
  if (letters < 3 || letters > 10) {
    return 0;
  }
  const auto* const known =
      std::find_if(kMonths.begin(), kMonths.end(),
                   [&](std::string_view month) { return starts_folded(text.substr(0, 3), month); });
  length = letters + (letters < text.size() && text[letters] == '.' ? 1 : 0);
  return known == kMonths.end() ? 0 : static_cast<int>((known - kMonths.begin()) % 12) + 1;
}

std::size_t skip_joiners(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == ',' || text[at] == '-')) {
    ++at;
  }
  if (starts_folded(text.substr(at), "de ")) {
    at += 3;
  }
  return at;
}

bool eight_digits(std::string_view text) {
  const int all = number(text);
  const bool year_first = is_year(all / 10000) && is_day(all % 100, all / 100 % 100);
  const bool year_last = is_year(all % 10000) && (is_day(all / 10000 % 100, all / 1000000) ||
                                                  is_day(all / 1000000, all / 10000 % 100));
  return year_first || year_last;
}

// Behind "dd " or "dd-": month and year in words.
std::size_t day_first(std::string_view text, int day, std::size_t at) {
  const std::size_t name = skip_joiners(text, at);
  std::size_t length = 0;
  const int month = month_named(text.substr(name), length);
  if (name == at || month == 0 || !is_day(day, month)) {
    return 0;
  }
  const std::size_t year = skip_joiners(text, name + length);
  const std::size_t digits = digits_at(text.substr(year));
  return (digits == 4 || digits == 2) && year > name + length ? year + digits : 0;
}

std::size_t month_first(std::string_view text) {
  std::size_t at = 0;
  const int month = month_named(text, at);
  if (month == 0) {
    return 0;
  }
  at = skip_joiners(text, at);
  const std::size_t day_digits = digits_at(text.substr(at));
  if (day_digits == 0 || day_digits > 2 || !is_day(number(text.substr(at, day_digits)), month)) {
    return 0;
  }
  at += day_digits;
  if (starts_folded(text.substr(at), "st") || starts_folded(text.substr(at), "nd") ||
      starts_folded(text.substr(at), "rd") || starts_folded(text.substr(at), "th")) {
    at += 2;
  }
  const std::size_t year = skip_joiners(text, at);
  const std::size_t digits = digits_at(text.substr(year));
  return digits == 4 && year > at && is_year(number(text.substr(year, 4))) ? year + 4 : 0;
}

std::size_t numeric(std::string_view text, std::size_t first) {
  if (first >= text.size() || std::string_view("/-.").find(text[first]) == std::string_view::npos) {
    return 0;
  }
  const char mark = text[first];
  const std::size_t second = digits_at(text.substr(first + 1));
  const std::size_t at = first + 1 + second;
  if (second == 0 || second > 2 || at >= text.size() || text[at] != mark) {
    return 0;
  }
  const std::size_t third = digits_at(text.substr(at + 1));
  const int a = number(text.substr(0, first));
  const int b = number(text.substr(first + 1, second));
  const int c = number(text.substr(at + 1, third));
  const bool ok = first == 4 ? third >= 1 && third <= 2 && is_year(a) && is_day(c, b)
                             : first <= 2 && (third == 2 || (third == 4 && is_year(c))) &&
                                   (is_day(b, a) || is_day(a, b));
  return ok && !(at + 1 + third < text.size() && text[at + 1 + third] == mark) ? at + 1 + third : 0;
}

constexpr std::size_t kReach = 64;  // bytes looked at behind a name

constexpr std::array<std::string_view, 16> kRecordCues{"date of birth",
                                                       "d.o.b.",
                                                       "d.o.b",
                                                       "dob",
                                                       "birthdate",
                                                       "born on",
                                                       "born",
                                                       "mrn",
                                                       "m.r.n.",
                                                       "medical record",
                                                       "chart",
                                                       "mr#",
                                                       "nacido el",
                                                       "nacida el",
                                                       "fecha de nacimiento",
                                                       "nac"};

// "medical record", "date of birth" and the like at the front; their length, 0: none.
std::size_t record_cue_at(std::string_view text) {
  for (const std::string_view cue : kRecordCues) {
    if (lower(text[0]) == cue[0] && starts_folded(text, cue) && word_ends(text, cue.size())) {
      return cue.size();
    }
  }
  return 0;
}

// What may stand between a name and a value.
bool joins_value(char c) {
  return is_space(c) || c == ',' || c == ';' || c == ':' || c == '|' || c == '(' || c == '-' ||
         c == '#' || c == '_';
}

// Everything that may stand behind a name has one.
bool holds_digit(std::string_view text) {
  std::array<char, kReach> all{};
  std::copy_n(text.begin(), std::min(text.size(), all.size()), all.begin());
  unsigned any = 0;
  for (const char c : all) {
    any |= is_digit(c) ? 1U : 0U;
  }
  return any != 0;
}

std::size_t gap_before_value(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && joins_value(text[at])) {
    ++at;
  }
  return at;
}

}  // namespace

std::size_t date_at(std::string_view text) {
  const std::size_t digits = digits_at(text.substr(0, 9));
  std::size_t length = 0;
  if (digits == 0) {
    length = month_first(text.substr(0, 32));
  } else if (digits == 8) {
    length = eight_digits(text.substr(0, 8)) ? 8 : 0;
  } else if (digits <= 4) {
    length = numeric(text.substr(0, 12), digits);
    if (length == 0 && digits <= 2) {
      length = day_first(text.substr(0, 32), number(text.substr(0, digits)), digits);
    }
  }
  return word_ends(text, length) ? length : 0;
}

std::size_t age_at(std::string_view text) {
  std::size_t at = 0;
  const bool told = starts_folded(text, "age ") || starts_folded(text, "aged ") ||
                    starts_folded(text, "age: ") || starts_folded(text, "edad ");
  if (told) {
    at = text.find(' ') + 1;
  }
  const std::size_t digits = digits_at(text.substr(at, 4));
  if (digits == 0 || digits > 3 || number(text.substr(at, digits)) > 120) {
    return 0;
  }
  at += digits;
  if (told && word_ends(text, at)) {
    return at;
  }
  const std::size_t unit = at < text.size() && (text[at] == ' ' || text[at] == '-') ? at + 1 : at;
  for (const std::string_view word :
       {"years old", "year-old", "year old", "years", "year", "yrs", "yr", "yo", "y/o", "y.o", "mo",
        "months", "month-old", "anos"}) {
    if (starts_folded(text.substr(unit), word) && word_ends(text, unit + word.size())) {
      return unit + word.size();
    }
  }
  const bool sex = unit < text.size() && (text[unit] == 'M' || text[unit] == 'F' ||
                                          text[unit] == 'm' || text[unit] == 'f');
  return sex && digits == 2 && word_ends(text, unit + 1) ? unit + 1 : 0;
}

std::size_t record_number_at(std::string_view text) {
  std::size_t digits = 0;
  std::size_t letters = 0;
  std::size_t at = 0;
  for (; at < text.size() && at <= 24; ++at) {
    if (is_digit(text[at])) {
      ++digits;
    } else if (is_letter(text[at])) {
      ++letters;
    } else if (text[at] != '-' || at + 1 >= text.size() ||
               !(is_digit(text[at + 1]) || is_letter(text[at + 1]))) {
      break;
    }
  }
  return digits >= 4 && letters <= 6 && at <= 24 && at >= 4 ? at : 0;
}

bool is_record_number(std::string_view word) {
  return word.size() >= 5 && record_number_at(word) == word.size();
}

Behind what_stands_behind(std::string_view rest) {
  Behind out;
  rest = rest.substr(0, kReach);
  if (!holds_digit(rest)) {
    return out;
  }
  const std::size_t at = gap_before_value(rest);
  const std::string_view gap = rest.substr(0, at);
  if (gap.empty() || gap.size() > 6 || at == rest.size() ||
      std::count(gap.begin(), gap.end(), '\n') > 1) {
    return out;
  }
  const bool next_line = gap.find('\n') != std::string_view::npos;
  std::string_view value = rest.substr(at);
  if (starts_folded(value, "a ") || starts_folded(value, "is ") || starts_folded(value, "an ")) {
    value.remove_prefix(value.find(' ') + 1);
  }
  if (value.empty()) {
    return out;
  }
  if (const std::size_t cue = record_cue_at(value); cue > 0) {
    const std::size_t digit = value.substr(0, cue + 16).find_first_of("0123456789");
    out.record = digit != std::string_view::npos || date_at(trimmed(value.substr(cue))) > 0;
    return out;
  }
  if (next_line) {
    return out;
  }
  if (age_at(value) > 0) {
    out.record = true;
  } else if (date_at(value) > 0) {
    out.date = true;
    out.record = gap.find('(') != std::string_view::npos;
  } else {
    out.phone = digits_at(value) == 3 && gap.find('(') != std::string_view::npos;
    const std::size_t length = is_digit(value[0]) || gap.find('#') != std::string_view::npos ||
                                       (is_letter(value[0]) && value.size() > 1)
                                   ? record_number_at(value)
                                   : 0;
    const std::size_t phone_digits = digits_at(value);
    const bool looks_like_phone = (length == 12 || length == 8) && phone_digits == 3 &&
                                  value[3] == '-' &&
                                  digits_at(value.substr(4)) == (length == 8 ? 4U : 3U);
    out.number = length >= 5 && !looks_like_phone;
    out.phone = out.phone || looks_like_phone;
  }
  return out;
}

}  // namespace phimilter::policy
