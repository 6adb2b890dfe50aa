// SPDX-License-Identifier: Apache-2.0
#include "extract/number_format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "extract/number_format_section.h"

namespace phimilter::extract {
namespace {

using Piece = NumberFormatPiece;
using Kind = NumberFormatPiece::Kind;

constexpr std::size_t kLongestCode = 255;            // what Excel takes
constexpr double kExactIntegers = 9007199254740992;  // 2^53
constexpr double kLastDay = 2958466;                 // 9999-12-31 is the day before
constexpr int kDecimals = 30;
constexpr std::array<const char*, 12> kMonths{"January",   "February", "March",    "April",
                                              "May",       "June",     "July",     "August",
                                              "September", "October",  "November", "December"};
constexpr std::array<const char*, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                           "Thursday", "Friday", "Saturday"};

std::string print(const char* format, double value) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), format, value);
  return std::string(
      text.data(),
      std::min<std::size_t>(static_cast<std::size_t>(std::max(length, 0)), text.size() - 1));
}

std::string padded(std::int64_t value, std::size_t digits) {
  std::string text = std::to_string(value);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

// Longer integers than Excel's "General" shows: identifiers are such numbers.
std::string plain_number(double value) {
  const bool integer = std::abs(value) < kExactIntegers && value == std::floor(value);
  return print(integer ? "%.0f" : "%.11g", value);
}

struct Moment {
  std::int64_t year = 1900;
  unsigned month = 1;
  unsigned day = 1;
  unsigned weekday = 0;
  std::int64_t seconds = 0;  // of the day
  double fraction = 0;       // of the second
};

// Days from civil, turned round (proleptic Gregorian): day 0 is 1970-01-01.
void set_date(Moment& moment, std::int64_t days) {
  const std::int64_t shifted = days + 719468;
  const std::int64_t era = shifted / 146097;
  const std::int64_t day_of_era = shifted - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t march_month = (5 * day_of_year + 2) / 153;
  moment.day = static_cast<unsigned>(day_of_year - (153 * march_month + 2) / 5 + 1);
  moment.month = static_cast<unsigned>(march_month < 10 ? march_month + 3 : march_month - 9);
  moment.year = year_of_era + era * 400 + (moment.month <= 2 ? 1 : 0);
  moment.weekday = static_cast<unsigned>((days % 7 + 11) % 7);
}

Moment moment_of(double value, DateSystem dates) {
  Moment moment;
  auto days = static_cast<std::int64_t>(std::floor(value));
  const double seconds = (value - std::floor(value)) * 86400;
  // Spreadsheets round to the millisecond, so that 11:59:59.9999 is noon.
  const auto milliseconds = static_cast<std::int64_t>(std::llround(seconds * 1000));
  moment.seconds = milliseconds / 1000;
  moment.fraction = static_cast<double>(milliseconds % 1000) / 1000;
  if (moment.seconds >= 86400) {
    moment.seconds = 0;
    ++days;
  }
  if (dates == DateSystem::from_1904) {
    days += 1462;
  } else if (days < 60) {
    ++days;  // Lotus held 1900 for a leap year, and everybody after it: day 60 is 29 February
  }
  set_date(moment, days - 25569);
  return moment;
}

bool is_minute(const std::vector<Piece>& pieces, std::size_t at) {
  const auto letter = [&](std::size_t i) {
    const bool date = pieces[i].kind == Kind::date || pieces[i].kind == Kind::elapsed;
    return date ? pieces[i].text.front() : '\0';
  };
  for (std::size_t i = at; i > 0; --i) {
    if (letter(i - 1) != '\0') {
      if (letter(i - 1) == 'h') {
        return true;
      }
      break;
    }
  }
  for (std::size_t i = at + 1; i < pieces.size(); ++i) {
    if (letter(i) != '\0') {
      return letter(i) == 's';
    }
  }
  return false;
}

std::string calendar_piece(const std::string& code, const Moment& moment) {
  switch (code.front()) {
    case 'y':
      return code.size() > 2 ? padded(moment.year, 4) : padded(moment.year % 100, 2);
    case 'm': {
      const std::string name = kMonths[(moment.month - 1) % kMonths.size()];
      return code.size() == 3   ? name.substr(0, 3)
             : code.size() == 4 ? name
             : code.size() == 5 ? name.substr(0, 1)
                                : padded(moment.month, code.size());
    }
    default: {
      const std::string name = kDays[moment.weekday % kDays.size()];
      return code.size() == 3  ? name.substr(0, 3)
             : code.size() > 3 ? name
                               : padded(moment.day, code.size());
    }
  }
}

std::string date_piece(const std::string& code, const Moment& moment, bool minute, bool twelve) {
  const std::int64_t hour = moment.seconds / 3600;
  if (code == "AM/PM" || code == "A/P") {
    return (hour < 12 ? std::string("A") : std::string("P")) + (code == "A/P" ? "" : "M");
  }
  if (code.front() == 'h') {
    return padded(twelve ? (hour + 11) % 12 + 1 : hour, code.size());
  }
  if (code.front() == 's') {
    return padded(moment.seconds % 60, code.size());
  }
  return minute ? padded(moment.seconds / 60 % 60, code.size()) : calendar_piece(code, moment);
}

std::string elapsed_piece(const std::string& code, double value) {
  const double unit = code.front() == 'h' ? 24 : code.front() == 'm' ? 1440 : 86400;
  return padded(static_cast<std::int64_t>(std::floor(value * unit + 1e-6)), code.size());
}

std::string format_date(double value, const NumberFormatSection& section, DateSystem dates) {
  if (value < 0 || value >= kLastDay) {
    return plain_number(value);
  }
  const Moment moment = moment_of(value, dates);
  const auto& pieces = section.pieces;
  const bool twelve = std::any_of(pieces.begin(), pieces.end(), [](const Piece& p) {
    return p.kind == Kind::date && (p.text == "AM/PM" || p.text == "A/P");
  });
  std::string text;
  bool fraction = false;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    if (piece.kind == Kind::date) {
      text += date_piece(piece.text, moment, is_minute(pieces, i), twelve);
    } else if (piece.kind == Kind::elapsed) {
      text += elapsed_piece(piece.text, value);
    } else if (piece.kind == Kind::digit) {
      text += fraction ? "" : print("%.3f", moment.fraction).substr(2);
      fraction = true;
    } else if (piece.kind == Kind::literal || piece.kind == Kind::point) {
      text += piece.text;
    }
  }
  return text;
}

