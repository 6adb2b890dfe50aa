// SPDX-License-Identifier: Apache-2.0
#include "extract/metafile_text.h"

#include <string>

#include "base/limits.h"
#include "extract/code_page.h"
#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

// Records of enhanced metafiles.
constexpr std::uint32_t kHeaderRecord = 1;
constexpr std::uint32_t kExtTextOutBytes = 83;
constexpr std::uint32_t kExtTextOutWide = 84;
constexpr std::uint32_t kSmallTextOut = 108;
constexpr std::uint32_t kGlyphIndexes =
    0x10;  // what is drawn are numbers of a font, not characters
constexpr std::uint32_t kSmallCharacters = 0x200;
constexpr std::uint32_t kNoRectangle = 0x100;
constexpr std::size_t kEnhancedMark = 40;  // " EMF"
// Records of Windows metafiles.
constexpr std::uint16_t kTextOut = 0x0521;
constexpr std::uint16_t kExtTextOut = 0x0A32;
constexpr std::uint16_t kCreateFont = 0x02FB;
constexpr std::size_t kFontCharset = 19;
constexpr std::uint16_t kRectangleFollows = 0x0006;
constexpr std::string_view kPlaceable("\xD7\xCD\xC6\x9A", 4);
constexpr std::size_t kPlaceableHeader = 22;
constexpr std::size_t kWindowsHeader = 18;

// A record as long as a picture paints one: what it shows is not text.
bool is_picture(std::string_view record) {
  return record.size() > limits::kInlineImage;
}

void add_line(ReadingSink& sink, const std::string& text) {
  if (!text.empty()) {
    sink.text(text);
    sink.text("\n");
  }
}

std::string enhanced_text(std::uint32_t type, std::string_view record) {
  const std::size_t count = u32_at(record, type == kSmallTextOut ? 16 : 44);
  if (count > record.size()) {
    return {};
  }
  if (type == kSmallTextOut) {
    const std::uint32_t options = u32_at(record, 20);
    const std::size_t place = (options & kNoRectangle) != 0 ? 36 : 52;
    return (options & kSmallCharacters) != 0
               ? decode_code_page(slice(record, place, count), kWindowsLatin)
               : decode_utf16le(slice(record, place, 2 * count));
  }
  if ((u32_at(record, 52) & kGlyphIndexes) != 0) {
    return {};
  }
  const std::size_t place = u32_at(record, 48);
  return type == kExtTextOutWide ? decode_utf16le(slice(record, place, 2 * count))
                                 : decode_code_page(slice(record, place, count), kWindowsLatin);
}

std::string windows_text(std::uint16_t type, std::string_view record, unsigned code_page) {
  if (type == kTextOut) {
    return decode_code_page(slice(record, 8, u16_at(record, 6)), code_page);
  }
  const std::size_t place = (u16_at(record, 12) & kRectangleFollows) != 0 ? 22 : 14;
  return decode_code_page(slice(record, place, u16_at(record, 10)), code_page);
}

std::string_view windows_records(std::string_view bytes) {
  return bytes.starts_with(kPlaceable) ? slice(bytes, kPlaceableHeader, bytes.size()) : bytes;
}

}  // namespace

bool is_enhanced_metafile(const Document& document) {
  return u32_at(document.bytes, 0) == kHeaderRecord &&
         slice(document.bytes, kEnhancedMark, 4) == " EMF";
}

void read_enhanced_metafile(const Document& document, ReadingSink& sink) {
  const std::string_view bytes = document.bytes;
  std::size_t position = 0;
  while (position + 8 <= bytes.size() && !sink.full()) {
    const std::uint32_t type = u32_at(bytes, position);
    const std::size_t length = u32_at(bytes, position + 4);
    const std::string_view record = slice(bytes, position, length);
    if (length < 8 || record.size() < length) {
      sink.opaque("", Opaque::broken);
      return;
    }
    if (is_picture(record)) {
      sink.opaque("", Opaque::image);
    } else if (type == kExtTextOutWide || type == kExtTextOutBytes || type == kSmallTextOut) {
      add_line(sink, enhanced_text(type, record));
    }
    position += length;
  }
}

bool is_windows_metafile(const Document& document) {
  const std::string_view bytes = windows_records(document.bytes);
  const std::uint16_t version = u16_at(bytes, 4);
  return (u16_at(bytes, 0) == 1 || u16_at(bytes, 0) == 2) && u16_at(bytes, 2) == 9 &&
         (version == 0x0100 || version == 0x0300);
}

void read_windows_metafile(const Document& document, ReadingSink& sink) {
  const std::string_view bytes = windows_records(document.bytes);
  std::size_t position = kWindowsHeader;
  unsigned code_page = kWindowsLatin;
  while (position + 6 <= bytes.size() && !sink.full()) {
    const std::size_t length = 2 * std::size_t{u32_at(bytes, position)};
    const std::uint16_t type = u16_at(bytes, position + 4);
    const std::string_view record = slice(bytes, position, length);
    if (length < 6 || record.size() < length) {
      sink.opaque("", Opaque::broken);
      return;
    }
    if (is_picture(record)) {
      sink.opaque("", Opaque::image);
    } else if (type == kTextOut || type == kExtTextOut) {
      add_line(sink, windows_text(type, record, code_page));
    } else if (type == kCreateFont) {
      // The font made last is the one that is chosen next.
      code_page = code_page_of_font_charset(u8_at(record, kFontCharset));
    }
    position += length;
  }
}

}  // namespace phimilter::extract
