// SPDX-License-Identifier: Apache-2.0
#include "extract/excel_workbook.h"

#include <utility>

#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kStrings = 1'000'000;  // past it: opaque
constexpr std::size_t kStringBytes = 64U << 20U;
constexpr std::size_t kSheets = 10'000;
constexpr std::size_t kCellFormats = 65'536;
constexpr std::size_t kFormats = 10'000;

enum Type : std::uint16_t {
  kDateMode = 0x0022,
  kFilePassword = 0x002F,
  kCodePage = 0x0042,
  kBoundSheet = 0x0085,
  kCellFormat = 0x00E0,
  kSharedStrings = 0x00FC,
  kFormat = 0x041E,
};

unsigned code_page_of(unsigned number) {
  return number == 0x8000 ? 10000 : number == 0x8001 ? kWindowsLatin : number;
}

}  // namespace

void ExcelWorkbook::take(const BiffRecord& record) {
  switch (record.type) {
    case kDateMode:
      dates_ = u16_at(record.body, 0) == 1 ? DateSystem::from_1904 : DateSystem::from_1900;
      break;
    case kFilePassword:
      encrypted_ = true;
      break;
    case kCodePage:
      code_page_ = code_page_of(u16_at(record.body, 0));
      break;
    case kBoundSheet:
      take_sheet(record);
      break;
    case kCellFormat:
      if (cell_formats_.size() < kCellFormats) {
        cell_formats_.push_back(u16_at(record.body, 2));
      }
      break;
    case kSharedStrings:
      take_strings(record);
      break;
    case kFormat:
      take_format(record);
      break;
    default:
      break;
  }
}

void ExcelWorkbook::take_strings(const BiffRecord& record) {
  BiffCursor cursor(record, 8);
  std::size_t bytes = 0;
  while (!cursor.at_end()) {
    if (strings_.size() >= kStrings || bytes > kStringBytes) {
      over_limit_ = true;
      return;
    }
    strings_.push_back(cursor.rich_string());
    used_.push_back(false);
    bytes += strings_.back().size();
  }
}

void ExcelWorkbook::take_format(const BiffRecord& record) {
  BiffCursor cursor(record);
  const unsigned number = cursor.u16();
  const std::size_t length = biff8_ ? cursor.u16() : cursor.u8();
  if (formats_.size() < kFormats) {
    formats_[number] = string(cursor, length);
  }
}

void ExcelWorkbook::take_sheet(const BiffRecord& record) {
  BiffCursor cursor(record);
  const std::size_t offset = cursor.u32();
  cursor.u16();
  const std::size_t length = cursor.u8();
  if (sheets_.size() < kSheets) {
    sheets_.emplace(offset, string(cursor, length));
  }
}

std::string ExcelWorkbook::string(BiffCursor& cursor, std::size_t characters) const {
  if (biff8_) {
    return cursor.flagged(characters);
  }
  const std::string_view run = cursor.rest_of_segment().substr(0, characters);
  std::string text = decode_code_page(run, code_page_);
  cursor.skip(run.size());
  return text;
}

std::string_view ExcelWorkbook::shared_string(std::size_t number) {
  if (number >= strings_.size()) {
    missing_string_ = true;
    return {};
  }
  used_[number] = true;
  return strings_[number];
}

std::string ExcelWorkbook::unused_strings() const {
  std::string lines;
  for (std::size_t i = 0; i < strings_.size(); ++i) {
    if (!used_[i] && !strings_[i].empty()) {
      lines += strings_[i];
      lines += '\n';
    }
  }
  return lines;
}

std::string ExcelWorkbook::number(double value, std::size_t cell_format) const {
  const unsigned format = cell_format < cell_formats_.size() ? cell_formats_[cell_format] : 0;
  const auto own = formats_.find(format);
  return format_number(value, own == formats_.end() ? builtin_number_format(format) : own->second,
                       dates_);
}

}  // namespace phimilter::extract
