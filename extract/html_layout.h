// SPDX-License-Identifier: Apache-2.0
//
// How an HTML element is laid out, as far as text goes.
#pragma once

#include <string_view>

namespace phimilter::extract {

enum class Layout {
  inline_text,
  block,
  cell,
  row,
  term,        // dt: a row of its own
  definition,  // dd: the cell behind it
  line_break,
  script,
  style,
  preformatted
};

// `tag` in lower case.
Layout layout_of(std::string_view tag);

// Nothing of an element with this style attribute is seen: display:none, letters or boxes of no
// size, clear letters. Style sheets are not applied.
bool style_hides(std::string_view style);
// Its letters are shown from right to left, whatever they are (bdo, unicode-bidi:bidi-override).
bool is_reversed(std::string_view tag, std::string_view direction, std::string_view style);

}  // namespace phimilter::extract
