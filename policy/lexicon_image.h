// SPDX-License-Identifier: Apache-2.0
//
// A compiled lexicon: a file that is mapped read-only and used as it stands, so that a list of a
// hundred thousand terms costs no time at start and one copy of memory for all processes.
//
// Format, in the byte order of the machine that made it:
//   8 bytes   "PHILEX\n\0"
//   u32       format version (2)
//   u32       0x01020304, to know the byte order
//   u64       size of the file
//   32 bytes  SHA-256 of everything behind the header
//   8 x {u64 offset, u64 bytes}: the sections, each at a multiple of 8
//   sections  vocabulary slots, word ends, letters, starts, edges, states, terminals
//   (term_table.h),
//             columns (each a text and a line feed)
// A terminal's entry is the number of its column. Replace a file by renaming another one onto it,
// never by writing into it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/term_table.h"

namespace phimilter::policy {

class LexiconImage {
 public:
  static constexpr std::string_view kFileEnding = ".lexicon";

  // Configuration fault: it cannot be read, is of another version or machine, is damaged. Every
  // offset is checked, so that what has been opened cannot lead outside.
  static Result<std::shared_ptr<const LexiconImage>> open(const std::string& path);

  const TermTable& table() const { return table_; }
  const std::vector<std::string>& columns() const { return columns_; }
  std::size_t term_count() const { return table_.terminals.size(); }
  // False: no term begins with the word of this hash. Answers most words without a look into the
  // tables.
  bool may_start(std::uint64_t hash) const {
    const std::size_t bit = (hash >> 24U) & filter_mask_;
    return (filter_[bit / 64] >> (bit % 64) & 1U) != 0;
  }
  // Whether words may be looked up by their hash. Their letters are not compared where hashes tell
  // all words of the list apart: a word from outside is taken for one of them once in ten thousand
  // million.
  bool hash_is_enough() const { return hash_is_enough_; }
  // Whether the term, whatever its case and the blanks between its words, is one of the list's.
  bool contains(std::string_view term) const;
  // SHA-256 of the contents, hexadecimal: for the policy's version.
  const std::string& digest() const { return digest_; }

  LexiconImage(const LexiconImage&) = delete;
  LexiconImage& operator=(const LexiconImage&) = delete;
  ~LexiconImage();

 private:
  LexiconImage() = default;
  Status read(const std::string& path);
  void look_over_words();

  const char* bytes_ = nullptr;
  std::size_t size_ = 0;
  TermTable table_;
  std::vector<std::string> columns_;
  std::string digest_;
  std::vector<std::uint64_t> filter_;  // bits, by the hash of a first word
  std::size_t filter_mask_ = 0;
  bool hash_is_enough_ = true;
};

// Makes the bytes of an image.
class LexiconImageWriter {
 public:
  // False: the term has no word, or more than kLongestTerm.
  bool add(std::string_view term, std::string_view column);
  std::string bytes() const;

 private:
  TermTableBuilder table_;
  std::vector<std::string> columns_;
};

}  // namespace phimilter::policy
