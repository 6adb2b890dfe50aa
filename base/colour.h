// SPDX-License-Identifier: Apache-2.0
//
// Colours of pages and mails, and whether text in them can be read (WCAG 2.1, 1.4.3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace phimilter {

struct Colour {
  std::array<std::uint8_t, 3> rgb{};
  std::string str() const;  // "#0b5c7d"
  bool operator==(const Colour&) const = default;
};

inline constexpr double kReadableContrast = 4.5;  // level AA
inline constexpr Colour kWhite{{255, 255, 255}};

std::optional<Colour> parse_colour(std::string_view text);  // "#rrggbb"
double contrast(const Colour& one, const Colour& other);    // 1 to 21
// The colour itself, or the nearest shade of it, towards black or towards white, that can be read
// on `ground`.
Colour readable_on(const Colour& colour, const Colour& ground);

}  // namespace phimilter