struct Digits {
  std::string integer;
  std::string decimals;
};

Digits digits_of(double value, int decimals) {
  const std::string text =
      print(("%." + std::to_string(std::min(decimals, kDecimals)) + "f").c_str(), value);
  const std::size_t point = text.find('.');
  Digits digits{text.substr(0, point), point == std::string::npos ? "" : text.substr(point + 1)};
  if (digits.integer == "0") {
    digits.integer.clear();
  }
  return digits;
}

std::string grouped(std::string_view digits) {
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    text += i > 0 && (digits.size() - i) % 3 == 0 ? "," : "";
    text += digits[i];
  }
  return text;
}

// The digits of an integer go into the places from the right; what is left over goes to the first.
void fill_integer(const std::vector<Piece>& pieces, std::size_t point, std::string digits,
                  bool in_groups, std::vector<std::string>& shown) {
  const auto first =
      std::find_if(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(point),
                   [](const Piece& p) { return p.kind == Kind::digit; });
  const auto first_place = static_cast<std::size_t>(first - pieces.begin());
  if (in_groups && first_place < point) {
    std::size_t zeros = 0;
    for (std::size_t i = 0; i < point; ++i) {
      zeros += pieces[i].kind == Kind::digit && pieces[i].text == "0" ? 1 : 0;
    }
    digits.insert(0, zeros > digits.size() ? zeros - digits.size() : 0, '0');
    shown[first_place] = grouped(digits);
    return;
  }
  for (std::size_t i = point; i > 0; --i) {
    const Piece& piece = pieces[i - 1];
    if (piece.kind != Kind::digit) {
      continue;
    }
    if (i - 1 == first_place && !digits.empty()) {
      shown[i - 1] = std::exchange(digits, {});
    } else if (!digits.empty()) {
      shown[i - 1] = digits.substr(digits.size() - 1);
      digits.pop_back();
    } else {
      shown[i - 1] = piece.text == "0" ? "0" : piece.text == "?" ? " " : "";
    }
  }
}

void fill_decimals(const std::vector<Piece>& pieces, std::size_t point, std::string_view digits,
                   std::vector<std::string>& shown) {
  std::size_t at = 0;
  for (std::size_t i = point; i < pieces.size(); ++i) {
    if (pieces[i].kind != Kind::digit) {
      continue;
    }
    const bool only_zeros =
        digits.substr(std::min(at, digits.size())).find_first_not_of('0') == std::string_view::npos;
    shown[i] = only_zeros && pieces[i].text != "0" ? "" : std::string(digits.substr(at, 1));
    at = std::min(at + 1, digits.size());
  }
}

