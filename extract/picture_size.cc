// SPDX-License-Identifier: Apache-2.0
#include "extract/picture_size.h"

#include "base/limits.h"

namespace phimilter::extract {
namespace {

std::uint64_t big(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

std::uint64_t little(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i > 0; --i) {
    value = value << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
  }
  return value;
}

// The frame header among the segments; before it stand tables and thumbnails.
std::optional<std::uint64_t> jpeg_pixels(std::string_view bytes) {
  for (std::size_t at = 2; at + 9 <= bytes.size();) {
    if (bytes[at] != '\xFF') {
      return std::nullopt;
    }
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    const bool table = marker == 0xC4 || marker == 0xC8 || marker == 0xCC;
    if (marker >= 0xC0 && marker <= 0xCF && !table) {
      return big(bytes, at + 5, 2) * big(bytes, at + 7, 2);
    }
    at += marker == 0xFF ? 1 : 2 + big(bytes, at + 2, 2);
  }
  return std::nullopt;
}

// The height may be told as negative: from the top.
std::uint64_t bmp_side(std::string_view bytes, std::size_t at) {
  const std::uint64_t side = little(bytes, at, 4);
  return side > 0x7FFFFFFF ? 0x100000000 - side : side;
}

}  // namespace

std::optional<std::uint64_t> picture_pixels_of(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1A\n") && bytes.size() >= 24) {
    return big(bytes, 16, 4) * big(bytes, 20, 4);
  }
  if (bytes.starts_with("GIF8") && bytes.size() >= 10) {
    return little(bytes, 6, 2) * little(bytes, 8, 2);
  }
  if (bytes.starts_with("BM") && bytes.size() >= 26) {
    return bmp_side(bytes, 18) * bmp_side(bytes, 22);
  }
  return bytes.starts_with("\xFF\xD8\xFF") ? jpeg_pixels(bytes) : std::nullopt;
}

bool is_decoration(std::string_view bytes) {
  const auto pixels = picture_pixels_of(bytes);
  return bytes.size() <= limits::kInlineImage && pixels && *pixels <= limits::kInlinePixels;
}

}  // namespace phimilter::extract
