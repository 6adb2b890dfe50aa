// SPDX-License-Identifier: Apache-2.0
//
// Weights of a linear model over a whole message, as they stand in a file: UTF-8, a line each,
// `trait<TAB>name<TAB>weight`. Comments as in lexicons.
//
//   always     -                 every message
//   word       swallow           the word stands in it; of a list, in lower case
//   from       nurse             the sender's name or mailbox has the word; a domain does not count
//   to         staff             a recipient's does
//   shape      stranger          a word of this shape does; see WordShape
//   length     64                it has so many words
//   least      health.lab 60     the surest finding of the class is so sure
//   different  health.* 3        so many different texts were found of the class or group
//   worth      health.* 160      their confidences add up to so much
//   person     named 100         the person is told in this way, and health.* is worth so much
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace phimilter::policy {

// Words of no list, or of lists that only say that they are names: their shape counts.
enum class WordShape : std::uint8_t {
  none,
  name,      // of a list of names, and no other word
  either,    // a name and another word, with a capital
  stranger,  // of no list, with a capital
  unlisted,  // of no list, in small letters
  code,      // letters and digits
  number1,   // of one digit
  number2,
  number3,
  number4,
  number5,  // of five and more
};
inline constexpr std::array<std::string_view, 11> kShapeNames{
    "none",    "name",    "either",  "stranger", "unlisted", "code",
    "number1", "number2", "number3", "number4",  "number5"};
inline constexpr std::size_t kWordShapes = kShapeNames.size();

// How a message tells whom it is about, the surest way first.
enum class PersonTold : std::uint8_t { named, possible, greeted, addressed, nobody };
inline constexpr std::array<std::string_view, 5> kPersonNames{"named", "possible", "greeted",
                                                              "addressed", "nobody"};
inline constexpr std::size_t kPersonsTold = kPersonNames.size();

enum class Trait : std::uint8_t {
  always,
  word,
  from,
  to,
  shape,
  length,
  least,
  different,
  worth,
  person
};

struct Weight {
  Trait trait = Trait::always;
  std::string name;
  std::size_t at = 0;  // the number behind the name, or the name itself of a length
  float weight = 0;
};

inline constexpr std::size_t kMostWeights = 60000;

// Configuration fault with file and line: also for a shape or person of no such name, a trait that
// stands there twice, and more than kMostWeights.
Result<std::vector<Weight>> parse_weights(std::string_view content, const std::string& file_name);

}  // namespace phimilter::policy
