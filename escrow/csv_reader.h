// SPDX-License-Identifier: Apache-2.0
//
// CSV as RFC 4180 has it, from spreadsheets as they are: UTF-8 or UTF-16 with a byte order mark,
// UTF-8 without; commas, semicolons or tabs, whichever the first line has more of, or what a line
// "sep=;" before it says; CRLF or LF; a missing last line end; empty lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace phimilter::escrow {

inline constexpr std::size_t kCsvRow = 64 * 1024;  // bytes; past it: a problem
inline constexpr std::size_t kCsvCells = 64;       // of a row; past it: a problem

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

// The bytes of a file as UTF-8. Permanent fault: neither UTF-8 nor UTF-16 with a byte order mark;
// "line" says where.
Result<std::string> csv_text(std::string_view bytes);

}  // namespace phimilter::escrow
