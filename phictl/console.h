// SPDX-License-Identifier: Apache-2.0
//
// Where a verb writes, and how it ends. Answers go to `out`, what went wrong to `err`: what, where,
// what to do.
#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/settings.h"

namespace phimilter::phictl {

enum class Outcome {
  ok = 0,
  problem = 1,  // something asked about is wrong, or could not be done
  usage = 2,    // the command line cannot be understood
};

struct Invocation {
  std::string settings_file;
  std::istream& in;
  std::ostream& out;
  std::ostream& err;

  // The organisation's time zone is the process's from then on: for what is mailed.
  Result<Settings> settings() const;
};

// "phictl: <text> (<id> <fields>)" on `err`.
Outcome report(const Invocation& invocation, const Fault& fault);
Outcome misused(const Invocation& invocation, const std::string& what);

// "2026-11-21 21:08 UTC"; "-" for no time.
std::string for_people(Timestamp at);

// Columns as wide as their widest cell, two blanks apart; the last is not padded.
void write_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows);

// The bytes of a file, or of `in` when the name is "-". Configuration fault: longer than `longest`.
Result<std::string> read_input(const Invocation& invocation, const std::string& name,
                               std::size_t longest);

}  // namespace phimilter::phictl
