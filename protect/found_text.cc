// SPDX-License-Identifier: Apache-2.0
#include "protect/found_text.h"

#include <algorithm>

#include "base/encoding.h"

namespace phimilter::protect {
namespace {

constexpr std::size_t kShortest = 4;

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z');
}

}  // namespace

bool has_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A number must not even stand inside a longer one; a name that is part of a word ("Ana" in
// "banana") is no name.
bool stands_in(std::string_view clear, std::string_view found) {
  const std::string text = ascii_lower(clear);
  const std::string wanted = ascii_lower(trim(found));
  if (wanted.size() < kShortest) {
    return false;
  }
  const bool number = has_digit(wanted);
  for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
    const auto end = at + wanted.size();
    const bool whole_word = (at == 0 || !is_word_byte(text[at - 1])) &&
                            (end == text.size() || !is_word_byte(text[end]));
    if (number || whole_word) {
      return true;
    }
  }
  return false;
}

bool any_stands_in(std::string_view clear, std::span<const std::string> found, bool numbers_alone) {
  return std::any_of(found.begin(), found.end(), [&](const std::string& each) {
    return (!numbers_alone || has_digit(each)) && stands_in(clear, each);
  });
}

}  // namespace phimilter::protect
