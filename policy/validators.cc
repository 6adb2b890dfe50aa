// SPDX-License-Identifier: Apache-2.0
#include "policy/validators.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "base/encoding.h"

namespace phimilter::policy {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::string digits_of(std::string_view value) {
  std::string out;
  std::copy_if(value.begin(), value.end(), std::back_inserter(out), is_digit);
  return out;
}

std::string capitals_of(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (is_digit(c) || is_letter(c)) {
      out.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    }
  }
  return out;
}

int number(std::string_view digits) {
  int out = 0;
  for (const char c : digits) {
    out = out * 10 + (c - '0');
  }
  return out;
}

bool luhn(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int digit = digits[digits.size() - 1 - i] - '0';
    const int doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += i % 2 == 1 ? doubled : digit;
  }
  return sum % 10 == 0;
}

bool all_equal(std::string_view text) {
  return text.find_first_not_of(text.front()) == std::string_view::npos;
}

}  // namespace

bool valid_ssn(std::string_view value) {
  // Printed on a wallet card, an advertisement, a pamphlet; counted up by people who make things
  // up.
  constexpr std::array kDummies{"078051120", "219099999", "457555462", "123456789"};
  const std::string digits = digits_of(value);
  if (digits.size() != 9 || all_equal(digits) ||
      std::find(kDummies.begin(), kDummies.end(), digits) != kDummies.end()) {
    return false;
  }
  const int area = number(digits.substr(0, 3));
  return area != 0 && area != 666 && area < 900 && digits.substr(3, 2) != "00" &&
         digits.substr(5) != "0000";
}

bool valid_npi(std::string_view value) {
  const std::string digits = digits_of(value);
  return digits.size() == 10 && (digits[0] == '1' || digits[0] == '2') && luhn("80840" + digits);
}

bool valid_mbi(std::string_view value) {
  // C: 1-9, A: letter, N: digit, X: letter or digit.
  constexpr std::string_view kForm = "CAXNAXNAANN";
  constexpr std::string_view kExcluded = "SLOIBZ";
  const std::string text = capitals_of(value);
  if (text.size() != kForm.size()) {
    return false;
  }
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = is_digit(text[i]);
    const bool letter = !digit && kExcluded.find(text[i]) == std::string_view::npos;
    const bool fits = kForm[i] == 'C'   ? digit && text[i] != '0'
                      : kForm[i] == 'A' ? letter
                      : kForm[i] == 'N' ? digit
                                        : digit || letter;
    if (!fits) {
      return false;
    }
  }
  return true;
}

bool valid_dea(std::string_view value) {
  constexpr std::string_view kRegistrants = "ABCDEFGHJKLMPRSTUX";
  const std::string text = capitals_of(value);
  if (text.size() != 9 || kRegistrants.find(text[0]) == std::string_view::npos ||
      !(is_letter(text[1]) || text[1] == '9')) {
    return false;
  }
  const std::string digits = text.substr(2);
  if (!std::all_of(digits.begin(), digits.end(), is_digit)) {
    return false;
  }
  const auto at = [&](std::size_t i) { return digits[i] - '0'; };
  return (at(0) + at(2) + at(4) + 2 * (at(1) + at(3) + at(5))) % 10 == at(6);
}

bool valid_card(std::string_view value) {
  const std::string digits = digits_of(value);
  if (digits.size() < 13 || digits.size() > 19 || all_equal(digits) || !luhn(digits)) {
    return false;
  }
  const int two = number(digits.substr(0, 2));
  const int four = number(digits.substr(0, 4));
  const bool visa =
      digits[0] == '4' && (digits.size() == 13 || digits.size() == 16 || digits.size() == 19);
  const bool mastercard =
      digits.size() == 16 && ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720));
  const bool amex = digits.size() == 15 && (two == 34 || two == 37);
  const bool discover =
      digits.size() == 16 && (four == 6011 || two == 65 || (four >= 6440 && four <= 6499));
  const bool diners =
      digits.size() == 14 && (two == 36 || two == 38 || (four >= 3000 && four <= 3059));
  const bool jcb = digits.size() == 16 && four >= 3528 && four <= 3589;
  return visa || mastercard || amex || discover || diners || jcb;
}

bool valid_nanp(std::string_view value) {
  std::string digits = digits_of(value);
  if (digits.size() == 11 && digits[0] == '1') {
    digits.erase(0, 1);
  }
  const auto n11 = [&](std::size_t at) { return digits[at + 1] == '1' && digits[at + 2] == '1'; };
  return digits.size() == 10 && digits[0] >= '2' && digits[3] >= '2' && !n11(0) && !n11(3);
}

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

bool valid_vin(std::string_view value) {
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNPRSTUVWXYZ";
  constexpr std::string_view kValues = "12345678123457923456789";
  constexpr std::array kWeights{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
  const std::string text = capitals_of(value);
  if (text.size() != kWeights.size()) {
    return false;
  }
  int sum = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t letter = kLetters.find(text[i]);
    if (!is_digit(text[i]) && letter == std::string_view::npos) {
      return false;
    }
    sum += kWeights[i] * ((is_digit(text[i]) ? text[i] : kValues[letter]) - '0');
  }
  const int rest = sum % 11;
  return text[8] == (rest == 10 ? 'X' : static_cast<char>('0' + rest));
}

bool valid_aba(std::string_view value) {
  const std::string digits = digits_of(value);
  if (digits.size() != 9 || all_equal(digits)) {
    return false;
  }
  int sum = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    constexpr std::array kWeights{3, 7, 1};
    sum += kWeights[i % 3] * (digits[i] - '0');
  }
  return sum % 10 == 0;
}

bool valid_identifier(std::string_view value) {
  return digits_of(value).size() >= 4 &&
         !(value.find_first_of("/.-") != std::string_view::npos && valid_date(value));
}

namespace {

constexpr std::array kValidators{
    std::pair{std::string_view("ssn"), &valid_ssn},
    std::pair{std::string_view("npi"), &valid_npi},
    std::pair{std::string_view("mbi"), &valid_mbi},
    std::pair{std::string_view("dea"), &valid_dea},
    std::pair{std::string_view("card"), &valid_card},
    std::pair{std::string_view("nanp"), &valid_nanp},
    std::pair{std::string_view("date"), &valid_date},
    std::pair{std::string_view("vin"), &valid_vin},
    std::pair{std::string_view("aba"), &valid_aba},
    std::pair{std::string_view("identifier"), &valid_identifier},
    std::pair{std::string_view("name"), &valid_name},
    std::pair{std::string_view("name_or_initial"), &valid_name_or_initial},
};

}  // namespace

Validator find_validator(std::string_view name) {
  for (const auto& [known, validator] : kValidators) {
    if (known == name) {
      return validator;
    }
  }
  return nullptr;
}

std::vector<std::string> validator_names() {
  std::vector<std::string> out;
  for (const auto& [name, validator] : kValidators) {
    out.emplace_back(name);
  }
  return out;
}

}  // namespace phimilter::policy
