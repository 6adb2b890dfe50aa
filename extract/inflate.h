// SPDX-License-Identifier: Apache-2.0
//
// zlib streams (RFC 1950), as PowerPoint keeps embedded objects.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace phimilter::extract {

struct Inflated {
  std::string bytes;
  bool whole = false;  // false: damaged, cut off, or longer than was asked for
};

Inflated inflate(std::string_view compressed, std::size_t longest);

}  // namespace phimilter::extract
