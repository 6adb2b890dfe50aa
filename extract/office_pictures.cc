// SPDX-License-Identifier: Apache-2.0
#include "extract/office_pictures.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "extract/inflate.h"
#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kHeader = 8;
constexpr std::size_t kIdentifier = 16;

struct Bitmap {
  std::uint16_t type;      // record
  std::uint16_t instance;  // with one identifier; one more: with two
  std::string_view name;
};

constexpr std::array kBitmaps{
    Bitmap{0xF01D, 0x46A, "picture.jpg"}, Bitmap{0xF02A, 0x46A, "picture.jpg"},
    Bitmap{0xF01D, 0x6E2, "picture.jpg"}, Bitmap{0xF02A, 0x6E2, "picture.jpg"},
    Bitmap{0xF01E, 0x6E0, "picture.png"}, Bitmap{0xF029, 0x6E4, "picture.tif"},
    Bitmap{0xF01F, 0x7A8, "picture.dib"}};

// Drawings: behind the identifiers 34 bytes say how large they are and how they are packed.
struct Drawing {
  std::uint16_t type;
  std::uint16_t instance;
  std::string_view name;
};

constexpr std::array kDrawings{Drawing{0xF01A, 0x3D4, "drawing.emf"},
                               Drawing{0xF01B, 0x216, "drawing.wmf"},
                               Drawing{0xF01C, 0x542, "drawing.pict"}};
constexpr std::size_t kDrawingHeader = 34;

const Drawing* drawing_at(std::string_view stream, std::size_t position) {
  const std::uint16_t head = u16_at(stream, position);
  const auto* const found =
      std::find_if(kDrawings.begin(), kDrawings.end(), [&](const Drawing& drawing) {
        return (head & 0xFU) == 0 && ((head >> 4U) & ~1U) == drawing.instance &&
               u16_at(stream, position + 2) == drawing.type;
      });
  return found == kDrawings.end() ? nullptr : found;
}

void read_drawing(std::string_view body, bool two_identifiers, std::string_view name,
                  ReadingSink& sink) {
  const std::size_t header = (two_identifiers ? 2 : 1) * kIdentifier;
  const std::size_t size = u32_at(body, header);
  const std::string_view packed = slice(body, header + kDrawingHeader, body.size());
  if (u8_at(body, header + kDrawingHeader - 2) != 0) {
    sink.picture(name, packed);
    return;
  }
  const Inflated drawing = inflate(packed, std::min(size, sink.bytes_left()));
  sink.picture(name, drawing.bytes);
  if (drawing.bytes.size() < size) {
    sink.opaque(name, drawing.whole ? Opaque::broken : Opaque::limit);
  }
}

const Bitmap* bitmap_at(std::string_view stream, std::size_t position, bool& two_identifiers) {
  const std::uint16_t type = u16_at(stream, position + 2);
  const auto instance = static_cast<std::uint16_t>(u16_at(stream, position) >> 4U);
  const bool version_0 = (u16_at(stream, position) & 0xFU) == 0;
  for (const Bitmap& bitmap : kBitmaps) {
    if (version_0 && bitmap.type == type && (instance & ~1U) == bitmap.instance) {
      two_identifiers = (instance & 1U) != 0;
      return &bitmap;
    }
  }
  return nullptr;
}

}  // namespace

void read_office_pictures(std::string_view stream, ReadingSink& sink) {
  // The high byte of every record type: looking for it keeps this linear and fast.
  std::size_t mark = stream.find('\xF0', 3);
  while (mark != std::string_view::npos && !sink.full()) {
    bool two_identifiers = false;
    const Bitmap* bitmap = bitmap_at(stream, mark - 3, two_identifiers);
    const Drawing* drawing = drawing_at(stream, mark - 3);
    if (bitmap == nullptr && drawing == nullptr) {
      mark = stream.find('\xF0', mark + 1);
      continue;
    }
    const std::size_t length = u32_at(stream, mark + 1);
    const std::string_view body = slice(stream, mark - 3 + kHeader, length);
    if (drawing != nullptr) {
      read_drawing(body, (u16_at(stream, mark - 3) & 0x10U) != 0, drawing->name, sink);
    } else {
      const std::size_t before = (two_identifiers ? 2 : 1) * kIdentifier + 1;
      sink.picture(bitmap->name, slice(body, before, body.size()));
    }
    mark = stream.find('\xF0', mark + std::max<std::size_t>(body.size(), 1));
  }
}

}  // namespace phimilter::extract
