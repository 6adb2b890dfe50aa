// SPDX-License-Identifier: Apache-2.0
//
// CSV as RFC 4180 has it, with cells that no spreadsheet runs.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace phimilter::audit {

// A cell that starts with = + - @ or a control character gets an apostrophe in front; one with a
// comma, a quote or a line end is quoted.
std::string csv_cell(std::string_view text);
std::string csv_row(std::initializer_list<std::string_view> cells);  // with CRLF

}  // namespace phimilter::audit
