// SPDX-License-Identifier: Apache-2.0
//
// Short lists of words and phrases that the code itself knows: most words are told to be in none of
// them by their first letter and their length.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace phimilter::policy {

// `word` is in lower case and of ASCII letters, blanks and dashes alone.
constexpr bool is_word(std::string_view spelled, std::string_view word) {
  if (spelled.size() != word.size()) {
    return false;
  }
  for (std::size_t i = 0; i < word.size(); ++i) {
    if ((spelled[i] | ' ') != word[i]) {
      return false;
    }
  }
  return true;
}

// Words as those of is_word(), shorter than 32 letters.
template <std::size_t kSize>
class KnownWords {
 public:
  template <typename... Words>
  constexpr explicit KnownWords(Words... words) : words_{std::string_view(words)...} {
    for (const std::string_view word : words_) {
      lengths_[letter_of(word)] |= std::uint32_t{1} << word.size();
    }
  }

  // Whatever its case.
  constexpr bool holds(std::string_view spelled) const {
    if (spelled.empty() || spelled.size() > kLongest) {
      return false;
    }
    const std::size_t letter = letter_of(spelled);
    if (letter >= lengths_.size() || (lengths_[letter] >> spelled.size() & 1U) == 0) {
      return false;
    }
    for (const std::string_view word : words_) {
      if (is_word(spelled, word)) {
        return true;
      }
    }
    return false;
  }

 private:
  static constexpr std::size_t kLongest = 31;

  // Of no letter: 26 or more.
  static constexpr std::size_t letter_of(std::string_view word) {
    return static_cast<std::size_t>(static_cast<unsigned char>(word[0] | ' ')) - 'a';
  }

  std::array<std::string_view, kSize> words_;
  std::array<std::uint32_t, 26> lengths_{};  // by first letter, a bit a length
};

template <typename... Words>
KnownWords(Words...) -> KnownWords<sizeof...(Words)>;

}  // namespace phimilter::policy
