// SPDX-License-Identifier: Apache-2.0
//
// Many short strings looked for at once, whatever their case. '0' stands for every digit, ' ' for
// every blank. Three bytes of the text say whether one of the strings may begin there; where it
// may, the text is followed down a tree of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::policy {

class LiteralSet {
 public:
  LiteralSet() = default;
  // The number under which the literal is reported; equal literals have one. `literal` is ASCII in
  // lower case, without other digits and blanks, and not empty. `at_word_start`: it need not be
  // reported elsewhere.
  std::size_t add(const std::string& literal, bool at_word_start);
  // False: they are of too many different bytes.
  bool compile();
  std::size_t size() const { return lengths_.size(); }
  std::size_t length(std::size_t literal) const { return lengths_[literal]; }

  // `visit(literal, end)` for every place, by begin and then by end.
  template <typename Visit>
  void scan(std::string_view text, const Visit& visit) const {
    if (places_.empty()) {
      return;
    }
    // Behind the end there are bytes of no literal.
    const auto kind = [&](std::size_t at) -> std::size_t {
      return at < text.size() ? kind_of(text[at]) : 0;
    };
    std::size_t row = kind(0) * kinds_count_;  // of what begins with the byte at hand
    std::size_t second = kind(1);
    std::size_t at = 0;
    for (; at + 2 < text.size(); ++at) {
      const std::size_t third = kind_of(text[at + 2]);
      if (may_begin(row, second, third)) {
        follow(text, at, visit);
      }
      row = behind_[static_cast<unsigned char>(text[at])] + second * kinds_count_;
      second = third;
    }
    for (; at < text.size(); ++at) {
      if (may_begin(row, second, 0)) {
        follow(text, at, visit);
      }
      row = behind_[static_cast<unsigned char>(text[at])] + second * kinds_count_;
      second = 0;
    }
  }

 private:
  static constexpr std::size_t kKinds = 64;
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  struct Node {
    std::map<std::uint8_t, std::size_t> children;  // by kind
    std::uint32_t literal = kNone;                 // the one that ends here
  };
  // Small, so that those of a pack fit into the processor's nearest cache.
  struct Place {
    std::uint64_t kinds = 0;  // bits: a child by this kind of byte
    std::uint32_t first_child = 0;
    std::uint32_t literal = kNone;
  };
  bool number_bytes();
  void insert(const std::string& literal, std::uint32_t number);
  void note_triple(const std::string& literal, std::size_t part);
  void lay_out();

  static std::uint32_t bits_in(std::uint64_t set) {
    set -= set >> 1U & 0x5555555555555555U;
    set = (set & 0x3333333333333333U) + (set >> 2U & 0x3333333333333333U);
    set = (set + (set >> 4U)) & 0x0F0F0F0F0F0F0F0FU;
    return static_cast<std::uint32_t>(set * 0x0101010101010101U >> 56U);
  }
  bool may_begin(std::size_t row, std::size_t second, std::size_t third) const {
    return (triples_[row + second] >> third & 1U) != 0;
  }
  std::size_t kind_of(char c) const { return kinds_[static_cast<unsigned char>(c)]; }

  // The bytes at `at` and behind it may begin a literal.
  template <typename Visit>
  void follow(std::string_view text, std::size_t at, const Visit& visit) const {
    const std::size_t first = kind_of(text[at]);
    if (singles_[first] != kNone) {
      visit(singles_[first], at + 1);
    }
    if (++at >= text.size()) {
      return;
    }
    for (std::uint32_t i = seconds_[first * kKinds + kind_of(text[at])]; i != 0;) {
      const Place& place = places_[i];
      ++at;
      if (place.literal != kNone) {
        visit(place.literal, at);
      }
      const std::uint64_t kind = at < text.size() ? std::uint64_t{1} << kind_of(text[at]) : 0;
      i = (place.kinds & kind) == 0 ? 0 : place.first_child + bits_in(place.kinds & (kind - 1));
    }
  }

  std::map<std::string, bool> anywhere_wanted_;  // by literal
  std::map<std::string, std::size_t> numbers_;
  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::vector<std::size_t> lengths_;
  std::array<std::uint8_t, 256> kinds_{};  // 0: in no literal
  std::vector<Place> places_;
  std::array<std::uint32_t, kKinds> singles_{};  // by kind of byte: the literal that it is
  std::vector<std::uint32_t> seconds_;           // by kinds of two bytes: their place; 0: none
  // By the kinds of two bytes, bits by the kind of the third one. Two parts: where a word may
  // begin, and behind a byte of one.
  std::vector<std::uint64_t> triples_;
  std::size_t kinds_count_ = 1;
  std::array<std::uint32_t, 256> behind_{};  // the part of what follows this byte: its first place
};

}  // namespace phimilter::policy
