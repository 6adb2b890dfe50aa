// SPDX-License-Identifier: Apache-2.0
//
// CSV as RFC 4180 has it, from spreadsheets as they are: a BOM, LF line ends and a missing last
// line end are fine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace phimilter::escrow {

struct CsvRow {
  std::size_t line = 0;  // where the row starts, from 1
  std::vector<std::string> cells;
};

struct CsvProblem {
  std::size_t line = 0;
  std::string what;
};

struct CsvTable {
  std::vector<CsvRow> rows;          // empty lines left out
  std::vector<CsvProblem> problems;  // at the first one reading stops
};

CsvTable read_csv(std::string_view text);

}  // namespace phimilter::escrow
