// SPDX-License-Identifier: Apache-2.0
//
// How a word is looked up without being copied: folded (lower case, inner apostrophes dropped) and
// hashed. Compiled lexicons hold words in this form: a change needs a new version of their format.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace phimilter::policy {

// What bytes a word is made of, as a set of bits.
namespace byte_kind {
inline constexpr std::uint8_t kLower = 1;
inline constexpr std::uint8_t kCapital = 2;
inline constexpr std::uint8_t kDigit = 4;
inline constexpr std::uint8_t kHigh = 8;  // 0x80 and above: a letter of another script
inline constexpr std::uint8_t kApostrophe = 16;
inline constexpr std::uint8_t kMark = 32;  // '#'
inline constexpr std::uint8_t kLineEnd = 64;
inline constexpr std::uint8_t kWord = kLower | kCapital | kDigit | kHigh;

constexpr std::array<std::uint8_t, 256> table() {
  std::array<std::uint8_t, 256> out{};
  for (std::size_t c = 0; c < out.size(); ++c) {
    out[c] = c >= 'a' && c <= 'z'   ? kLower
             : c >= 'A' && c <= 'Z' ? kCapital
             : c >= '0' && c <= '9' ? kDigit
             : c >= 0x80            ? kHigh
             : c == '\''            ? kApostrophe
             : c == '#'             ? kMark
             : c == '\n'            ? kLineEnd
                                    : std::uint8_t{0};
  }
  return out;
}
inline constexpr std::array<std::uint8_t, 256> kTable = table();

inline std::uint8_t of(char c) {
  return kTable[static_cast<unsigned char>(c)];
}
}  // namespace byte_kind

// The first to the eighth byte of a word with ASCII letters in lower case: '0'..'9' and '#' have
// the bit already.
inline constexpr std::uint64_t kLowerCaseBits = 0x2020202020202020U;

inline std::uint64_t load_word(const char* at, std::size_t bytes) {
  std::uint64_t out = 0;
  std::memcpy(&out, at, bytes);
  return out;
}

// The same as load_word() for 0 to 8 bytes that are known at run time only.
inline std::uint64_t load_short_word(const char* at, std::size_t bytes) {
  if (bytes >= 4) {
    return load_word(at, 4) | (load_word(at + bytes - 4, 4) << (8 * (bytes - 4)));
  }
  if (bytes == 0) {
    return 0;
  }
  return load_word(at, 1) | (load_word(at + bytes / 2, 1) << (8 * (bytes / 2))) |
         (load_word(at + bytes - 1, 1) << (8 * (bytes - 1)));
}

// Both halves of the product: every bit of both numbers counts.
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ 0x9E3779B97F4A7C15U) * (b ^ 0xD6E8FEB86659FD93U);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

// Of a word of up to eight bytes, as load_word() gives them.
inline std::uint64_t hash_short_word(std::uint64_t bytes, std::size_t size) {
  return mix(bytes | kLowerCaseBits, size);
}

// Capitals and small letters give the same; apostrophes count, so they are taken out before.
inline std::uint64_t hash_word(std::string_view word) {
  const char* at = word.data();
  std::size_t left = word.size();
  std::uint64_t hash = left;
  while (left > 8) {
    hash = mix(load_word(at, 8) | kLowerCaseBits, hash);
    at += 8;
    left -= 8;
  }
  return mix(load_short_word(at, left) | kLowerCaseBits, hash);
}

// `spelled` has neither apostrophes nor bytes of 0x80 and above; `folded` is folded already.
inline bool same_word(std::string_view spelled, std::string_view folded) {
  if (spelled.size() != folded.size()) {
    return false;
  }
  for (std::size_t i = 0; i < spelled.size(); ++i) {
    if ((spelled[i] | ' ') != folded[i]) {
      return false;
    }
  }
  return true;
}

inline void fold_word(std::string_view spelled, std::string& out) {
  out.clear();
  for (const char c : spelled) {
    if (c != '\'') {
      out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | ' ') : c);
    }
  }
}

// A word ready to be looked up. Holds on to the spelled text or to `buffer`.
struct WordKey {
  std::string_view text;
  std::uint64_t hash = 0;
  bool folded = false;  // text is; otherwise it is ASCII without apostrophes
};

inline WordKey word_key(std::string_view spelled, std::uint8_t kinds, std::string& buffer) {
  if ((kinds & (byte_kind::kHigh | byte_kind::kApostrophe)) == 0) {
    return {spelled, hash_word(spelled), false};
  }
  fold_word(spelled, buffer);
  return {buffer, hash_word(buffer), true};
}

// Calls `visit(from, to, kinds, line)` for every word: letters, digits, high bytes and inner
// apostrophes; '#' is a word.
template <typename Visit>
void split_words(std::string_view text, const Visit& visit) {
  const char* const data = text.data();
  const std::size_t size = text.size();
  std::uint32_t line = 0;
  std::size_t at = 0;
  while (at < size) {
    std::uint8_t kinds = byte_kind::of(data[at]);
    if ((kinds & (byte_kind::kWord | byte_kind::kMark)) == 0) {
      line += kinds == byte_kind::kLineEnd ? 1 : 0;
      ++at;
      continue;
    }
    const std::size_t from = at++;
    while (kinds != byte_kind::kMark && at < size) {
      const std::uint8_t kind = byte_kind::of(data[at]);
      const bool inner = kind == byte_kind::kApostrophe && at + 1 < size &&
                         (byte_kind::of(data[at + 1]) & byte_kind::kWord) != 0;
      if ((kind & byte_kind::kWord) == 0 && !inner) {
        break;
      }
      kinds |= kind;
      ++at;
    }
    visit(from, at, kinds, line);
  }
}

}  // namespace phimilter::policy
