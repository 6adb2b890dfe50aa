// SPDX-License-Identifier: Apache-2.0
#include "policy/literal_set.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kLargestTable = 4'000'000;  // entries
constexpr std::uint64_t kAll = ~std::uint64_t{0};

bool is_word(std::size_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

std::size_t LiteralSet::add(const std::string& literal, bool at_word_start) {
  const auto [known, made] = known_.try_emplace(literal, Known{lengths_.size(), false});
  if (made) {
    lengths_.push_back(literal.size());
    insert(literal, static_cast<std::uint32_t>(known->second.number));
  }
  known->second.anywhere =
      known->second.anywhere || !at_word_start || !is_word(static_cast<unsigned char>(literal[0]));
  return known->second.number;
}

void LiteralSet::insert(const std::string& literal, std::uint32_t number) {
  std::size_t node = 0;
  for (const char c : literal) {
    const auto [child, made] =
        nodes_[node].children.try_emplace(static_cast<unsigned char>(c), nodes_.size());
    node = child->second;
    if (made) {
      nodes_.emplace_back();
    }
  }
  nodes_[node].literal = number;
}

void LiteralSet::number_bytes() {
  for (const auto& [literal, known] : known_) {
    for (const char c : literal) {
      auto& kind = kinds_[static_cast<unsigned char>(c)];
      kind = kind == 0 ? static_cast<std::uint8_t>(width_++) : kind;
    }
  }
  for (std::size_t c = 'A'; c <= 'Z'; ++c) {
    kinds_[c] = kinds_[c | ' '];
  }
  for (std::size_t c = '0'; c <= '9'; ++c) {
    kinds_[c] = kinds_['0'];
  }
  for (const unsigned char blank : {'\t', '\n', '\f', '\r'}) {
    kinds_[blank] = kinds_[' '];
  }
}

// Where a literal may begin: at every byte of the kind of its first one.
void LiteralSet::note_pair(const std::string& literal, Pairs& pairs) const {
  const auto kind = [this](char c) { return kinds_[static_cast<unsigned char>(c)]; };
  const std::uint64_t seconds =
      literal.size() < 2 ? kAll : std::uint64_t{1} << (kind(literal[1]) % kBits);
  for (std::size_t c = 0; c < pairs.size(); ++c) {
    pairs[c] |= kinds_[c] == kind(literal[0]) ? seconds : 0;
  }
}

bool LiteralSet::compile() {
  number_bytes();
  if (nodes_.size() * width_ > kLargestTable) {
    return false;
  }
  for (std::size_t c = 0; c < outside_word_.size(); ++c) {
    outside_word_[c] = is_word(c) ? 0 : kAll;
  }
  for (const auto& [literal, known] : known_) {
    note_pair(literal, known.anywhere ? anywhere_ : at_word_start_);
  }
  next_.assign(nodes_.size() * width_, 0);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const std::size_t row = i * width_;
    next_[row + kLiteral] = nodes_[i].literal;
    for (const auto& [byte, child] : nodes_[i].children) {
      next_[row + kinds_[byte]] = static_cast<std::uint32_t>(child * width_);
    }
  }
  nodes_.clear();
  known_.clear();
  return true;
}

}  // namespace phimilter::policy
