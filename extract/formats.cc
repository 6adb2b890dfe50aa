// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "extract/format_reader.h"

namespace phimilter::extract {

std::span<const Format> formats() {
  // Format{"media/type", is_..., read_...}, the more exact ones first.
  static constexpr std::array<Format, 0> kFormats{};
  return kFormats;
}

std::span<const Format> record_formats() {
  static constexpr std::array<Format, 0> kFormats{};
  return kFormats;
}

}  // namespace phimilter::extract
