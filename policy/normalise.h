// SPDX-License-Identifier: Apache-2.0
//
// Text as detectors read it: what a reader sees as the same is made the same, and every byte knows
// where in the source it came from. No case change.
//
// Removed: zero-width and bidi characters, soft hyphens, combining marks, CR. Folded to ASCII:
// whatever NFKD (Unicode UAX 15) says is ASCII with marks, digits of all scripts, letters of other
// scripts that look like Latin ones, dashes, quotes; other punctuation and symbols become blanks.
// Put together again: numbers that a line end cut behind or before a dash or slash, quoted lines
// too.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/tokens.h"

namespace phimilter::policy {

struct SourceSpan {
  std::size_t offset = 0;
  std::size_t length = 0;
};

struct NormalSpan {
  std::size_t from = 0;
  std::size_t to = 0;
  bool operator==(const NormalSpan&) const = default;
};

class NormalText {
 public:
  // `source` is UTF-8 (bytes that are not are kept as they are) and must outlive the result; below
  // 4 GiB.
  explicit NormalText(std::string_view source);

  const std::string& text() const { return text_; }
  // The source bytes that text()[from, to) was made from, whole characters. Needs from < to <=
  // text().size().
  SourceSpan source_span(std::size_t from, std::size_t to) const;
  // Takes bytes out of text(). `gaps` come by place and do not overlap.
  void remove(const std::vector<NormalSpan>& gaps);

 private:
  struct Run {  // from `normal` on, source offset = source + (n - normal)
    std::size_t normal;
    std::size_t source;
  };
  void append(std::string_view bytes, std::size_t source_offset);
  std::size_t append_character(std::size_t at);
  std::size_t source_offset(std::size_t normal) const;
  std::size_t wrapped_number_at(std::size_t newline) const;

  std::string_view source_;
  std::string text_;
  std::vector<Run> runs_;
  std::size_t next_source_ = static_cast<std::size_t>(-1);  // what the last run would go on with
};

std::string normalised(std::string_view source);

// The blanks inside numbers and words that are spelled with blanks: "5 3 6 - 2 2", "J o h n". In
// the normalised text that `tokens` were cut from.
std::vector<NormalSpan> spelling_gaps(std::string_view text, const Tokens& tokens);

}  // namespace phimilter::policy
