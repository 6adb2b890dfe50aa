// SPDX-License-Identifier: Apache-2.0
#include "base/colour.h"

#include <algorithm>
#include <cmath>

#include "base/encoding.h"

namespace phimilter {
namespace {

// WCAG 2.1, relative luminance.
double luminance(const Colour& colour) {
  const auto linear = [](std::uint8_t channel) {
    const double part = channel / 255.0;
    return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(colour.rgb[0]) + 0.7152 * linear(colour.rgb[1]) +
         0.0722 * linear(colour.rgb[2]);
}

Colour mixed(const Colour& colour, const Colour& other, int percent) {
  Colour out;
  for (std::size_t i = 0; i < out.rgb.size(); ++i) {
    out.rgb[i] = static_cast<std::uint8_t>(
        (colour.rgb[i] * (100 - percent) + other.rgb[i] * percent + 50) / 100);
  }
  return out;
}

}  // namespace

std::string Colour::str() const {
  return "#" + hex(rgb);
}

std::optional<Colour> parse_colour(std::string_view text) {
  if (text.size() != 7 || text.front() != '#') {
    return std::nullopt;
  }
  const auto bytes = unhex(ascii_lower(text.substr(1)));
  if (!bytes || bytes->size() != 3) {
    return std::nullopt;
  }
  Colour colour;
  std::copy(bytes->begin(), bytes->end(), colour.rgb.begin());
  return colour;
}

double contrast(const Colour& one, const Colour& other) {
  const auto [darker, lighter] = std::minmax({luminance(one), luminance(other)});
  return (lighter + 0.05) / (darker + 0.05);
}

Colour readable_on(const Colour& colour, const Colour& ground) {
  const Colour towards = luminance(ground) > 0.18 ? Colour{} : kWhite;
  Colour shade = colour;
  for (int percent = 0; percent <= 100 && contrast(shade, ground) < kReadableContrast; ++percent) {
    shade = mixed(colour, towards, percent);
  }
  return shade;
}

}  // namespace phimilter
