// SPDX-License-Identifier: Apache-2.0
#include "extract/excel_sheet.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/limits.h"
#include "extract/little_endian.h"
#include "extract/text_runs.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kCells = 1'000'000;  // past it: opaque
constexpr std::size_t kWidestGap = 256;    // Excel 2003 has no more columns

enum Type : std::uint16_t {
  kFormula = 0x0006,
  kHeader = 0x0014,
  kFooter = 0x0015,
  kNote = 0x001C,
  kNumbers = 0x00BD,  // MULRK
  kRichLabel = 0x00D6,
  kSharedLabel = 0x00FD,
  kTextBox = 0x01B6,
  kLink = 0x01B8,
  kValidation = 0x01BE,
  kNumber = 0x0203,
  kLabel = 0x0204,
  kTruth = 0x0205,
  kString = 0x0207,
  kRk = 0x027E,
  kSeriesText = 0x100D,
};

double double_of(std::uint64_t bits) {
  return std::bit_cast<double>(bits);
}

// [MS-XLS] 2.5.218: 30 bits of an integer or of a double's upper half, perhaps a hundredth.
double rk_value(std::uint32_t rk) {
  const double value = (rk & 2U) != 0 ? static_cast<double>(static_cast<std::int32_t>(rk) >> 2)
                                      : double_of(static_cast<std::uint64_t>(rk & ~3U) << 32U);
  return (rk & 1U) != 0 ? value / 100 : value;
}

std::string truth_or_error(unsigned value, bool error) {
  return error ? "" : value != 0 ? "TRUE" : "FALSE";
}

void blank_out_breaks(std::string& text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
}

// "&L&"Arial,Bold"&12Name&R&P": the letters behind & say where and how, or stand for a value.
std::string without_page_codes(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '&' || i + 1 >= text.size()) {
      plain += text[i];
      continue;
    }
    const char code = text[++i];
    if (code == '"') {
      i = std::min(text.find('"', i + 1), text.size());
    } else if (code >= '0' && code <= '9') {
      i = std::min(text.find_first_not_of("0123456789", i), text.size()) - 1;
    } else if (code == '&') {
      plain += '&';
    } else if (code == 'L' || code == 'C' || code == 'R') {
      plain += plain.empty() ? "" : "\t";
    }
  }
  return plain;
}

}  // namespace

void ExcelSheet::take(const BiffRecord& record) {
  switch (record.type) {
    case kNumber:
    case kRk:
    case kTruth:
    case kSharedLabel:
      take_cell(record);
      break;
    case kFormula:
      take_formula(record);
      break;
    case kNumbers:
      take_numbers(record);
      break;
    case kLabel:
    case kRichLabel:
      take_label(record);
      break;
    case kString: {
      BiffCursor cursor(record);
      const std::size_t length = cursor.u16();
      add_cell(formula_row_, formula_column_, workbook_.string(cursor, length));
      break;
    }
    default:
      take_text(record);
  }
}

void ExcelSheet::take_text(const BiffRecord& record) {
  switch (record.type) {
    case kLabel:
    case kRichLabel: {  // of a chart: names that it keeps
      BiffCursor cursor(record, 6);
      const std::size_t length = cursor.u16();
      add_aside(workbook_.string(cursor, length));
      break;
    }
    case kValidation:
      take_validation(record);
      break;
    case kNote:
      take_note(record);
      break;
    case kTextBox:
      take_text_box(record);
      break;
    case kHeader:
    case kFooter:
      take_page_text(record);
      break;
    case kLink:
      take_link(record);
      break;
    case kSeriesText: {
      BiffCursor cursor(record, 2);
      const std::size_t length = cursor.u8();
      add_aside(workbook_.string(cursor, length));
      break;
    }
    default:
      break;
  }
}

void ExcelSheet::take_cell(const BiffRecord& record) {
  const std::string_view body = record.body;
  const std::size_t format = u16_at(body, 4);
  std::string text;
  switch (record.type) {
    case kNumber:
      text = workbook_.number(double_of(u64_at(body, 6)), format);
      break;
    case kRk:
      text = workbook_.number(rk_value(u32_at(body, 6)), format);
      break;
    case kTruth:
      text = truth_or_error(u8_at(body, 6), u8_at(body, 7) != 0);
      break;
    default:
      text = std::string(workbook_.shared_string(u32_at(body, 6)));
  }
  add_cell(u16_at(body, 0), u16_at(body, 2), std::move(text));
}

