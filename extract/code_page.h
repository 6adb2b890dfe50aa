// SPDX-License-Identifier: Apache-2.0
//
// Windows code pages, by the number that Microsoft's formats name them with, as UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::extract {

inline constexpr unsigned kWindowsLatin = 1252;

// A code page that is not known is read as 1252.
std::string decode_code_page(std::string_view bytes, unsigned code_page);
std::string decode_utf16le(std::string_view bytes);

// RTF's \fcharset and BIFF's FONT record name a charset in another way (WinGDI.h, *_CHARSET); 0: as
// the document.
unsigned code_page_of_font_charset(unsigned charset);
// Trail bytes of these may be ASCII characters.
bool is_double_byte(unsigned code_page);

}  // namespace phimilter::extract
