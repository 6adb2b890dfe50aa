// SPDX-License-Identifier: Apache-2.0
//
// One sheet of an Excel workbook: its cells as rows, and the texts beside them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "extract/biff_records.h"
#include "extract/excel_workbook.h"
#include "extract/format_reader.h"

namespace phimilter::extract {

class ExcelSheet {
 public:
  explicit ExcelSheet(ExcelWorkbook& workbook) : workbook_(workbook) {}

  // A record of the sheet's own substream.
  void take(const BiffRecord& record);
  // A record of a chart inside: its texts, not its copies of cells.
  void take_text(const BiffRecord& record);
  void write(std::string_view name, ReadingSink& sink);

 private:
  void take_cell(const BiffRecord& record);
  void take_formula(const BiffRecord& record);
  void take_numbers(const BiffRecord& record);
  void take_label(const BiffRecord& record);
  void take_note(const BiffRecord& record);
  void take_text_box(const BiffRecord& record);
  void take_page_text(const BiffRecord& record);
  void take_link(const BiffRecord& record);
  void take_validation(const BiffRecord& record);
  void add_cell(std::size_t row, std::size_t column, std::string text);
  void add_aside(std::string_view text);

  struct Cell {
    std::uint16_t row;
    std::uint16_t column;
    std::string text;
  };

  ExcelWorkbook& workbook_;
  std::vector<Cell> cells_;
  std::size_t bytes_ = 0;
  std::size_t formula_row_ = 0;  // whose string result is yet to come
  std::size_t formula_column_ = 0;
  bool over_limit_ = false;
  std::string asides_;
};

}  // namespace phimilter::extract
