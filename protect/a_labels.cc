// SPDX-License-Identifier: Apache-2.0
#include "protect/a_labels.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "base/encoding.h"

namespace phimilter::protect {
namespace {

// RFC 3492 5.
constexpr std::uint32_t kBase = 36;
constexpr std::uint32_t kTMin = 1;
constexpr std::uint32_t kTMax = 26;
constexpr std::uint32_t kSkew = 38;
constexpr std::uint32_t kDamp = 700;
constexpr std::uint32_t kInitialBias = 72;
constexpr std::uint32_t kInitialN = 0x80;
constexpr std::size_t kLongestLabel = 63;  // RFC 1035 2.3.4; also keeps the arithmetic small

std::optional<std::vector<std::uint32_t>> code_points(std::string_view utf8) {
  std::vector<std::uint32_t> points;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xc2 ? 0
                               : first < 0xe0 ? 2
                               : first < 0xf0 ? 3
                               : first < 0xf5 ? 4
                                              : 0;
    if (length == 0 || i + length > utf8.size()) {
      return std::nullopt;
    }
    std::uint32_t point = length == 1 ? first : first & (0xffU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(utf8[i + k]);
      if ((next & 0xc0U) != 0x80U) {
        return std::nullopt;
      }
      point = (point << 6U) | (next & 0x3fU);
    }
    points.push_back(point);
    i += length;
  }
  return points;
}

char digit(std::uint32_t value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

std::uint32_t adapt(std::uint32_t delta, std::uint32_t count, bool first) {
  delta = first ? delta / kDamp : delta / 2;
  delta += delta / count;
  std::uint32_t k = 0;
  while (delta > ((kBase - kTMin) * kTMax) / 2) {
    delta /= kBase - kTMin;
    k += kBase;
  }
  return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

void append_number(std::uint32_t number, std::uint32_t bias, std::string& out) {
  for (std::uint32_t k = kBase;; k += kBase) {
    const std::uint32_t threshold = k <= bias ? kTMin : std::min(k - bias, kTMax);
    if (number < threshold) {
      out += digit(number);
      return;
    }
    out += digit(threshold + (number - threshold) % (kBase - threshold));
    number = (number - threshold) / (kBase - threshold);
  }
}

// RFC 3492 6.3. Labels are short, so nothing overflows.
std::string punycode(const std::vector<std::uint32_t>& points) {
  std::string out;
  for (const auto point : points) {
    if (point < kInitialN) {
      out += static_cast<char>(point);
    }
  }
  const auto basic = static_cast<std::uint32_t>(out.size());
  if (basic > 0) {
    out += '-';
  }
  std::uint32_t n = kInitialN;
  std::uint32_t delta = 0;
  std::uint32_t bias = kInitialBias;
  for (std::uint32_t done = basic; done < points.size();) {
    std::uint32_t next = std::numeric_limits<std::uint32_t>::max();
    for (const auto point : points) {
      next = point >= n ? std::min(next, point) : next;
    }
    delta += (next - n) * (done + 1);
    n = next;
    for (const auto point : points) {
      delta += point < n ? 1 : 0;
      if (point == n) {
        append_number(delta, bias, out);
        bias = adapt(delta, done + 1, done == basic);
        delta = 0;
        ++done;
      }
    }
    ++delta;
    ++n;
  }
  return out;
}

std::string a_label(std::string_view label) {
  const bool ascii = std::all_of(label.begin(), label.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const auto points = ascii || label.size() > 4 * kLongestLabel ? std::nullopt : code_points(label);
  return points && points->size() <= kLongestLabel ? "xn--" + punycode(*points)
                                                   : std::string(label);
}

}  // namespace

std::string a_labels(std::string_view domain) {
  std::string out;
  const std::string lower = ascii_lower(domain);
  for (const std::string_view label : split(lower, '.')) {
    out += (label.data() == lower.data() ? "" : ".") + a_label(label);
  }
  return out;
}

std::string owner_key(const mail::Address& address) {
  return ascii_lower(address.local()) + "@" + a_labels(address.domain());
}

}  // namespace phimilter::protect
