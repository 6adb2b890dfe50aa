// SPDX-License-Identifier: Apache-2.0
//
// Numbers of spreadsheet cells as they are displayed under a number format (ECMA-376 part 1,
// 18.8.30, 18.8.31; the same codes in BIFF): dates, SSNs ("000-00-0000"), leading zeros.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::extract {

enum class DateSystem { from_1900, from_1904 };

// A code that shows nothing of the number (";;;") or that is not understood gives the plain number:
// it leaves with the file all the same.
std::string format_number(double value, std::string_view code, DateSystem dates);
// The codes that files name by number only; empty: "General", or none.
std::string_view builtin_number_format(unsigned number);

}  // namespace phimilter::extract
