// SPDX-License-Identifier: Apache-2.0
//
// What characters beyond ASCII are folded to. Made by policy/normalise_table.py.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace phimilter::policy {

struct FoldRun {
  std::uint32_t first;
  std::uint32_t count;
  std::uint16_t at;      // in the pool
  std::uint16_t length;  // one more than that of the text of each; 0: a byte of its own for each
};

inline constexpr std::size_t kFoldRuns = 1222;
extern const std::string_view kFoldPool;
extern const std::array<FoldRun, kFoldRuns> kFolds;  // by `first`, not overlapping

}  // namespace phimilter::policy
