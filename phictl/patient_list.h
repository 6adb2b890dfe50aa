// SPDX-License-Identifier: Apache-2.0
//
// A clinic's patients out of a CSV file with a header row, made into a roster.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace phimilter::phictl {

struct RosterReport {
  std::string roster;                // the file's bytes; empty if there are errors
  std::vector<std::string> errors;   // "12: the birth date is no day"; never a value
  std::vector<std::string> columns;  // that are used, as the file names them
  std::vector<std::string> ignored;  // columns that mean nothing here
  std::size_t patients = 0;
  std::size_t entries = 0;
  std::size_t left_out = 0;  // values that are nobody's, like 999-99-9999
};

RosterReport make_roster(std::string_view csv, const Secret& key);

}  // namespace phimilter::phictl
