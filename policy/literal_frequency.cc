// SPDX-License-Identifier: Apache-2.0
#include "policy/literal_frequency.h"

#include <algorithm>
#include <array>

namespace phimilter::policy {
namespace {

constexpr double kFirstDigit = 0.025;
constexpr double kDigitBehindDigit = 0.5;
constexpr double kMarkBehindDigit = 0.1;
constexpr double kOtherMark = 0.0005;
constexpr double kBorder = 0.2;       // a letter that begins a word, or ends it
constexpr double kAnyWord = 0.00001;  // words that are looked for are words that people use

// Of the letters, in thousandths.
constexpr std::array<double, 26> kLetters{60, 12, 26, 30, 90, 17, 16, 38, 52, 1.5, 6, 34, 20,
                                          52, 58, 18, 1,  48, 48, 66, 22, 8,  15,  2, 14, 1};

double of_mark(char c) {
  switch (c) {
    case ' ':
      return 0.17;
    case '.':
    case ',':
      return 0.01;
    case '-':
    case ':':
    case '>':
      return 0.005;
    case '/':
    case '(':
    case ')':
    case '\'':
    case '"':
      return 0.002;
    default:
      return kOtherMark;
  }
}

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

double of_byte(char c, char before) {
  if (is_letter(c)) {
    return kLetters[static_cast<std::size_t>(c - 'a')] / 1000;
  }
  if (c == '0') {
    return before == '0' ? kDigitBehindDigit : kFirstDigit;
  }
  return before == '0' ? std::max(kMarkBehindDigit, of_mark(c)) : of_mark(c);
}

}  // namespace

double frequency_of(const RequiredLiteral& literal) {
  double out = 1;
  char before = '\0';
  for (const char c : literal.text) {
    out *= of_byte(c, before);
    before = c;
  }
  const bool number = literal.text.find('0') != std::string::npos;
  out = number ? out : std::max(out, kAnyWord);
  return out * (literal.at_word_start ? kBorder : 1) * (literal.at_word_end ? kBorder : 1);
}

}  // namespace phimilter::policy
