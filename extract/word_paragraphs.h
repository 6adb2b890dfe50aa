// SPDX-License-Identifier: Apache-2.0
//
// Which paragraphs of a Word document stand in tables and which end a row ([MS-DOC] 2.8.26,
// 2.9.175): cell marks and row marks are the same character.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace phimilter::extract {

class WordParagraphs {
 public:
  enum class Place { unknown, text, cell, row_end };

  WordParagraphs() = default;
  // PlcBtePapx, and the stream "WordDocument" in which its pages stand.
  WordParagraphs(std::string_view plc, std::string_view document);

  // Of the paragraph that holds the byte at this offset. Unknown: the document tells nothing.
  Place at(std::size_t offset) const;

 private:
  void add_page(std::string_view page);

  struct Run {
    std::size_t first;
    std::size_t end;
    bool row_end;
  };
  std::vector<Run> runs_;  // of table paragraphs only
  bool known_ = false;
};

}  // namespace phimilter::extract
