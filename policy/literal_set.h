// SPDX-License-Identifier: Apache-2.0
//
// Many short strings looked for at once, whatever their case. '0' stands for every digit, ' ' for
// every blank. Two bytes of the text say whether one of the strings may begin there; where it may,
// the text is followed down a tree of them.
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
  // False: there are too many for the table.
  bool compile();
  std::size_t size() const { return lengths_.size(); }
  std::size_t length(std::size_t literal) const { return lengths_[literal]; }

  // `visit(literal, end)` for every place, by begin and then by end.
  template <typename Visit>
  void scan(std::string_view text, const Visit& visit) const {
    if (next_.empty()) {
      return;
    }
    std::uint64_t inside = ~std::uint64_t{0};  // no bit: the byte before is one of a word
    for (std::size_t at = 0; at < text.size(); ++at) {
      const auto first = static_cast<unsigned char>(text[at]);
      const auto second = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0;
      const std::uint64_t pairs = anywhere_[first] | (at_word_start_[first] & inside);
      inside = outside_word_[first];
      if ((pairs >> (kinds_[second] % kBits) & 1U) != 0) {
        follow(text, at, visit);
      }
    }
  }

 private:
  static constexpr std::size_t kBits = 64;
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  static constexpr std::size_t kLiteral = 1;  // where it stands in a row
  static constexpr std::size_t kFirstKind = 2;
  using Pairs = std::array<std::uint64_t, 256>;

  struct Node {
    std::map<unsigned char, std::size_t> children;
    std::uint32_t literal = kNone;  // the one that ends here
  };
  void insert(const std::string& literal, std::uint32_t number);
  void number_bytes();
  void note_pair(const std::string& literal, Pairs& pairs) const;

  template <typename Visit>
  void follow(std::string_view text, std::size_t at, const Visit& visit) const {
    std::size_t row = 0;
    for (; at < text.size(); ++at) {
      row = next_[row + kinds_[static_cast<unsigned char>(text[at])]];
      if (row == 0) {
        return;
      }
      if (const std::uint32_t literal = next_[row + kLiteral]; literal != kNone) {
        visit(literal, at + 1);
      }
    }
  }

  std::vector<Node> nodes_ = std::vector<Node>(1);
  struct Known {
    std::size_t number = 0;
    bool anywhere = false;
  };
  std::map<std::string, Known> known_;
  std::vector<std::size_t> lengths_;
  std::array<std::uint8_t, 256> kinds_{};  // 0: in no literal
  std::size_t width_ = kFirstKind;         // of a row
  // A row for every node: the literal that ends there, and by kind of byte the place of the next
  // row; 0: no literal goes on so.
  std::vector<std::uint32_t> next_;
  // By the first byte of a literal, bits by the kind of its second one; all of them when it has
  // none.
  Pairs anywhere_{};
  Pairs at_word_start_{};
  Pairs outside_word_{};  // all bits for bytes that are none of a word
};

}  // namespace phimilter::policy
