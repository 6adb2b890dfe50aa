// SPDX-License-Identifier: Apache-2.0
//
// What is known about a piece of a regular expression, and how it follows from its own pieces.
// Private to policy/regex_facts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "policy/regex_facts.h"
#include "policy/regex_literals.h"

namespace phimilter::policy {

using Strings = std::vector<std::string>;

struct Piece {
  std::size_t longest = 0;
  std::size_t shortest = 0;
  ByteSet bytes;  // a match is made of these
  std::size_t digits = 0;
  std::optional<Strings> spelled;  // every way to match it, as RequiredLiteral; absent: too many
  bool word_border = false;        // it is \b
  bool starts_outside = false;     // no match is empty, or begins with a byte of a word
  bool ends_outside = false;       // ... or ends with one
  Required required;
  Required front;  // every match begins with one of these; empty: nothing known
};

// Pieces one behind the other. Neighbours that are spelled out make longer strings together.
class Sequence {
 public:
  void append(const Piece& piece);
  Piece finish();

 private:
  bool extend(const Strings& more);
  bool extend_shortened(const Piece& piece);
  void append_spelled(const Piece& piece);
  void append_other(const Piece& piece);
  void close(Required& found, const Piece& next) const;
  void consider(bool border_follows, bool at_back);
  bool border_before_next() const;
  void begin_stretch(Strings strings, bool after_border);

  std::size_t longest_ = 0;
  std::size_t shortest_ = 0;
  ByteSet bytes_;
  std::size_t digits_ = 0;
  Strings stretch_{""};
  bool whole_ = true;          // the stretch is all there is so far
  bool in_front_ = true;       // the stretch begins where the sequence does
  bool after_border_ = false;  // the stretch begins at one
  bool empty_ = true;
  bool starts_outside_ = false;
  bool ends_outside_ = false;
  Required best_;
  Required front_;
};

Piece spelling(Strings strings);
Piece one_of(const ByteSet& set);
Piece either(const Piece& a, const Piece& b);
Piece repeated(const Piece& piece, std::size_t least, std::size_t most);

}  // namespace phimilter::policy
