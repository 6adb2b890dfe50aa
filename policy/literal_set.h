// SPDX-License-Identifier: Apache-2.0
//
// Many short strings looked for at once, whatever their case (Aho and Corasick 1975, as a table of
// states). '0' stands for every digit, ' ' for every blank.
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
  // The number under which the literal is reported; equal literals have one. `literal` is ASCII in
  // lower case, without other digits and blanks, and not empty.
  std::size_t add(const std::string& literal);
  // False: there are too many for the table.
  bool compile();
  std::size_t size() const { return lengths_.size(); }
  std::size_t length(std::size_t literal) const { return lengths_[literal]; }

  // `visit(literal, end)` for every place, by end.
  template <typename Visit>
  void scan(std::string_view text, const Visit& visit) const {
    if (next_.empty()) {
      return;
    }
    std::size_t state = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      state = next_[state + kinds_[static_cast<unsigned char>(text[at])]];
      if (state >= first_with_output_) {
        report(state, at + 1, visit);
      }
    }
  }

 private:
  struct Node {
    std::map<unsigned char, std::size_t> children;
    std::vector<std::uint32_t> ends;  // literals that end here
    std::size_t fallback = 0;
  };
  void insert(const std::string& literal, std::uint32_t number);
  std::vector<std::size_t> by_depth();
  void number_bytes();

  template <typename Visit>
  void report(std::size_t state, std::size_t end, const Visit& visit) const {
    const std::size_t row = (state - first_with_output_) / width_;
    for (std::size_t i = output_ends_[row]; i < output_ends_[row + 1]; ++i) {
      visit(outputs_[i], end);
    }
  }

  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::map<std::string, std::size_t> known_;
  std::vector<std::size_t> lengths_;
  std::array<std::uint8_t, 256> kinds_{};  // 0: in no literal
  std::size_t width_ = 1;                  // kinds
  std::vector<std::uint32_t> next_;        // by state and kind; a state is the place of its row
  // Rows from this one on have outputs: one comparison a byte tells.
  std::size_t first_with_output_ = 0;
  std::vector<std::size_t> output_ends_{0};
  std::vector<std::uint32_t> outputs_;
};

}  // namespace phimilter::policy
