// SPDX-License-Identifier: Apache-2.0
//
// Where in a text to search which pattern. Private to policy/pattern_set.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace phimilter::policy {

struct Stretch {
  std::size_t from = 0;
  std::size_t to = 0;
};

// Lists in one array, since most patterns have none.
class Stretches {
 public:
  explicit Stretches(std::size_t patterns) : last_(patterns, kNone) {}

  // Stretches come by their beginnings, or nearly so. Near ones become one: to search what lies
  // between costs less than to begin again.
  void note(std::size_t pattern, Stretch found) {
    while (last_[pattern] != kNone && items_[last_[pattern]].stretch.to + kNear >= found.from) {
      const Item& last = items_[last_[pattern]];
      found.from = std::min(found.from, last.stretch.from);
      found.to = std::max(found.to, last.stretch.to);
      last_[pattern] = last.before;
    }
    add(pattern, found);
  }
  void add(std::size_t pattern, Stretch found) {
    items_.push_back({found, last_[pattern]});
    last_[pattern] = static_cast<std::uint32_t>(items_.size() - 1);
  }
  bool none_of(std::size_t pattern) const { return last_[pattern] == kNone; }
  // In the order of the text.
  void copy(std::size_t pattern, std::vector<Stretch>& out) const {
    out.clear();
    for (std::uint32_t i = last_[pattern]; i != kNone; i = items_[i].before) {
      out.push_back(items_[i].stretch);
    }
    std::reverse(out.begin(), out.end());
  }

 private:
  static constexpr std::size_t kNear = 64;
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  struct Item {
    Stretch stretch;
    std::uint32_t before;  // of the same pattern
  };
  std::vector<Item> items_;
  std::vector<std::uint32_t> last_;  // by pattern
};

}  // namespace phimilter::policy
