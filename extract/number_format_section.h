// SPDX-License-Identifier: Apache-2.0
//
// One section of a number format ("0.00", "[Red]-0", "m/d/yyyy"), taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

struct NumberFormatPiece {
  enum class Kind {
    literal,
    digit,    // `text` is 0, # or ?
    point,    // decimal point
    percent,  // shown, and the number times 100
    date,     // `text` is a run of one letter (yyyy, mm, ...), "AM/PM" or "A/P"
    elapsed,  // [h], [mm]: `text` without the brackets
    general,
  };
  Kind kind = Kind::literal;
  std::string text;
};

struct NumberFormatSection {
  std::vector<NumberFormatPiece> pieces;
  char condition = '\0';  // '<', '>', '=', 'l' for <=, 'g' for >=, '!' for <>; 0: none
  double bound = 0;
  bool grouped = false;  // thousands are separated
  bool date = false;
  bool understood = true;
};

// At most four; text in quotes holds no separator.
std::vector<NumberFormatSection> parse_number_format(std::string_view code);

}  // namespace phimilter::extract
