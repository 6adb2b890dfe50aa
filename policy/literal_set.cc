// SPDX-License-Identifier: Apache-2.0
#include "policy/literal_set.h"

namespace phimilter::policy {
namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};

bool is_word(std::size_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

std::size_t LiteralSet::add(const std::string& literal, bool at_word_start) {
  const auto [known, made] = numbers_.try_emplace(literal, lengths_.size());
  if (made) {
    lengths_.push_back(literal.size());
  }
  bool& anywhere = anywhere_wanted_[literal];
  anywhere = anywhere || !at_word_start || !is_word(static_cast<unsigned char>(literal[0]));
  return known->second;
}

bool LiteralSet::number_bytes() {
  std::size_t& kinds = kinds_count_;
  for (const auto& [literal, number] : numbers_) {
    for (const char c : literal) {
      auto& kind = kinds_[static_cast<unsigned char>(c)];
      kind = kind == 0 && kinds < kKinds ? static_cast<std::uint8_t>(kinds++) : kind;
      if (kind == 0) {
        return false;
      }
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
  return true;
}

void LiteralSet::insert(const std::string& literal, std::uint32_t number) {
  std::size_t node = 0;
  for (const char c : literal) {
    const auto kind = static_cast<std::uint8_t>(kind_of(c));
    const auto [child, made] = nodes_[node].children.try_emplace(kind, nodes_.size());
    node = child->second;
    if (made) {
      nodes_.emplace_back();
    }
  }
  nodes_[node].literal = number;
}

// Where a literal may begin: at bytes of the kinds of its first ones.
void LiteralSet::note_triple(const std::string& literal, std::size_t part) {
  const std::size_t first = part + kind_of(literal[0]) * kinds_count_;
  const std::uint64_t thirds = literal.size() < 3 ? kAll : std::uint64_t{1} << kind_of(literal[2]);
  for (std::size_t second = 0; second < kinds_count_; ++second) {
    if (literal.size() < 2 || second == kind_of(literal[1])) {
      triples_[first + second] |= thirds;
    }
  }
}

// Children of one node stand behind each other.
void LiteralSet::lay_out() {
  std::vector<std::size_t> order{0};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Node& node = nodes_[order[i]];
    Place place{0, static_cast<std::uint32_t>(order.size()), node.literal};
    for (const auto& [kind, child] : node.children) {
      place.kinds |= std::uint64_t{1} << kind;
      order.push_back(child);
    }
    places_.push_back(place);
  }
  singles_.fill(kNone);
  seconds_.assign(kKinds * kKinds, 0);
  std::uint32_t first_place = places_[0].first_child;
  for (const auto& [first, child] : nodes_[0].children) {
    singles_[first] = nodes_[child].literal;
    std::uint32_t place = places_[first_place++].first_child;
    for (const auto& [second, grandchild] : nodes_[child].children) {
      seconds_[first * kKinds + second] = place++;
    }
  }
}

bool LiteralSet::compile() {
  if (!number_bytes()) {
    return false;
  }
  const std::size_t part = kinds_count_ * kinds_count_;
  triples_.assign(2 * part, 0);
  for (std::size_t c = 0; c < behind_.size(); ++c) {
    behind_[c] = is_word(c) ? static_cast<std::uint32_t>(part) : 0;
  }
  for (const auto& [literal, number] : numbers_) {
    insert(literal, static_cast<std::uint32_t>(number));
    note_triple(literal, 0);
    if (anywhere_wanted_[literal]) {
      note_triple(literal, part);
    }
  }
  lay_out();
  nodes_.clear();
  numbers_.clear();
  anywhere_wanted_.clear();
  return true;
}

}  // namespace phimilter::policy
