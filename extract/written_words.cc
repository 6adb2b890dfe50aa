// SPDX-License-Identifier: Apache-2.0
#include "extract/written_words.h"

namespace phimilter::extract {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_upper(c) || is_lower(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}

// "patientName", "SSNLast", "patientDOB": where a word begins within one.
bool begins_word(std::string_view key, std::size_t at) {
  if (at == 0 || !is_upper(key[at])) {
    return false;
  }
  const bool next_is_lower = at + 1 < key.size() && is_lower(key[at + 1]);
  return is_lower(key[at - 1]) || is_digit(key[at - 1]) || (is_upper(key[at - 1]) && next_is_lower);
}

}  // namespace

std::string words_of_key(std::string_view key) {
  std::string words;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool gap = !is_word(key[i]) || begins_word(key, i);
    if (gap && !words.empty() && words.back() != ' ') {
      words.push_back(' ');
    }
    if (is_word(key[i])) {
      words.push_back(is_upper(key[i]) ? static_cast<char>(key[i] | 0x20) : key[i]);
    }
  }
  if (words.ends_with(' ')) {
    words.pop_back();
  }
  return words;
}

}  // namespace phimilter::extract
