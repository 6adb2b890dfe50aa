// SPDX-License-Identifier: Apache-2.0
//
// Lines of text as a reader shows them. Text is UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::extract {

std::string with_line_feeds(std::string_view text);  // CRLF and CR become LF
// format=flowed (RFC 3676): soft-broken lines of one quote depth become one line; with DelSp their
// blank goes.
std::string unflowed(std::string_view text, bool delete_space);
// Content lines of iCalendar and vCard (RFC 5545 3.1, RFC 6350 3.2): a line that begins with a
// blank goes on the last.
std::string unfolded_content_lines(std::string_view text);

// The letters behind a right-to-left override (U+202E) stand in reverse, up to its end (U+202C) or
// the line's: as the eye reads them. Empty: there is none in the text.
std::string overrides_turned(std::string_view text);

}  // namespace phimilter::extract
