// SPDX-License-Identifier: Apache-2.0
//
// Runs another program as a judge: gpg, openssl, python3. Standard input comes from `input`.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "support/temp_folder.h"

namespace phimilter::test {

struct ProgramResult {
  int status = -1;     // exit status
  std::string output;  // standard output and standard error
};

// `command` is for /bin/sh; quote what comes from outside.
inline ProgramResult run_program(const std::string& command, const std::string& input = {}) {
  const TempFolder folder;
  const std::string input_file = folder.write("input", input);
  FILE* pipe = popen(("{ " + command + " ; } <" + input_file + " 2>&1").c_str(), "r");
  if (pipe == nullptr) {
    throw std::runtime_error("popen");
  }
  ProgramResult result;
  std::array<char, 65536> buffer{};
  std::size_t got = 0;
  while ((got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    result.output.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

}  // namespace phimilter::test
