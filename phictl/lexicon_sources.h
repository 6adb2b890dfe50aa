// SPDX-License-Identifier: Apache-2.0
//
// The official yearly files, read line by line into terms and codes. All lines are taken or none:
// whatever a line is not, is an error with its number.
//
//   icd10cm   CMS "ICD-10-CM order file": order number in columns 1-5, code 7-13, 1 or 0 (billable)
//             15, short description 17-76, long description from 78 on
//   hcpcs     CMS "HCPCS alpha-numeric file": code in columns 1-5, sequence 6-10, record 11 (3: a
//             procedure, 4: its description goes on, 7 and 8: a modifier), long description 12-91;
//             or the same as CSV with the columns HCPC, RECID and LONG DESCRIPTION
//   drugsfda  FDA "Drugs@FDA" Products.txt: TAB between columns, DrugName and ActiveIngredient
//   census    Census Bureau surnames (CSV with name, rank, count) or SSA names of a year
//             (yobYYYY.txt: name,F,count)
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::phictl {

struct ListedTerm {
  std::string term;
  std::string flags;  // "A": also an everyday word
  bool operator==(const ListedTerm&) const = default;
};

struct ImportedList {
  std::vector<ListedTerm> terms;
  std::vector<std::string> codes;
  std::vector<std::string> errors;  // "LINE: what is wrong"; then nothing else counts
  std::size_t left_out = 0;         // lines that say nothing by themselves: "Other specified ..."
  bool given_names = false;         // census: else surnames
};

ImportedList read_icd10cm(std::string_view content);
ImportedList read_hcpcs(std::string_view content);
ImportedList read_drugsfda(std::string_view content);
ImportedList read_census(std::string_view content);

// For the readers: lines without CR, numbered from 1; the columns of a CSV line (RFC 4180), nullopt
// when its quotes are wrong.
struct NumberedLine {
  std::string_view text;
  std::size_t number = 0;
};
std::vector<NumberedLine> lines_of(std::string_view content);
std::optional<std::vector<std::string>> csv_columns(std::string_view line);
void note_error(ImportedList& list, const NumberedLine& line, std::string_view what);
std::string flags_of(std::string_view term);

}  // namespace phimilter::phictl
