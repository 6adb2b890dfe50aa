// SPDX-License-Identifier: Apache-2.0
//
// Text as detectors read it: what a reader sees as the same is made the same, and every byte knows
// where in the source it came from. A subset of NFKC (Unicode UAX 15) plus what mail does to
// numbers: no case change.
//
// Removed: zero-width and bidi characters, soft hyphens, combining marks, CR. Folded: digits of
// other scripts, full width forms, blanks, dashes, quotes, ligatures, accented Latin letters,
// Cyrillic and Greek look-alikes of Latin letters. A line break behind "digit, dash" and before a
// digit is removed (a wrapped number).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::policy {

struct SourceSpan {
  std::size_t offset = 0;
  std::size_t length = 0;
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

 private:
  struct Run {  // from `normal` on, source offset = source + (n - normal)
    std::size_t normal;
    std::size_t source;
  };
  void append(std::string_view bytes, std::size_t source_offset);
  std::size_t source_offset(std::size_t normal) const;
  bool wrapped_number_at(std::size_t newline) const;

  std::string_view source_;
  std::string text_;
  std::vector<Run> runs_;
};

std::string normalised(std::string_view source);

}  // namespace phimilter::policy
