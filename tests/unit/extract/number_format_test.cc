// SPDX-License-Identifier: Apache-2.0
#include "extract/number_format.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace phimilter::extract {
namespace {

struct Case {
  double value;
  const char* code;
  const char* shown;
};

// As Excel shows them; dates by its table of serial numbers (1 is 1900-01-01, 60 the 29 February
// that never was, 25569 is 1970-01-01).
TEST(NumberFormat, ShowsWhatASpreadsheetShows) {
  const std::vector<Case> cases{
      {48151623, "", "48151623"},
      {98.6, "General", "98.6"},
      {0.1 + 0.2, "", "0.3"},
      {4111111111111111, "", "4111111111111111"},
      {12345678, "000-00-0000", "012-34-5678"},
      {212345678, "000\\-00\\-0000", "212-34-5678"},
      {48151, "00000000", "00048151"},
      {6145550143, "[<=9999999]###-####;(###) ###-####", "(614) 555-0143"},
      {5550143, "[<=9999999]###-####;(###) ###-####", "555-0143"},
      {123456789, "00000-0000", "12345-6789"},
      {1234.5, "#,##0.00", "1,234.50"},
      {-1234.5, "#,##0.00", "-1,234.50"},
      {-1234.5, "$#,##0.00;($#,##0.00)", "($1,234.50)"},
      {1234567, "#,##0", "1,234,567"},
      {0, "0.00;-0.00;\"none\"", "0"},  // never hidden behind a text
      {0.125, "0.0%", "12.5%"},
      {5, "0.0#", "5.0"},
      {7, "\"MRN \"0000", "MRN 0007"},
      {7, "[Red]0", "7"},
      {7, "[$\u20AC-407]0", "\u20AC7"},
      {42, ";;;", "42"},
      {22344, "mm/dd/yyyy", "03/04/1961"},
      {22344, "m/d/yy", "3/4/61"},
      {22344, "yyyy-mm-dd", "1961-03-04"},
      {22344, "d mmmm yyyy", "4 March 1961"},
      {22344, "dddd, mmm d", "Saturday, Mar 4"},
      {22344, "[$-409]d-mmm-yy;@", "4-Mar-61"},
      {25569, "yyyy-mm-dd", "1970-01-01"},
      {1, "yyyy-mm-dd", "1900-01-01"},
      {59, "yyyy-mm-dd", "1900-02-28"},
      {61, "yyyy-mm-dd", "1900-03-01"},
      {45351.6277777778, "m/d/yyyy h:mm", "2/29/2024 15:04"},
      {45351.6277777778, "h:mm AM/PM", "3:04 PM"},
      {0.5, "h:mm AM/PM", "12:00 PM"},
      {0.0, "h:mm AM/PM", "12:00 AM"},
      {1.5, "[h]:mm", "36:00"},
      {0.75, "hh:mm:ss", "18:00:00"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(format_number(one.value, one.code, DateSystem::from_1900), one.shown)
        << one.value << " as " << one.code;
  }
}

TEST(NumberFormat, CountsFrom1904) {
  EXPECT_EQ(format_number(0, "yyyy-mm-dd", DateSystem::from_1904), "1904-01-01");
  EXPECT_EQ(format_number(20882, "yyyy-mm-dd", DateSystem::from_1904), "1961-03-04");
}

TEST(NumberFormat, TakesAnyCode) {
  const std::vector<const char*> codes{"\"",     "[",   "\\",   "_",  "*",     "[<",      "[$",
                                       ";;;;;;", "0/0", "0E+0", "y",  "[h",    "@@",      "%",
                                       ".",      ",",   "0.",   ".0", "#,#,#", "s.000000"};
  const double limit = std::numeric_limits<double>::max();
  for (const char* code : codes) {
    for (const double value : {0.0, -1.0, 0.5, 1e15, -limit, limit, 1e-300, 2958466.0}) {
      EXPECT_FALSE(format_number(value, code, DateSystem::from_1900).empty()) << code << value;
    }
  }
  EXPECT_EQ(format_number(std::numeric_limits<double>::infinity(), "0", DateSystem::from_1900), "");
}

TEST(NumberFormat, KnowsBuiltInCodes) {
  EXPECT_EQ(builtin_number_format(14), "m/d/yyyy");
  EXPECT_EQ(builtin_number_format(2), "0.00");
  EXPECT_EQ(builtin_number_format(0), "");
  EXPECT_EQ(builtin_number_format(4711), "");
}

}  // namespace
}  // namespace phimilter::extract
