// SPDX-License-Identifier: Apache-2.0
//
// Terms of one word or several, found by their words and not by their letters: case, blanks,
// hyphens and line breaks between the words do not matter, word borders do.
//
// File format: UTF-8, one term a line, `term<TAB>column`; the column may be absent. `#` and a blank
// at the start of a line make a comment; empty lines are skipped. What the column means is said by
// the detector that reads the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "policy/tokens.h"
#include "policy/word_class.h"

namespace phimilter::policy {

struct LexiconLine {
  std::string term;    // not normalised
  std::string column;  // empty: none
  int line = 0;
};

// Configuration fault with file and line: a line without a term, a term of too many words or of
// none, a third column, bytes that are no text.
Result<std::vector<LexiconLine>> parse_lexicon(std::string_view content,
                                               const std::string& file_name);

struct LexiconHit {
  std::size_t entry = 0;  // as given to add()
  std::size_t first = 0;  // token
  std::size_t last = 0;   // token, inclusive
};

// Words are folded to be looked up: lower case, inner apostrophes dropped ("Crohn's" is "crohns").
class Lexicon {
 public:
  static constexpr std::size_t kLongestTerm = 16;  // words

  // Terms of one group hide each other: the longest match from the left wins. `entry` is handed
  // back on a match. `capitals`: only where the text has no lower-case letter (abbreviations that
  // are words otherwise).
  enum class Letters { any, capitals };
  void add(std::string_view term, std::size_t group, std::size_t entry, Letters letters);
  // A word of a [[words]] list: its tokens get the class. False: it is no single word.
  bool add_word(std::string_view word, WordClass word_class);

  // Thread-safe after the last add(). `text` is normalised and below 4 GiB.
  Tokens tokens(std::string_view text) const;
  // Appends the terms that stand in the text, by first token; linear in the number of tokens.
  void scan(std::string_view text, const Tokens& tokens, std::vector<LexiconHit>& out) const;

 private:
  struct Terminal {
    std::size_t group;
    std::size_t entry;
    Letters letters;
  };
  struct Longest;
  struct TextHash {  // so that a word is looked up without being copied
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::uint32_t add_to_vocabulary(const std::string& folded);
  void insert(const std::vector<std::string>& words, const Terminal& terminal);
  void collect(std::string_view text, const Tokens& tokens, std::size_t first,
               std::vector<Longest>& out) const;

  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> words_;  // ids from 1
  std::vector<WordClasses> classes_{0};                                              // by word id
  std::unordered_map<std::uint64_t, std::uint32_t>
      edges_;  // state and word -> state; the root is 0
  std::unordered_map<std::uint32_t, std::vector<Terminal>> terminals_;
  std::uint32_t states_ = 1;
  std::size_t groups_ = 0;
};

}  // namespace phimilter::policy
