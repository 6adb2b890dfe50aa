// SPDX-License-Identifier: Apache-2.0
//
// The jail's second profile, for programs like pdftotext that must load libraries: they may read
// those and their data, and standard input and output. Any other system call kills.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

namespace phimilter::extract {

struct ToolRights {
  std::vector<std::string> readable;  // the program and its data, beside the system's libraries
  std::int64_t cpu_seconds = limits::kExtractCpuS;
};

// To be called between fork and execve. Fault: do not execute; also where the kernel has no
// Landlock, since then the program could read every file.
Status enter_tool_jail(const ToolRights& rights);

}  // namespace phimilter::extract
