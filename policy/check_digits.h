// SPDX-License-Identifier: Apache-2.0
//
// Digits and letters of a value, and the sums over them that standards put into a last place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace phimilter::policy {

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::string digits_of(std::string_view value);
std::string capitals_of(std::string_view value);  // letters and digits, letters as capitals
// Of at most nine digits.
int number(std::string_view digits);
bool all_equal(std::string_view text);  // of a text that is not empty
bool all_digits(std::string_view text);

// ISO/IEC 7812-1 annex B, the last digit is the check digit. Digits only.
bool luhn(std::string_view digits);
// Weights from the last place: 1, then 2, 3, 4 ...; up to `highest` and from 2 again, where it is
// not 0. The sum is a multiple of 11; an X in the last place is 10 (ISBN-10, NHS number; HL7 M11
// with highest 7).
bool weighted_11(std::string_view text, int highest);
// ISO/IEC 7064 MOD 97-10 over letters (A = 10) and digits: the remainder, capitals and digits only.
int remainder_97(std::string_view text);
// GS1 General Specifications 7.9: weights 3 and 1 from the place before the check digit.
bool gs1_check(std::string_view digits);
// ANSI/HIBC 2.6: the last place is the sum of all others modulo 43. False for a place that is none.
bool hibc_check(std::string_view text);

}  // namespace phimilter::policy
