// SPDX-License-Identifier: Apache-2.0
//
// Shapes that values of records have: dates, ages, numbers. Read by hand, forwards, at most some
// dozen bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace phimilter::policy {

// Length of the date that `text` starts with, 0: none. Numeric with '/', '-' or '.', ISO, eight
// digits year first or last, with a month's name in English or Spanish. The day exists.
std::size_t date_at(std::string_view text);
// "58 yo", "58-year-old", "58 y/o", "58M", "age 58".
std::size_t age_at(std::string_view text);
// Letters, digits and dashes with four digits or more, and no date: "M008942", "289-17-24".
std::size_t record_number_at(std::string_view text);
bool is_record_number(std::string_view word);

// What follows a name: "(9/3/44)", ", DOB 3/21/03", " #4471902", ", a 58-year-old".
struct Behind {
  bool record = false;
  bool date = false;
  bool number = false;
  bool phone = false;
};
Behind what_stands_behind(std::string_view rest);

}  // namespace phimilter::policy
