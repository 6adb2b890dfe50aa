// SPDX-License-Identifier: Apache-2.0
//
// Landlock by system call: what the process may still see of the file system. Newer kernels can
// take more away than the headers of the build know of; what the kernel can, is used.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace phimilter::extract {

// Only these paths may be read and executed below from now on, and nothing be written or connected
// to; a path that does not exist is left out. Returns the kernel's Landlock ABI, 0 where it has
// none (then nothing is restricted). Needs no_new_privs. Configuration fault otherwise.
Result<int> restrict_files(const std::vector<std::string>& readable);

Fault wall_fault(const char* wall, int error);

}  // namespace phimilter::extract