std::string format_digits(double value, const NumberFormatSection& section, bool show_sign) {
  const auto& pieces = section.pieces;
  const auto is = [](Kind kind) { return [kind](const Piece& p) { return p.kind == kind; }; };
  const auto point_at = std::find_if(pieces.begin(), pieces.end(), is(Kind::point));
  const auto point = static_cast<std::size_t>(point_at - pieces.begin());
  const auto decimals = std::count_if(point_at, pieces.end(), is(Kind::digit));
  const bool percent = std::any_of(pieces.begin(), pieces.end(), is(Kind::percent));
  const double shown_value = std::abs(value) * (percent ? 100 : 1);
  const Digits digits = digits_of(shown_value, static_cast<int>(decimals));
  std::vector<std::string> shown(pieces.size());
  fill_integer(pieces, point, digits.integer, section.grouped, shown);
  fill_decimals(pieces, point, digits.decimals, shown);
  std::string text = value < 0 && show_sign ? "-" : "";
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    text += pieces[i].kind == Kind::digit     ? shown[i]
            : pieces[i].kind == Kind::general ? plain_number(std::abs(value))
                                              : pieces[i].text;
  }
  return text;
}

bool holds(const NumberFormatSection& section, double value) {
  switch (section.condition) {
    case '<':
      return value < section.bound;
    case '>':
      return value > section.bound;
    case 'l':
      return value <= section.bound;
    case 'g':
      return value >= section.bound;
    case '=':
      return value == section.bound;
    case '!':
      return value != section.bound;
    default:
      return false;
  }
}

std::size_t section_for(const std::vector<NumberFormatSection>& sections, double value) {
  const std::size_t numeric = std::min<std::size_t>(sections.size(), 3);
  if (sections[0].condition != '\0') {
    for (std::size_t i = 0; i < numeric; ++i) {
      if (sections[i].condition == '\0' || holds(sections[i], value)) {
        return i;
      }
    }
    return numeric - 1;
  }
  if (value < 0 && numeric > 1) {
    return 1;
  }
  return value == 0 && numeric > 2 ? 2 : 0;
}

}  // namespace

std::string format_number(double value, std::string_view code, DateSystem dates) {
  if (!std::isfinite(value)) {
    return "";
  }
  if (code.empty() || code.size() > kLongestCode || std::abs(value) >= kExactIntegers) {
    return plain_number(value);
  }
  const auto sections = parse_number_format(code);
  const std::size_t chosen = section_for(sections, value);
  const NumberFormatSection& section = sections[chosen];
  if (section.date) {
    return format_date(value, section, dates);
  }
  const bool shows_number =
      std::any_of(section.pieces.begin(), section.pieces.end(),
                  [](const Piece& p) { return p.kind == Kind::digit || p.kind == Kind::general; });
  if (!section.understood || !shows_number) {
    return plain_number(value);
  }
  const std::string text = format_digits(value, section, chosen != 1 || section.condition != '\0');
  return text.find_first_not_of(' ') == std::string::npos ? plain_number(value) : text;
}

std::string_view builtin_number_format(unsigned number) {
  // ECMA-376 18.8.30; 14 and 22 follow the reader's language, here US English.
  static constexpr std::array<std::pair<unsigned, std::string_view>, 28> kCodes{{
      {1, "0"},
      {2, "0.00"},
      {3, "#,##0"},
      {4, "#,##0.00"},
      {5, "$#,##0;-$#,##0"},
      {6, "$#,##0;-$#,##0"},
      {7, "$#,##0.00;-$#,##0.00"},
      {8, "$#,##0.00;-$#,##0.00"},
      {9, "0%"},
      {10, "0.00%"},
      {14, "m/d/yyyy"},
      {15, "d-mmm-yy"},
      {16, "d-mmm"},
      {17, "mmm-yy"},
      {18, "h:mm AM/PM"},
      {19, "h:mm:ss AM/PM"},
      {20, "h:mm"},
      {21, "h:mm:ss"},
      {22, "m/d/yyyy h:mm"},
      {37, "#,##0;(#,##0)"},
      {38, "#,##0;(#,##0)"},
      {39, "#,##0.00;(#,##0.00)"},
      {40, "#,##0.00;(#,##0.00)"},
      {41, "#,##0"},
      {42, "$#,##0"},
      {43, "#,##0.00"},
      {44, "$#,##0.00"},
      {46, "[h]:mm:ss"},
  }};
  const auto* found = std::find_if(kCodes.begin(), kCodes.end(),
                                   [&](const auto& row) { return row.first == number; });
  if (found != kCodes.end()) {
    return found->second;
  }
  return number == 45 ? "mm:ss" : number == 47 ? "mm:ss.0" : "";
}

}  // namespace phimilter::extract
