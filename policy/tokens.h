// SPDX-License-Identifier: Apache-2.0
//
// The words of a normalised text, looked up once, for every detector that thinks in words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/word_class.h"

namespace phimilter::policy {

enum class Letters : std::uint8_t {
  lower,     // "pain"
  first,     // "Pain", "McDonald", "O'Brien": one capital in front, and lower-case letters
  capitals,  // "PAIN", "A"
  mixed,     // "pH", "iPhone"
  digits,    // "123"
  both,      // letters and digits: "A1C", "MH12345"
  mark,      // '#'
};

struct Token {
  std::uint32_t from = 0;  // bytes of the normalised text
  std::uint32_t to = 0;
  std::uint32_t line = 0;   // from 0
  std::uint32_t word = 0;   // id in the lexicon's vocabulary; 0: in no list
  WordClasses classes = 0;  // of the [[words]] lists
  Letters letters = Letters::lower;
};

// Words are letters, digits, bytes of 0x80 and above, and inner apostrophes; '#' is a word. Hyphens
// separate words.
using Tokens = std::vector<Token>;

inline std::string_view spelled(std::string_view text, const Token& token) {
  return text.substr(token.from, token.to - token.from);
}
inline bool is(const Token& token, WordClass word_class) {
  return (token.classes & bit(word_class)) != 0;
}

}  // namespace phimilter::policy
