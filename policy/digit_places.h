// SPDX-License-Identifier: Apache-2.0
//
// Where digits stand in a text, by blocks of bytes. Private to policy/pattern_set.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/word_masks.h"

namespace phimilter::policy {

inline std::vector<std::uint32_t> digit_places(std::string_view text) {
  constexpr std::size_t kBytesPerDigit = 16;  // of ordinary mail
  std::vector<std::uint32_t> out;
  out.reserve(text.size() / kBytesPerDigit);
  for (std::size_t at = 0; at < text.size(); at += ByteMasks::kBytes) {
    for (std::uint64_t digits = masks_at(text, at).digit; digits != 0; digits &= digits - 1) {
      out.push_back(static_cast<std::uint32_t>(at) +
                    static_cast<std::uint32_t>(std::countr_zero(digits)));
    }
  }
  return out;
}

}  // namespace phimilter::policy
