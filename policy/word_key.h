// SPDX-License-Identifier: Apache-2.0
//
// How a word is looked up without being copied: folded (lower case, inner apostrophes dropped) and
// hashed. Compiled lexicons hold words in this form: a change needs a new version of their format.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "policy/word_masks.h"

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

// hash_word() of text[from, to), by one load where the text goes on far enough.
inline std::uint64_t hash_word_at(std::string_view text, std::size_t from, std::size_t to) {
  const std::size_t size = to - from;
  if (size - 1 < 8 && from + 8 <= text.size() && std::endian::native == std::endian::little) {
    const std::uint64_t bytes = load_word(text.data() + from, 8);
    return mix((bytes & (~std::uint64_t{0} >> (64U - 8U * size))) | kLowerCaseBits, size);
  }
  return hash_word(text.substr(from, size));
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

// Finds words: letters, digits, high bytes and inner apostrophes; '#' is a word.
template <typename Visit>
class WordSplitter {
 public:
  WordSplitter(std::string_view text, const Visit& visit) : text_(text), visit_(visit) {}

  void run() {
    ByteMasks next = masks_at(text_, 0);
    for (std::size_t at = 0; at < text_.size(); at += ByteMasks::kBytes) {
      const ByteMasks here = next;
      next = masks_at(text_, at + ByteMasks::kBytes);
      read(at, here, (next.word() & 1U) << 63U);
    }
    if (open_) {
      close(text_.size());
    }
  }

 private:
  // `word_behind`: the top bit, when the byte behind is one of a word.
  void read(std::size_t at, const ByteMasks& masks, std::uint64_t word_behind) {
    const std::uint64_t word = masks.word();
    const std::uint64_t inner = masks.apostrophe & ((word << 1U) | (ends_in_word_ ? 1U : 0U)) &
                                ((word >> 1U) | word_behind);
    const std::uint64_t all = word | inner;
    const std::uint64_t behind = (all << 1U) | (open_ ? 1U : 0U);
    ends_in_word_ = (word >> 63U) != 0;
    std::uint64_t ends = behind & ~all;
    if (open_ && ends != 0) {
      close(at + take_first(ends));
    }
    std::uint64_t others = masks.mark | masks.line_end;
    for (std::uint64_t starts = all & ~behind; starts != 0;) {
      const std::uint64_t before = (starts & (~starts + 1)) - 1;
      if ((others & before) != 0) {
        read_others(at, masks.mark, others & before);
        others &= ~before;
      }
      const unsigned from = take_first(starts);
      if (ends == 0) {
        open_ = true;
        from_ = at + from;
        return;
      }
      const unsigned to = take_first(ends);
      visit_(at + from, at + to, kinds(masks, from, to), line_);
    }
    read_others(at, masks.mark, others);
  }

  static unsigned take_first(std::uint64_t& bits) {
    const auto out = static_cast<unsigned>(std::countr_zero(bits));
    bits &= bits - 1;
    return out;
  }

  // '#' and line ends.
  void read_others(std::size_t at, std::uint64_t marks, std::uint64_t others) {
    while (others != 0) {
      const bool mark = (marks & others & (~others + 1)) != 0;
      const std::size_t from = at + take_first(others);
      if (mark) {
        visit_(from, from + 1, byte_kind::kMark, line_);
      } else {
        ++line_;
      }
    }
  }

  // The word that goes on from another block.
  void close(std::size_t to) {
    std::uint8_t kinds = 0;
    for (std::size_t i = from_; i < to; ++i) {
      kinds |= byte_kind::of(text_[i]);
    }
    open_ = false;
    visit_(from_, to, kinds, line_);
  }

  static std::uint8_t kinds(const ByteMasks& masks, unsigned from, unsigned to) {
    const std::uint64_t span = (~std::uint64_t{0} >> (64U - (to - from))) << from;
    return static_cast<std::uint8_t>(((masks.lower & span) != 0 ? byte_kind::kLower : 0) |
                                     ((masks.capital & span) != 0 ? byte_kind::kCapital : 0) |
                                     ((masks.digit & span) != 0 ? byte_kind::kDigit : 0) |
                                     ((masks.high & span) != 0 ? byte_kind::kHigh : 0) |
                                     ((masks.apostrophe & span) != 0 ? byte_kind::kApostrophe : 0));
  }

  std::string_view text_;
  const Visit& visit_;
  std::size_t from_ = 0;  // of the word that is open
  std::uint32_t line_ = 0;
  bool open_ = false;
  bool ends_in_word_ = false;  // the last byte of the block before
};

// Calls `visit(from, to, kinds, line)` for every word.
template <typename Visit>
void split_words(std::string_view text, const Visit& visit) {
  WordSplitter<Visit>(text, visit).run();
}

}  // namespace phimilter::policy
