// SPDX-License-Identifier: Apache-2.0
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

unsigned byte_at(std::string_view bytes, std::size_t position) {
  return static_cast<unsigned char>(bytes[position]);
}

// The range of the second byte is what keeps overlong forms and surrogates out (RFC 3629 4).
bool second_byte_fits(unsigned first, unsigned second) {
  switch (first) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return second >= 0x80 && second <= 0xBF;
  }
}

std::size_t length_by_first(unsigned first) {
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return 2;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    return 3;
  }
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

}  // namespace

std::size_t utf8_sequence(std::string_view bytes, std::size_t position) {
  const unsigned first = byte_at(bytes, position);
  const std::size_t length = length_by_first(first);
  if (length == 0 || bytes.size() - position < length) {
    return 0;
  }
  if (length > 1 && !second_byte_fits(first, byte_at(bytes, position + 1))) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(bytes, position + i) & 0xC0U) != 0x80U) {
      return 0;
    }
  }
  return length;
}

bool is_utf8(std::string_view bytes) {
  std::size_t position = 0;
  while (position < bytes.size()) {
    const std::size_t length = utf8_sequence(bytes, position);
    if (length == 0) {
      return false;
    }
    position += length;
  }
  return true;
}

std::string_view utf8_prefix(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) {
    return text;
  }
  while (longest > 0 && (byte_at(text, longest) & 0xC0U) == 0x80U) {
    --longest;
  }
  return text.substr(0, longest);
}

void append_utf8(std::string& text, char32_t character) {
  const auto put = [&text](char32_t value) { text.push_back(static_cast<char>(value)); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xC0 | (character >> 6));
    put(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    put(0xE0 | (character >> 12));
    put(0x80 | ((character >> 6) & 0x3F));
    put(0x80 | (character & 0x3F));
  } else {
    put(0xF0 | (character >> 18));
    put(0x80 | ((character >> 12) & 0x3F));
    put(0x80 | ((character >> 6) & 0x3F));
    put(0x80 | (character & 0x3F));
  }
}

std::string reversed_characters(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  for (std::size_t end = utf8.size(); end > 0;) {
    std::size_t start = end - 1;
    while (start > 0 && (static_cast<unsigned char>(utf8[start]) & 0xC0) == 0x80) {
      --start;
    }
    out.append(utf8.substr(start, end - start));
    end = start;
  }
  return out;
}

}  // namespace phimilter::extract
