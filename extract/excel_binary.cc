// SPDX-License-Identifier: Apache-2.0
#include "extract/excel_binary.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "extract/biff_records.h"
#include "extract/excel_sheet.h"
#include "extract/excel_workbook.h"
#include "extract/little_endian.h"
#include "extract/office_pictures.h"
#include "extract/text_runs.h"

namespace phimilter::extract {
namespace {

constexpr std::uint16_t kBegin = 0x0809;  // BOF of BIFF5 and BIFF8
constexpr std::uint16_t kEnd = 0x000A;
constexpr std::uint16_t kDrawingGroup = 0x00EB;
constexpr std::uint16_t kObject = 0x005D;
constexpr std::uint16_t kBiff8 = 0x0600;
constexpr std::uint16_t kGlobals = 0x0005;
constexpr std::size_t kSeen = 100'000;  // substreams; past it a sheet may be read twice
constexpr std::size_t kPasses = 3;      // over the stream, when sheets stand where they should not

class ExcelReader {
 public:
  ExcelReader(std::string_view stream, ReadingSink& sink)
      : stream_(stream),
        sink_(sink),
        workbook_(u16_at(stream, 4) == kBiff8),
        budget_(kPasses * stream.size()) {}

  void read() {
    if (u16_at(stream_, 0) != kBegin) {
      give_up();
      return;
    }
    read_substreams(0, false);
    for (const auto& [offset, name] : workbook_.sheets()) {
      if (!workbook_.encrypted() && !seen_.contains(offset) && u16_at(stream_, offset) == kBegin) {
        read_substreams(offset, true);
      }
    }
    sink_.text(workbook_.unused_strings());
    if (workbook_.encrypted()) {
      sink_.opaque("", Opaque::encrypted);
    } else if (workbook_.over_limit()) {
      sink_.opaque("", Opaque::limit);
    } else if (damaged_ || workbook_.missing_string()) {
      give_up();
    }
  }

 private:
  void give_up() {
    sink_.opaque("", Opaque::broken);
    read_text_runs(stream_, sink_);
  }

  // Substreams stand one behind the other; charts stand inside sheets.
  void read_substreams(std::size_t offset, bool only_one) {
    BiffRecords records(stream_, offset);
    BiffRecord record;
    std::size_t depth = 0;
    std::unique_ptr<ExcelSheet> sheet;
    while (!workbook_.encrypted() && !sink_.full() && records.next(record)) {
      if (!spend(record)) {
        break;
      }
      if (record.type == kBegin) {
        if (seen_.size() < kSeen) {
          seen_.insert(record.offset);
        }
        if (++depth == 1 && u16_at(record.body, 2) != kGlobals) {
          sheet = std::make_unique<ExcelSheet>(workbook_);
          sheet_offset_ = record.offset;
        }
      } else if (record.type == kEnd) {
        depth -= depth > 0 ? 1 : 0;
        if (depth == 0) {
          finish(sheet);
          if (only_one) {
            return;
          }
        }
      } else {
        take(record, depth, sheet);
      }
    }
    damaged_ = damaged_ || records.short_read() || depth > 0;
    finish(sheet);
  }

  bool spend(const BiffRecord& record) {
    std::size_t length = 4;
    for (const auto segment : record.segments) {
      length += segment.size() + 4;
    }
    if (length > budget_) {
      sink_.opaque("", Opaque::limit);
      return false;
    }
    budget_ -= length;
    return true;
  }

  void take(const BiffRecord& record, std::size_t depth, std::unique_ptr<ExcelSheet>& sheet) {
    if (!sheet) {
      workbook_.take(record);
    } else if (depth <= 1) {
      sheet->take(record);
    } else {
      sheet->take_text(record);
    }
    if (record.type == kObject && !workbook_.biff8()) {
      read_text_runs(record.body, sink_);  // of a text box, in Excel 95
    }
    if (record.type == kDrawingGroup) {
      std::string joined;
      for (const auto segment : record.segments) {
        joined.append(segment);
      }
      read_office_pictures(joined, sink_);
    }
  }

  void finish(std::unique_ptr<ExcelSheet>& sheet) {
    if (sheet) {
      sheet->write(workbook_.sheet_name(sheet_offset_), sink_);
      sheet.reset();
    }
  }

  std::string_view stream_;
  ReadingSink& sink_;
  ExcelWorkbook workbook_;
  std::size_t budget_;
  std::set<std::size_t> seen_;  // where substreams begin
  std::size_t sheet_offset_ = 0;
  bool damaged_ = false;
};

}  // namespace

void read_pivot_cache(std::string_view stream, ReadingSink& sink) {
  constexpr std::uint16_t kCachedString = 0x00CD;
  BiffRecords records(stream, 0);
  BiffRecord record;
  while (!sink.full() && records.next(record)) {
    if (record.type == kCachedString) {
      BiffCursor cursor(record);
      const std::size_t length = cursor.u16();
      sink.text(cursor.flagged(length) + "\n");
    }
  }
}

void read_excel(CompoundFile& file, std::size_t storage, ReadingSink& sink) {
  std::string stream = file.read(storage, "Workbook");
  if (stream.empty()) {
    stream = file.read(storage, "Book");
  }
  ExcelReader(stream, sink).read();
}

}  // namespace phimilter::extract
