// SPDX-License-Identifier: Apache-2.0
//
// Lines of a text with their tokens, and what ends sentences and letters. Private to the finders of
// regions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/tokens.h"

namespace phimilter::policy {

struct TextLine {
  std::size_t from = 0;  // of the first character that is no quote mark or blank
  std::size_t to = 0;    // without the line end and blanks before it
  std::size_t first_token = 0;
  std::size_t last_token = 0;  // one past
  std::uint32_t quotes = 0;    // depth of '>'
  bool blank() const { return from == to; }
};

// Every line, the last too when nothing ends it.
std::vector<TextLine> lines_of(std::string_view text, const Tokens& tokens);

std::size_t words_in(std::string_view text);
// A full stop, exclamation or question mark with a blank behind it.
bool ends_sentence(std::string_view text, std::size_t at);
// "Regards", "thank you".
bool is_closing_phrase(std::string_view phrase);

}  // namespace phimilter::policy
