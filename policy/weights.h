// SPDX-License-Identifier: Apache-2.0
//
// Weights of a linear model over a whole message, as they stand in a file: UTF-8, a line each,
// `trait<TAB>name<TAB>weight`. Comments as in lexicons.
//
//   always     -                 every message
//   word       swallow           the word stands in it; of a list, in lower case
//   from       nurse             the sender's name or mailbox has the word; a domain does not count
//   to         staff             a recipient's does
//   shape      stranger          a word of this shape does; see weighing.h
//   length     64                it has so many words
//   least      health.lab 60     the surest finding of the class is so sure
//   different  health.* 3        so many different texts were found of the class or group
//   worth      health.* 160      their confidences add up to so much
//   person     named 100         the person is told in this way, and health.* is worth so much
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace phimilter::policy {

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

// Configuration fault with file and line.
Result<std::vector<Weight>> parse_weights(std::string_view content, const std::string& file_name);

}  // namespace phimilter::policy
