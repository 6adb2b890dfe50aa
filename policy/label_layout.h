// SPDX-License-Identifier: Apache-2.0
//
// Lines, cells and labels of a text: where a form or a table has its fields. Private to the finder
// of labelled values.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "policy/part_view.h"

namespace phimilter::policy {

struct Label {
  std::size_t from = 0;  // bytes
  std::size_t to = 0;
  std::size_t term = 0;
  std::size_t line = 0;
};

struct Cell {
  std::size_t from = 0;  // bytes, without blanks around
  std::size_t to = 0;
  bool empty() const { return from == to; }
};

enum class Separator { none, tab, bar, semicolon, blanks, comma };

struct LineSpan {
  std::size_t from = 0;
  std::size_t to = 0;  // without the line end
};

// Line starts of a text, by line number.
class LineTable {
 public:
  explicit LineTable(std::string_view text);
  std::size_t size() const { return starts_.size(); }
  LineSpan line(std::size_t number) const;
  bool blank(std::size_t number) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

// The separator that divides this line into cells.
Separator separator_of(std::string_view line);
std::vector<Cell> cells_of(std::string_view text, LineSpan line, Separator separator);
// The cell, and nothing but marks, brackets and remarks in parentheses beside the label.
bool fills_cell(std::string_view text, const Label& label, const Cell& cell);
// The label stands where a field begins: at the start of its line or cell, behind marks or a number
// of a list at most.
bool starts_field(std::string_view text, LineSpan line, std::size_t at);

// Behind a label: where its value may begin, and whether a mark says that one comes.
struct Opening {
  std::size_t at = 0;
  bool told = false;
  bool colon = false;  // a colon or an equals sign
  bool empty = false;  // nothing more on the line
};
Opening opening_behind(std::string_view text, LineSpan line, std::size_t label_end);

}  // namespace phimilter::policy
