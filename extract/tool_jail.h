// SPDX-License-Identifier: Apache-2.0
//
// The jail's second profile, for programs like pdftotext that must load libraries: they may read
// those and their data, and standard input and output. Any other system call kills.
#pragma once

#include "base/result.h"

namespace phimilter::extract {

// To be called between fork and execve. Fault: do not execute; also where the kernel has no
// Landlock, since then the program could read every file.
Status enter_tool_jail();

}  // namespace phimilter::extract
