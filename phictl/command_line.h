// SPDX-License-Identifier: Apache-2.0
//
// From the words on the command line to one verb that runs.
#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <vector>

namespace phimilter::phictl {

// `words` without the program's name. Returns the exit code: 0 ok, 1 problem found, 2 usage.
// Nothing is thrown.
int run_command_line(const std::vector<std::string>& words, std::istream& in, std::ostream& out,
                     std::ostream& err);

}  // namespace phimilter::phictl
