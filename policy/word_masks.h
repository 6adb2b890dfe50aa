// SPDX-License-Identifier: Apache-2.0
//
// What kinds of bytes stand in 64 bytes of text, as bits: the way to find words without looking at
// every byte. Private to policy/word_key.h and digit_places.h.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace phimilter::policy {

struct ByteMasks {
  static constexpr std::size_t kBytes = 64;
  std::uint64_t lower = 0;  // bit i: of byte i
  std::uint64_t capital = 0;
  std::uint64_t digit = 0;
  std::uint64_t high = 0;  // 0x80 and above
  std::uint64_t apostrophe = 0;
  std::uint64_t mark = 0;  // '#'
  std::uint64_t line_end = 0;

  std::uint64_t word() const { return lower | capital | digit | high; }
};

#if defined(__SSE2__)

namespace byte_masks {
// Bytes from `first` to `last`, both below 0x80; bytes of 0x80 and above are none of them.
inline std::uint64_t between(__m128i bytes, char first, char last) {
  const __m128i above = _mm_cmpgt_epi8(bytes, _mm_set1_epi8(static_cast<char>(first - 1)));
  const __m128i below = _mm_cmpgt_epi8(_mm_set1_epi8(static_cast<char>(last + 1)), bytes);
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_and_si128(above, below)));
}
inline std::uint64_t equal(__m128i bytes, char c) {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))));
}
}  // namespace byte_masks

// Of 64 bytes.
inline ByteMasks masks_of(const char* at) {
  ByteMasks out;
  for (unsigned i = 0; i < ByteMasks::kBytes; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i));
    out.lower |= byte_masks::between(bytes, 'a', 'z') << i;
    out.capital |= byte_masks::between(bytes, 'A', 'Z') << i;
    out.digit |= byte_masks::between(bytes, '0', '9') << i;
    out.high |= std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(bytes))} << i;
    out.apostrophe |= byte_masks::equal(bytes, '\'') << i;
    out.mark |= byte_masks::equal(bytes, '#') << i;
    out.line_end |= byte_masks::equal(bytes, '\n') << i;
  }
  return out;
}

#else

inline ByteMasks masks_of(const char* at) {
  ByteMasks out;
  for (unsigned i = 0; i < ByteMasks::kBytes; ++i) {
    const auto c = static_cast<unsigned char>(at[i]);
    const auto bit = [i](bool is) { return std::uint64_t{is ? 1U : 0U} << i; };
    out.lower |= bit(c >= 'a' && c <= 'z');
    out.capital |= bit(c >= 'A' && c <= 'Z');
    out.digit |= bit(c >= '0' && c <= '9');
    out.high |= bit(c >= 0x80);
    out.apostrophe |= bit(c == '\'');
    out.mark |= bit(c == '#');
    out.line_end |= bit(c == '\n');
  }
  return out;
}

#endif

// Of the 64 bytes from `at` on; what is behind the end of the text is of no kind.
inline ByteMasks masks_at(std::string_view text, std::size_t at) {
  if (at + ByteMasks::kBytes <= text.size()) {
    return masks_of(text.data() + at);
  }
  std::array<char, ByteMasks::kBytes> rest{};
  if (at < text.size()) {
    std::memcpy(rest.data(), text.data() + at, text.size() - at);
  }
  return masks_of(rest.data());
}

}  // namespace phimilter::policy
