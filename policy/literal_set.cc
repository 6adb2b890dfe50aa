// SPDX-License-Identifier: Apache-2.0
#include "policy/literal_set.h"

#include <algorithm>

namespace phimilter::policy {
namespace {

constexpr std::size_t kLargestTable = 4'000'000;  // entries

}  // namespace

std::size_t LiteralSet::add(const std::string& literal) {
  const auto [known, made] = known_.try_emplace(literal, lengths_.size());
  if (made) {
    lengths_.push_back(literal.size());
    insert(literal, static_cast<std::uint32_t>(known->second));
  }
  return known->second;
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
  nodes_[node].ends.push_back(number);
}

// Also gives every node its fallback, and the ends that it inherits from there.
std::vector<std::size_t> LiteralSet::by_depth() {
  std::vector<std::size_t> order{0};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t parent = order[i];
    for (const auto& [byte, child] : nodes_[parent].children) {
      std::size_t other = nodes_[parent].fallback;
      while (other != 0 && !nodes_[other].children.contains(byte)) {
        other = nodes_[other].fallback;
      }
      const auto same = nodes_[other].children.find(byte);
      const bool found = parent != 0 && same != nodes_[other].children.end();
      nodes_[child].fallback = found ? same->second : 0;
      const auto& inherited = nodes_[nodes_[child].fallback].ends;
      nodes_[child].ends.insert(nodes_[child].ends.end(), inherited.begin(), inherited.end());
      order.push_back(child);
    }
  }
  return order;
}

void LiteralSet::number_bytes() {
  for (const auto& [literal, number] : known_) {
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

bool LiteralSet::compile() {
  number_bytes();
  if (nodes_.size() * width_ > kLargestTable) {
    return false;
  }
  const std::vector<std::size_t> order = by_depth();
  std::vector<std::size_t> rows(nodes_.size());
  std::size_t row = 0;
  for (const bool with_output : {false, true}) {
    first_with_output_ = row * width_;
    for (const std::size_t node : order) {
      if (nodes_[node].ends.empty() != with_output) {
        rows[node] = row++ * width_;
        if (with_output) {
          outputs_.insert(outputs_.end(), nodes_[node].ends.begin(), nodes_[node].ends.end());
          output_ends_.push_back(outputs_.size());
        }
      }
    }
  }
  next_.assign(nodes_.size() * width_, 0);
  for (const std::size_t node : order) {
    const auto own = next_.begin() + static_cast<std::ptrdiff_t>(rows[node]);
    const auto other = next_.begin() + static_cast<std::ptrdiff_t>(rows[nodes_[node].fallback]);
    if (own != other) {
      std::copy(other, other + static_cast<std::ptrdiff_t>(width_), own);
    }
    for (const auto& [byte, child] : nodes_[node].children) {
      own[kinds_[byte]] = static_cast<std::uint32_t>(rows[child]);
    }
  }
  nodes_.clear();
  known_.clear();
  return true;
}

}  // namespace phimilter::policy
