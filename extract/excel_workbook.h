// SPDX-License-Identifier: Apache-2.0
//
// What all sheets of an Excel workbook share: strings, number formats, names of sheets
// ([MS-XLS] 2.1.7.20.3, the globals substream).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "extract/biff_records.h"
#include "extract/code_page.h"
#include "extract/number_format.h"

namespace phimilter::extract {

class ExcelWorkbook {
 public:
  explicit ExcelWorkbook(bool biff8) : biff8_(biff8) {}

  // Any record of the globals; others are passed over.
  void take(const BiffRecord& record);

  bool biff8() const { return biff8_; }
  bool encrypted() const { return encrypted_; }
  bool over_limit() const { return over_limit_; }
  // A cell has shown one that is not there.
  bool missing_string() const { return missing_string_; }
  // Names, by where the sheet stands in the stream.
  const std::map<std::size_t, std::string>& sheets() const { return sheets_; }
  std::string_view sheet_name(std::size_t offset) const {
    const auto found = sheets_.find(offset);
    return found == sheets_.end() ? std::string_view() : found->second;
  }
  // Empty: there is none of this number.
  std::string_view shared_string(std::size_t number);
  // Strings that no sheet has shown: what was deleted may still be there. A line each.
  std::string unused_strings() const;
  std::string number(double value, std::size_t cell_format) const;
  // A string of the file's kind behind its length.
  std::string string(BiffCursor& cursor, std::size_t characters) const;

 private:
  void take_strings(const BiffRecord& record);
  void take_format(const BiffRecord& record);
  void take_sheet(const BiffRecord& record);

  const bool biff8_;
  bool encrypted_ = false;
  bool over_limit_ = false;
  bool missing_string_ = false;
  unsigned code_page_ = kWindowsLatin;
  DateSystem dates_ = DateSystem::from_1900;
  std::vector<std::string> strings_;
  std::vector<bool> used_;
  std::map<unsigned, std::string> formats_;  // code by number
  std::vector<std::uint16_t> cell_formats_;  // number of the format, by XF
  std::map<std::size_t, std::string> sheets_;
};

}  // namespace phimilter::extract
