// SPDX-License-Identifier: Apache-2.0
//
// What every match of a regular expression (RE2's dialect, read as bytes) must have: so that a text
// without it need not be searched, and only the surroundings are where it stands. Always on the
// safe side: what is not understood is not claimed.
#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::policy {

using ByteSet = std::bitset<256>;

// Lower case; '0' stands for every digit and ' ' for every blank (LiteralSet reads texts so).
struct RequiredLiteral {
  std::string text;
  bool at_word_start = false;  // \b holds before it
  bool at_word_end = false;    // and behind it
};

struct RegexFacts {
  static constexpr std::size_t kUnbounded = static_cast<std::size_t>(-1);
  bool understood = false;
  std::size_t longest = kUnbounded;       // bytes of a match at most
  std::size_t shortest = 0;               // and at least
  ByteSet bytes = ByteSet().set();        // those it may hold, of letters both cases
  std::size_t digits = 0;                 // a match holds so many at least
  std::vector<RequiredLiteral> literals;  // a match holds one of them; empty: nothing is known
  bool words = false;                     // a match is one of them and nothing else, a word
  double frequency = 1;                   // of the literals together, in a byte of ordinary mail
  std::vector<RequiredLiteral> fronts;  // a match begins with one of them; empty: nothing is known
  double front_frequency = 1;
};

RegexFacts regex_facts(std::string_view expression);

}  // namespace phimilter::policy
