// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "extract/message_text.h"

namespace phimilter::extract {

inline std::string test_file(const std::string& name) {
  std::ifstream file(std::string(PHIMILTER_SOURCE_DIR) + "/tests/unit/extract/data/" + name,
                     std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

inline const PartText* part_at(const MessageText& text, std::string_view path) {
  for (const auto& part : text.parts) {
    if (part.path == path) {
      return &part;
    }
  }
  return nullptr;
}

inline std::size_t count_opaque(const MessageText& text, Opaque reason) {
  std::size_t count = 0;
  for (const auto& part : text.parts) {
    count += part.opaque == reason ? 1 : 0;
  }
  return count;
}

}  // namespace phimilter::extract
