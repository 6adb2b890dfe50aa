// SPDX-License-Identifier: Apache-2.0
//
// The parser's work on a tag grows with the number of open elements, and with the square of a tag's
// attributes: a page of nothing but <div> would keep it busy for minutes. Browsers stop nesting at
// some depth; so tags below one are taken out before the parser sees them, and their text stays.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::extract {

struct GuardedHtml {
  std::string html;
  std::string taken_out;  // the attributes of tags that had too many, as they stood
};

GuardedHtml guarded_html(std::string_view html);

}  // namespace phimilter::extract
