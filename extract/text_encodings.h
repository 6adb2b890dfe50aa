// SPDX-License-Identifier: Apache-2.0
//
// The decoders behind encoded_files: each takes the text from the file's first line on.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace phimilter::extract {

struct DecodedFile {
  std::string name;
  std::string bytes;
  bool complete = true;  // to its end mark, of the length that it says
};

// "begin 644 name" (also begin-base64); none: it is not one.
std::optional<DecodedFile> decode_uuencode(std::string_view text);
// "=ybegin line=128 size=123 name=...": of bytes, before any charset.
std::optional<DecodedFile> decode_yenc(std::string_view bytes);
// What stands behind "(This file must be converted"; at most `longest` bytes.
std::optional<DecodedFile> decode_binhex(std::string_view text, std::size_t longest);

}  // namespace phimilter::extract
