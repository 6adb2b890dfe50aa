// SPDX-License-Identifier: Apache-2.0
//
// Asks a program of the system (postconf, postmap) and waits for its answer: no shell, no standard
// input, a limit on time and on what it may say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

namespace phimilter {

struct ProgramLimits {
  std::int64_t timeout_ms = 10'000;
  std::size_t longest_output = 4 * limits::kMiB;  // of each of the two streams
};

struct ProgramAnswer {
  int exit_code = 0;
  std::string output;     // standard output
  std::string complaint;  // standard error
};

// `words`: the program, by its path or found in PATH, and its arguments; the environment is ours.
// Any exit code is an answer. Transient fault: it was too slow, said too much, or was killed; it
// and its children are gone then. Configuration fault: it cannot be started.
Result<ProgramAnswer> run_program(const std::vector<std::string>& words,
                                  const ProgramLimits& limits = {});

}  // namespace phimilter
