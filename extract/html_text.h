// SPDX-License-Identifier: Apache-2.0
//
// What HTML says, as plain text: blocks and table rows are lines, cells are separated by a tab,
// entities are characters, white space is collapsed as a browser does it (not in pre and textarea).
// Texts that stand in attributes (alt, title, value, placeholder, label, aria-label) and hidden
// text are read too: they leave with the message. Scripts, style sheets and comments are not text.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::extract {

std::string html_text(std::string_view utf8);
// The charset that a <meta> near the top names, or empty.
std::string html_declared_charset(std::string_view bytes);

}  // namespace phimilter::extract
