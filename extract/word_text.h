// SPDX-License-Identifier: Apache-2.0
//
// Characters of a legacy Word document as text: marks of cells, paragraphs, fields and objects
// ([MS-DOC] 2.8.25, 2.4.1) become TABs and line feeds, or go.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "extract/format_reader.h"
#include "extract/word_paragraphs.h"

namespace phimilter::extract {

class WordText {
 public:
  WordText(ReadingSink& sink, WordParagraphs paragraphs);

  // Characters of one or two bytes that stand at this offset of the stream "WordDocument".
  void add(std::string_view bytes, std::size_t offset, bool wide);
  void end_story();
  // What the fields were made of follows the text.
  void finish();

 private:
  void add_run(std::string_view bytes, bool wide);
  void add_mark(unsigned mark, std::size_t offset);
  void end_cell(std::size_t offset);
  void end_field();
  std::string& output();

  ReadingSink& sink_;
  WordParagraphs paragraphs_;
  std::string text_;
  std::string instructions_;
  std::vector<bool> fields_;  // open ones; true: in the instruction
  std::size_t in_instructions_ = 0;
  std::size_t fields_past_limit_ = 0;
};

}  // namespace phimilter::extract
