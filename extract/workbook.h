// SPDX-License-Identifier: Apache-2.0
//
// Spreadsheets of Office (ECMA-376 18): what all sheets of a workbook share, and the sheets as
// rows. Hidden sheets, rows and columns are read like others.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "extract/format_reader.h"
#include "extract/number_format.h"

namespace phimilter::extract {

class Workbook {
 public:
  // Any order; each at most once.
  void read_shared_strings(std::string_view utf8);
  void read_styles(std::string_view utf8);
  void read_workbook(std::string_view utf8);
  void read_relationships(std::string_view utf8);

  bool has_shared_strings() const { return has_shared_strings_; }
  // `path`: of the sheet's part, "xl/worksheets/sheet1.xml".
  void read_sheet(std::string_view path, std::string_view utf8, ReadingSink& sink);
  // After the sheets: strings that none has shown, for what was deleted may still be there.
  void read_unused_strings(ReadingSink& sink) const;

 private:
  class SheetReading;

  std::string sheet_name(std::string_view path) const;
  std::string_view shared_string(std::size_t index);
  std::string_view number_format(std::size_t style) const;

  // One block and where each string ends: a workbook may have a million.
  std::string strings_;
  std::vector<std::size_t> string_ends_;
  std::vector<bool> string_used_;
  bool has_shared_strings_ = false;
  bool missing_string_ = false;                       // a cell showed one that is not there
  bool broken_ = false;                               // what sheets share could not be read whole
  std::set<std::string> shown_names_;                 // of sheets that have been read
  std::map<std::uint32_t, std::string> formats_;      // made by the user, by id
  std::vector<std::uint32_t> styles_;                 // format id of each
  std::map<std::string, std::string> sheet_names_;    // by relationship
  std::map<std::string, std::string> relationships_;  // part, lower case -> relationship
  DateSystem dates_ = DateSystem::from_1900;
};

}  // namespace phimilter::extract
