// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "policy/check_digits.h"
#include "policy/validators.h"

namespace phimilter::policy {
namespace {

// Printed on a wallet card, in pamphlets and advertisements, and counted up by people who make
// things up. 987-65-4320 to 4329 are kept for advertisements.
bool is_dummy_ssn(const std::string& digits) {
  constexpr std::array kDummies{"002281852", "042103580", "062360749", "078051120", "095073645",
                                "123456789", "128036045", "135016629", "141186941", "165167999",
                                "165187999", "165207999", "165227999", "165247999", "189092294",
                                "212097694", "212099999", "219099999", "306302348", "308125070",
                                "457555462", "468288779", "549241889", "987654321"};
  return all_equal(digits) || digits.starts_with("98765432") ||
         std::find(kDummies.begin(), kDummies.end(), digits) != kDummies.end();
}

// Beneficiary identification code: who draws on the account.
bool is_beneficiary_code(std::string_view code) {
  constexpr std::string_view kFirst = "ABCDEFHJKLMTW";
  return !code.empty() && code.size() <= 2 && kFirst.find(code[0]) != std::string_view::npos;
}

bool is_railroad_prefix(std::string_view letters) {
  constexpr std::array<std::string_view, 16> kPrefixes{"A",   "CA",  "D",  "H",  "JA", "MA",
                                                       "MH",  "PA",  "PD", "PH", "WA", "WCA",
                                                       "WCD", "WCH", "WD", "WH"};
  return std::find(kPrefixes.begin(), kPrefixes.end(), letters) != kPrefixes.end();
}

}  // namespace

bool valid_ssn(std::string_view value) {
  const std::string digits = digits_of(value);
  if (digits.size() != 9 || is_dummy_ssn(digits)) {
    return false;
  }
  const int area = number(digits.substr(0, 3));
  return area != 0 && area != 666 && area < 900 && digits.substr(3, 2) != "00" &&
         digits.substr(5) != "0000";
}

bool valid_itin(std::string_view value) {
  const std::string digits = digits_of(value);
  if (digits.size() != 9 || digits[0] != '9' || is_dummy_ssn(digits)) {
    return false;
  }
  const int group = number(digits.substr(3, 2));
  return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) ||
         (group >= 90 && group <= 92) || (group >= 94 && group <= 99);
}

bool valid_taxpayer(std::string_view value) {
  return valid_ssn(value) || valid_itin(value);
}

bool valid_mbi(std::string_view value) {
  // C: 1-9, A: letter, N: digit, X: letter or digit.
  constexpr std::string_view kForm = "CAXNAXNAANN";
  constexpr std::string_view kExcluded = "SLOIBZ";
  constexpr std::string_view kSpecimen = "1EG4TE5MK7";  // CMS prints it with 2 and 3 behind
  const std::string text = capitals_of(value);
  if (text.size() != kForm.size() || text.starts_with(kSpecimen)) {
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

bool valid_hicn(std::string_view value) {
  const std::string text = capitals_of(value);
  const std::size_t letters = std::min(text.find_first_of("0123456789"), text.size());
  if (letters == 0) {
    return text.size() > 9 && all_digits(text.substr(0, 9)) && valid_ssn(text.substr(0, 9)) &&
           is_beneficiary_code(text.substr(9));
  }
  const std::string digits = text.substr(letters);
  return is_railroad_prefix(text.substr(0, letters)) && all_digits(digits) &&
         (digits.size() == 6 || (digits.size() == 9 && valid_ssn(digits)));
}

bool valid_identifier(std::string_view value) {
  return digits_of(value).size() >= 4 &&
         !(value.find_first_of("/.-") != std::string_view::npos && valid_date(value));
}

bool valid_npi(std::string_view value) {
  const std::string digits = digits_of(value);
  return digits.size() == 10 && (digits[0] == '1' || digits[0] == '2') && luhn("80840" + digits);
}

bool valid_dea(std::string_view value) {
  constexpr std::string_view kRegistrants = "ABCDEFGHJKLMPRSTUX";
  const std::string text = capitals_of(value);
  if (text.size() != 9 || kRegistrants.find(text[0]) == std::string_view::npos ||
      !(is_letter(text[1]) || text[1] == '9')) {
    return false;
  }
  const std::string digits = text.substr(2);
  if (!all_digits(digits)) {
    return false;
  }
  const auto at = [&](std::size_t i) { return digits[i] - '0'; };
  return (at(0) + at(2) + at(4) + 2 * (at(1) + at(3) + at(5))) % 10 == at(6);
}

}  // namespace phimilter::policy
