// SPDX-License-Identifier: Apache-2.0
#include "policy/check_digits.h"

#include <algorithm>
#include <iterator>

namespace phimilter::policy {

std::string digits_of(std::string_view value) {
  std::string out;
  std::copy_if(value.begin(), value.end(), std::back_inserter(out), is_digit);
  return out;
}

std::string capitals_of(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (is_digit(c) || is_letter(c)) {
      out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    }
  }
  return out;
}

int number(std::string_view digits) {
  int out = 0;
  for (const char c : digits.substr(0, 9)) {
    out = out * 10 + (c - '0');
  }
  return out;
}

bool all_equal(std::string_view text) {
  return text.find_first_not_of(text.front()) == std::string_view::npos;
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
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

bool weighted_11(std::string_view text, int highest) {
  if (text.size() < 2) {
    return false;
  }
  int sum = text.back() == 'X' ? 10 : text.back() - '0';
  int weight = 2;
  for (std::size_t i = text.size() - 1; i-- > 0;) {
    if (!is_digit(text[i])) {
      return false;
    }
    sum = (sum + weight * (text[i] - '0')) % 11;
    weight = highest != 0 && weight == highest ? 2 : weight + 1;
  }
  return (is_digit(text.back()) || text.back() == 'X') && sum % 11 == 0;
}

int remainder_97(std::string_view text) {
  int out = 0;
  for (const char c : text) {
    out = is_digit(c) ? (out * 10 + (c - '0')) % 97 : (out * 100 + (c - 'A' + 10)) % 97;
  }
  return out;
}

bool gs1_check(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    sum += (digits[digits.size() - 1 - i] - '0') * (i % 2 == 1 ? 3 : 1);
  }
  return sum % 10 == 0;
}

bool hibc_check(std::string_view text) {
  constexpr std::string_view kPlaces = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";
  std::size_t sum = 0;
  for (const char c : text.substr(0, text.empty() ? 0 : text.size() - 1)) {
    const std::size_t place = kPlaces.find(c);
    if (place == std::string_view::npos) {
      return false;
    }
    sum += place;
  }
  return !text.empty() && text.back() == kPlaces[sum % kPlaces.size()];
}

}  // namespace phimilter::policy
