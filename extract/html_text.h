// SPDX-License-Identifier: Apache-2.0
//
// What HTML says, as plain text: blocks and table rows are lines, cells are separated by a tab (a
// definition list's terms and definitions too), entities are characters, white space is collapsed
// as a browser does it (not in pre and textarea). Hidden text is read in its place: it leaves with
// the message. Behind the text, after an empty line, stands what the page only carries: title and
// meta texts, where links lead to, scripts, strings of style sheets, comments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "extract/message_text.h"

namespace phimilter::extract {

struct HtmlText {
  std::string text;
  // What the eye reads, where that is something else: hidden text stood inside words or numbers, or
  // letters are shown in reverse. Empty otherwise.
  std::string visible;
  std::optional<Opaque> opaque;  // a large picture or a file stands in a link (data:)
};

HtmlText read_html_text(std::string_view utf8);
std::string html_text(std::string_view utf8);  // the text alone
// The charset that a <meta> near the top names, or empty.
std::string html_declared_charset(std::string_view bytes);

}  // namespace phimilter::extract
