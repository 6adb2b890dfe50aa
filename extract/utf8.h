// SPDX-License-Identifier: Apache-2.0
//
// UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace phimilter::extract {

// Length of the valid sequence that starts at `position`, or 0.
std::size_t utf8_sequence(std::string_view bytes, std::size_t position);
bool is_utf8(std::string_view bytes);
// The longest prefix of at most `longest` bytes that does not cut a sequence of valid UTF-8.
std::string_view utf8_prefix(std::string_view text, std::size_t longest);
// The characters of UTF-8 text in reverse order.
std::string reversed_characters(std::string_view utf8);
void append_utf8(std::string& text, char32_t character);

}  // namespace phimilter::extract
