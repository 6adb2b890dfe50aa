// SPDX-License-Identifier: Apache-2.0
//
// What bytes are, whatever they are called.
#pragma once

#include <string_view>

namespace phimilter::extract {

inline constexpr std::size_t kSniffBytes = 4096;

// By the first bytes: "application/pdf", "application/zip", "image/png", ...; empty: no telling.
std::string_view type_by_content(std::string_view head);
bool looks_like_html(std::string_view head);
// Text in some charset rather than a binary format: hardly any control characters. `text` is UTF-8.
bool reads_as_text(std::string_view text);
// Text that hides a file in itself (uuencode, yEnc, BinHex), which mail readers unpack.
bool holds_encoded_file(std::string_view text);

// Declared types whose content is text to be read as it stands, beside text/*.
bool is_textual_type(std::string_view media_type);

}  // namespace phimilter::extract
