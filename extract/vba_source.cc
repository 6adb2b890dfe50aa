// SPDX-License-Identifier: Apache-2.0
#include "extract/vba_source.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "extract/code_page.h"
#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kChunk = 4096;
// Every module begins so: a flag byte without a copy in it, then eight letters.
constexpr std::string_view kBegin("\0Attribut", 9);
constexpr std::size_t kBeforeBegin = 3;  // the container's mark and the chunk's header

// The tokens of one chunk; copies reach back no further than its own start.
void unpack_chunk(std::string_view tokens, std::string& out) {
  const std::size_t start = out.size();
  std::size_t position = 0;
  while (position < tokens.size()) {
    const unsigned flags = u8_at(tokens, position++);
    for (unsigned bit = 0; bit < 8 && position < tokens.size(); ++bit) {
      if (out.size() - start >= kChunk) {
        return;
      }
      if ((flags >> bit & 1U) == 0) {
        out += tokens[position++];
        continue;
      }
      const unsigned token = u16_at(tokens, position);
      position += 2;
      // The longer the chunk is so far, the more bits the distance has.
      const std::size_t written = out.size() - start;
      const unsigned distance_bits =
          std::max(4U, static_cast<unsigned>(std::bit_width(written > 0 ? written - 1 : 0)));
      const unsigned length_bits = 16 - std::min(12U, distance_bits);
      const std::size_t length = (token & ((1U << length_bits) - 1)) + 3;
      const std::size_t distance = (token >> length_bits) + 1;
      if (distance > written) {
        return;
      }
      for (std::size_t i = 0; i < length && out.size() - start < kChunk; ++i) {
        out += out[out.size() - distance];
      }
    }
  }
}

}  // namespace

std::string unpack_vba(std::string_view container) {
  std::string source;
  std::size_t position = 1;
  while (position + 2 <= container.size()) {
    const unsigned header = u16_at(container, position);
    const std::size_t length = (header & 0xFFFU) + 1;
    const std::string_view chunk = slice(container, position + 2, length);
    if ((header >> 12U & 7U) != 3) {
      break;
    }
    if ((header & 0x8000U) != 0) {
      unpack_chunk(chunk, source);
    } else {
      source.append(chunk);
    }
    position += 2 + length;
  }
  return source;
}

std::string vba_source(std::string_view stream) {
  const std::size_t begin = stream.find(kBegin);
  if (begin == std::string_view::npos || begin < kBeforeBegin) {
    return {};
  }
  return decode_code_page(unpack_vba(stream.substr(begin - kBeforeBegin)), kWindowsLatin);
}

}  // namespace phimilter::extract