// [MS-XLS] 2.5.133: a double, or a mark that says what else.
void ExcelSheet::take_formula(const BiffRecord& record) {
  const std::string_view body = record.body;
  formula_row_ = u16_at(body, 0);
  formula_column_ = u16_at(body, 2);
  if (u16_at(body, 12) != 0xFFFF) {
    add_cell(formula_row_, formula_column_,
             workbook_.number(double_of(u64_at(body, 6)), u16_at(body, 4)));
  } else if (u8_at(body, 6) == 1) {
    add_cell(formula_row_, formula_column_, truth_or_error(u8_at(body, 8), false));
  }
}

void ExcelSheet::take_numbers(const BiffRecord& record) {
  const std::string_view body = record.body;
  const std::size_t count = body.size() < 6 ? 0 : (body.size() - 6) / 6;
  for (std::size_t i = 0; i < count; ++i) {
    add_cell(u16_at(body, 0), u16_at(body, 2) + i,
             workbook_.number(rk_value(u32_at(body, 6 + 6 * i)), u16_at(body, 4 + 6 * i)));
  }
}

void ExcelSheet::take_label(const BiffRecord& record) {
  BiffCursor cursor(record, 6);
  const std::size_t length = cursor.u16();
  add_cell(u16_at(record.body, 0), u16_at(record.body, 2), workbook_.string(cursor, length));
}

// In BIFF8 the comment's text stands in a text box, here is its author.
void ExcelSheet::take_note(const BiffRecord& record) {
  BiffCursor cursor(record, workbook_.biff8() ? 8 : 4);
  const std::size_t length = cursor.u16();
  add_aside(workbook_.string(cursor, length));
}

void ExcelSheet::take_text_box(const BiffRecord& record) {
  if (!workbook_.biff8()) {
    return;
  }
  BiffCursor cursor(record);
  cursor.skip(10);
  const std::size_t length = cursor.u16();
  cursor.next_segment();
  add_aside(cursor.flagged(length));
}

void ExcelSheet::take_page_text(const BiffRecord& record) {
  if (!record.body.empty()) {
    BiffCursor cursor(record);
    const std::size_t length = workbook_.biff8() ? cursor.u16() : cursor.u8();
    add_aside(without_page_codes(workbook_.string(cursor, length)));
  }
}

// Titles and texts of a prompt and of an error message, behind four bytes of options.
void ExcelSheet::take_validation(const BiffRecord& record) {
  BiffCursor cursor(record, 4);
  for (int i = 0; i < 4 && workbook_.biff8(); ++i) {
    const std::size_t length = cursor.u16();
    const std::string text = cursor.flagged(length);
    add_aside(text == std::string(1, '\0') ? std::string() : text);
  }
}

// Target and text of a hyperlink, behind its cells and its class.
void ExcelSheet::take_link(const BiffRecord& record) {
  for (const auto& run : wide_text_runs(slice(record.body, 24, record.body.size()))) {
    add_aside(run);
  }
}

void ExcelSheet::add_cell(std::size_t row, std::size_t column, std::string text) {
  // Formats leave room for a parenthesis.
  text.erase(text.find_last_not_of(' ') + 1);
  if (text.empty() || over_limit_) {
    return;
  }
  bytes_ += text.size();
  over_limit_ = cells_.size() >= kCells || bytes_ > limits::kPartText;
  blank_out_breaks(text);
  cells_.push_back(
      {static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(column), std::move(text)});
}

void ExcelSheet::add_aside(std::string_view text) {
  if (!text.empty() && asides_.size() <= limits::kPartText) {
    asides_.append(text);
    asides_ += '\n';
  }
}

void ExcelSheet::write(std::string_view name, ReadingSink& sink) {
  if (over_limit_ || asides_.size() > limits::kPartText) {
    sink.opaque("", Opaque::limit);
  }
  std::stable_sort(cells_.begin(), cells_.end(), [](const Cell& a, const Cell& b) {
    return std::pair(a.row, a.column) < std::pair(b.row, b.column);
  });
  std::string line(name);
  line += line.empty() ? "" : "\n\n";
  std::size_t row = 0;
  std::size_t column = 0;
  for (std::size_t i = 0; i < cells_.size() && !sink.full(); ++i) {
    const Cell& cell = cells_[i];
    if (i > 0 && cell.row != row) {
      line += '\n';
      sink.text(line);
      line.clear();
      column = 0;
    }
    line.append(
        std::min<std::size_t>(cell.column - std::min<std::size_t>(cell.column, column), kWidestGap),
        '\t');
    line += cell.text;
    row = cell.row;
    column = cell.column;
  }
  line += '\n';
  sink.text(line);
  sink.text(asides_);
  sink.text("\f");
}

}  // namespace phimilter::extract
