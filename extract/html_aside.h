// SPDX-License-Identifier: Apache-2.0
//
// What stands in a page and is not its text, but says something all the same: where links lead to,
// what style sheets and scripts bring in, comments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "extract/message_text.h"

namespace phimilter::extract {

struct LinkText {
  std::string text;              // empty: a link that says nothing but where it leads
  std::optional<Opaque> opaque;  // a data: link to something that is no text
};

// mailto, tel, data, and links with a query or a fragment, percent-decoded.
LinkText link_text(std::string_view url);
// The strings that a style sheet puts into the page (CSS `content`).
std::string style_content(std::string_view css);
// Markup without its tags, for what no parser looks into: comments.
std::string without_tags(std::string_view html);

}  // namespace phimilter::extract
