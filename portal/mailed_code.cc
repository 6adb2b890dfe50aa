// SPDX-License-Identifier: Apache-2.0
#include "portal/mailed_code.h"

#include <array>
#include <cstdint>

#include "base/secret.h"

namespace phimilter::portal {

std::string random_code() {
  // Rejection keeps every code equally likely.
  std::uint32_t number = 0;
  do {
    std::array<std::uint8_t, 4> bytes{};
    fill_random(bytes);
    number = (static_cast<std::uint32_t>(bytes[0]) << 24) |
             (static_cast<std::uint32_t>(bytes[1]) << 16) |
             (static_cast<std::uint32_t>(bytes[2]) << 8) | bytes[3];
  } while (number >= 4'200'000'000U);
  const std::string digits = std::to_string(number % 100'000'000U);
  return std::string(8 - digits.size(), '0') + digits;
}

std::string plain_code(std::string_view code) {
  std::string out;
  for (const char c : code) {
    if (c >= 'a' && c <= 'z') {
      out += static_cast<char>(c - 'a' + 'A');
    } else if (c != ' ' && c != '-' && c != '\t') {
      out += c;
    }
  }
  return out;
}

}  // namespace phimilter::portal
