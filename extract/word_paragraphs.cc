// SPDX-License-Identifier: Apache-2.0
#include "extract/word_paragraphs.h"

#include <algorithm>
#include <cstdint>

#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kPage = 512;
constexpr std::uint16_t kInTable = 0x2416;      // sprmPFInTable
constexpr std::uint16_t kRowEnd = 0x2417;       // sprmPFTtp
constexpr std::uint16_t kInnerRowEnd = 0x244C;  // sprmPFInnerTtp
constexpr std::uint16_t kTableDepth = 0x6649;   // sprmPItap
constexpr std::uint16_t kDefineTable = 0xD608;  // sprmTDefTable: a length of two bytes
constexpr std::uint16_t kDefineTable10 = 0xD606;

// How many bytes the operand has ([MS-DOC] 2.2.5.1).
std::size_t operand_length(std::uint16_t sprm, std::string_view rest) {
  switch (sprm >> 13U) {
    case 0:
    case 1:
      return 1;
    case 2:
    case 4:
    case 5:
      return 2;
    case 3:
      return 4;
    case 7:
      return 3;
    default:
      if (sprm == kDefineTable || sprm == kDefineTable10) {
        return std::size_t{u16_at(rest, 0)} + 1;
      }
      return std::size_t{u8_at(rest, 0)} + 1;
  }
}

struct Properties {
  bool in_table = false;
  bool row_end = false;
};

Properties read_properties(std::string_view modifiers) {
  Properties properties;
  std::size_t position = 0;
  while (position + 3 <= modifiers.size()) {
    const std::uint16_t sprm = u16_at(modifiers, position);
    const std::string_view rest = modifiers.substr(position + 2);
    const bool set = u8_at(rest, 0) != 0;
    properties.in_table = properties.in_table || ((sprm == kInTable || sprm == kTableDepth) && set);
    properties.row_end = properties.row_end || ((sprm == kRowEnd || sprm == kInnerRowEnd) && set);
    position += 2 + operand_length(sprm, rest);
  }
  return properties;
}

}  // namespace

WordParagraphs::WordParagraphs(std::string_view plc, std::string_view document) {
  // No more pages than the document has room for, however often one is named.
  const std::size_t count =
      std::min(plc.size() < 12 ? 0 : (plc.size() - 4) / 8, document.size() / kPage);
  const std::size_t pages = plc.size() < 12 ? 0 : (plc.size() - 4) / 8;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t number = u32_at(plc, 4 * (pages + 1) + 4 * i) & 0x3FFFFFU;
    add_page(slice(document, number * kPage, kPage));
  }
  std::sort(runs_.begin(), runs_.end(),
            [](const Run& a, const Run& b) { return a.first < b.first; });
}

void WordParagraphs::add_page(std::string_view page) {
  const std::size_t count = u8_at(page, kPage - 1);
  if (page.size() < kPage || 4 * (count + 1) + 13 * count >= kPage) {
    return;
  }
  known_ = known_ || count > 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = 2 * std::size_t{u8_at(page, 4 * (count + 1) + 13 * i)};
    if (place == 0) {
      continue;
    }
    const std::size_t words = u8_at(page, place);
    const std::size_t start = words == 0 ? place + 2 : place + 1;
    const std::size_t length = words == 0 ? 2 * std::size_t{u8_at(page, place + 1)} : 2 * words - 1;
    // The style's number stands before the modifiers.
    const std::string_view paragraph = slice(page, start, length);
    const Properties properties = read_properties(slice(paragraph, 2, paragraph.size()));
    if (properties.in_table || properties.row_end) {
      runs_.push_back({u32_at(page, 4 * i), u32_at(page, 4 * i + 4), properties.row_end});
    }
  }
}

WordParagraphs::Place WordParagraphs::at(std::size_t offset) const {
  if (!known_) {
    return Place::unknown;
  }
  auto run = std::upper_bound(runs_.begin(), runs_.end(), offset,
                              [](std::size_t place, const Run& r) { return place < r.first; });
  if (run == runs_.begin() || offset >= (--run)->end) {
    return Place::text;
  }
  return run->row_end ? Place::row_end : Place::cell;
}

}  // namespace phimilter::extract
