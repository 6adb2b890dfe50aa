// SPDX-License-Identifier: Apache-2.0
#include "extract/transfer_decoding.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace phimilter::extract {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') {
    return static_cast<unsigned>(lower - 'a' + 10);
  }
  return std::nullopt;
}

std::optional<char> hex_pair(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) {
    return std::nullopt;
  }
  const auto high = hex_digit(text[at]);
  const auto low = hex_digit(text[at + 1]);
  if (!high || !low) {
    return std::nullopt;
  }
  return static_cast<char>(*high << 4 | *low);
}

std::string decode_escapes(std::string_view text, char escape) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == escape ? hex_pair(text, i + 1) : std::nullopt;
    out.push_back(byte.value_or(text[i]));
    i += byte ? 2 : 0;
  }
  return out;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  if (c == '+') {
    return 62;
  }
  return c == '/' ? 63 : -1;
}

}  // namespace

std::string decode_base64_loosely(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (c == '=') {
      count = 0;  // a padded group ends here, and the next starts afresh
    }
    if (digit < 0) {
      continue;
    }
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xFFFFFF;
    if (++count > 1) {
      const int shift = (4 - count) * 2;
      out.push_back(static_cast<char>((bits >> shift) & 0xFF));
    }
    count %= 4;
  }
  return out;
}

std::string decode_quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end =
        text[i] == '=' ? std::min(text.find_first_not_of(" \t\r", i + 1), text.size()) : i;
    if (text[i] == '=' && (end == text.size() || text[end] == '\n')) {
      i = end + 1;  // a soft line break
      continue;
    }
    const auto byte = text[i] == '=' ? hex_pair(text, i + 1) : std::nullopt;
    out.push_back(byte.value_or(text[i]));
    i += byte ? 3 : 1;
  }
  return out;
}

void Base64Watch::see(std::string_view piece) {
  for (const char c : piece) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    const bool digit = base64_digit(c) >= 0;
    clean_ = clean_ && (digit ? !padded_ : (blank || c == '='));
    padded_ = padded_ || c == '=';
  }
}

std::string decode_q(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c == '_' ? ' ' : c;
  }
  return decode_escapes(out, '=');
}

std::string decode_percent(std::string_view text) {
  return decode_escapes(text, '%');
}

}  // namespace phimilter::extract
