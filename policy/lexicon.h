// SPDX-License-Identifier: Apache-2.0
//
// Terms of one word or several, found by their words and not by their letters: case, blanks,
// hyphens and line breaks between the words do not matter, word borders do.
//
// File format: UTF-8, one term a line, `term<TAB>column`; the column may be absent. `#` and a blank
// at the start of a line make a comment; empty lines are skipped. What the column means is said by
// the detector that reads the file. Long lists are compiled: policy/lexicon_image.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/term_table.h"
#include "policy/tokens.h"
#include "policy/word_class.h"

namespace phimilter::policy {

class LexiconImage;

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

// What looking up the words of a text found besides its tokens, for scan().
struct WordNotes {
  struct Start {
    std::uint32_t token = 0;
    std::uint32_t state = 0;  // of the lexicon's own table
  };
  std::vector<std::uint64_t> hashes;  // by token
  std::vector<Start> starts;          // where a term may begin
};

// Words are folded to be looked up: lower case, inner apostrophes dropped ("Crohn's" is "crohns").
class Lexicon {
 public:
  // Terms of one group hide each other: the longest match from the left wins. `entry` is handed
  // back on a match. `capitals`: only where the text has no lower-case letter (abbreviations that
  // are words otherwise). Last words of four letters or more match with a plural s, too.
  enum class Letters { any, capitals };
  void add(std::string_view term, std::size_t group, std::size_t entry, Letters letters);
  // Terms of this group do not match over a line end: the labels of a column of fields.
  void keep_on_line(std::size_t group);
  // A word of a [[words]] list: its tokens get the class. False: it is no single word.
  bool add_word(std::string_view word, WordClass word_class);
  // Terms of a compiled lexicon, a group of their own: the term's column is added to `first_entry`.
  void add_image(std::shared_ptr<const LexiconImage> image, std::size_t first_entry);

  // What tokens carry for it; 0: in no list. `folded` as words are looked up.
  std::uint32_t word_id(std::string_view folded) const;
  std::size_t word_count() const { return table_.word_count(); }
  std::string_view word(std::uint32_t id) const { return table_.view().word(id); }

  // Thread-safe after the last add(). `text` is normalised and below 4 GiB.
  Tokens tokens(std::string_view text) const;
  Tokens tokens(std::string_view text, WordNotes& notes) const;
  // Appends the terms that stand in the text, by first token; linear in the number of tokens.
  // `notes` are those of the same tokens.
  void scan(std::string_view text, const Tokens& tokens, const WordNotes& notes,
            std::vector<LexiconHit>& out) const;

 private:
  struct Image {
    std::shared_ptr<const LexiconImage> image;
    std::size_t first_entry;
  };
  WordClasses classes_of_owner(std::string_view word) const;
  void scan_image(const Image& image, std::string_view text, const Tokens& tokens,
                  const std::vector<std::uint64_t>& hashes, std::vector<LexiconHit>& out) const;

  TermTableBuilder table_;
  struct WordFacts {
    WordClasses classes = 0;
    std::uint32_t start = 0;  // state of the terms that begin with it; 0: none do
  };
  std::vector<WordFacts> facts_ = std::vector<WordFacts>(1);  // by word of the table
  std::size_t groups_ = 0;
  std::vector<bool> one_line_;  // by group
  std::vector<Image> images_;
};

}  // namespace phimilter::policy
