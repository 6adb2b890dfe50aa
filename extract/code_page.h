// SPDX-License-Identifier: Apache-2.0
//
// Windows code pages, by the number that Microsoft's formats name them with, as UTF-8.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace phimilter::extract {

inline constexpr unsigned kWindowsLatin = 1252;

// A code page that is not known is read as 1252.
std::string decode_code_page(std::string_view bytes, unsigned code_page);
std::string decode_utf16le(std::string_view bytes);

// As decode_code_page, for many short runs: opening a converter for each takes a microsecond, which
// a document of a million runs would be noticed by.
class CodePageDecoder {
 public:
  std::string decode(std::string_view bytes, unsigned code_page);

 private:
  static constexpr std::size_t kShort = 4;
  static constexpr std::size_t kKept = 50'000;

  std::map<std::pair<unsigned, std::string>, std::string> kept_;
};

// RTF's \fcharset and BIFF's FONT record name a charset in another way (WinGDI.h, *_CHARSET); 0: as
// the document.
unsigned code_page_of_font_charset(unsigned charset);
// Trail bytes of these may be ASCII characters.
bool is_double_byte(unsigned code_page);

}  // namespace phimilter::extract
