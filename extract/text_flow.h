// SPDX-License-Identifier: Apache-2.0
//
// Puts the text of an office document into lines: a paragraph is a line, a table row is a line with
// TABs between its cells, whatever stands in what (text boxes in paragraphs, tables in cells).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "extract/format_reader.h"

namespace phimilter::extract {

class TextFlow {
 public:
  explicit TextFlow(ReadingSink& sink) : sink_(sink) {}

  void begin_paragraph() { begin(Kind::paragraph); }
  void end_paragraph() { end(Kind::paragraph); }
  void begin_row() { begin(Kind::row); }
  void end_row() { end(Kind::row); }
  void begin_cell() { begin(Kind::cell); }
  // The cell stands so many times in its row.
  void end_cell(std::size_t times = 1);

  // Text of the paragraph that is open; without one, a line.
  void run(std::string_view text);
  // Tracked changes: the paragraph is told as it is after them, and again as it was before.
  void inserted(std::string_view text);
  void deleted(std::string_view text);
  // What belongs to no place in the text (alternative texts, targets of links): lines behind it.
  void aside(std::string_view text);

  // Ends what is open, and the page. Nothing may come after it.
  void finish();

 private:
  enum class Kind { paragraph, row, cell };
  struct Frame {
    Kind kind;
    std::string text;
    std::string before;    // of a paragraph with tracked changes: as it was
    bool changed = false;  // and whether it has any
    std::size_t cells = 0;
  };

  void begin(Kind kind);
  void end(Kind kind);
  void end_frame();
  void paragraph_ended(std::string_view text);
  void line(std::string_view text);
  Frame* open_paragraph();
  Frame* open_frame(Kind kind);

  ReadingSink& sink_;
  std::vector<Frame> frames_;
  std::string lines_;
  std::string asides_;
};

}  // namespace phimilter::extract
