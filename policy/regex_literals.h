// SPDX-License-Identifier: Apache-2.0
//
// The literals that a piece of a regular expression asks for. Private to policy/regex_facts.
#pragma once

#include <vector>

#include "policy/regex_facts.h"

namespace phimilter::policy {

// A literal of a piece, and where it stands in the text that the piece matches.
struct Literal {
  RequiredLiteral fact;
  bool in_front = false;  // it begins where the piece begins
  bool at_back = false;   // it ends where the piece ends
};

// One of `literals` stands in every match; empty: nothing known.
struct Required {
  std::vector<Literal> literals;

  double frequency() const;  // of all together; 1: nothing known
  bool better_than(const Required& other) const;
  // Takes away what says no more than another one.
  void shrink();
  // In a sequence, behind a border of words or before one.
  void begin_word();
  void end_word();
  // Each is all of the match, of letters alone, between borders of words.
  bool are_words() const;
  std::vector<RequiredLiteral> facts() const;   // wherever they stand in the match
  std::vector<RequiredLiteral> fronts() const;  // of those that all stand in its front

 private:
  std::vector<RequiredLiteral> shrunk(bool keep_front) const;
};

}  // namespace phimilter::policy
