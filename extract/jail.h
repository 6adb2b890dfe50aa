// SPDX-License-Identifier: Apache-2.0
//
// The jail of a worker, entered before it sees the first byte of a message and never left: no new
// privileges, no core, one open socket, no file system (Landlock), a short list of system calls
// (seccomp; any other kills the process), bounded memory and time.
#pragma once

#include "base/result.h"

namespace phimilter::extract {

struct JailReport {
  int landlock_abi = 0;  // 0: this kernel has no Landlock, seccomp stands alone
};

// `socket` becomes kWorkerSocket and `tools` kToolSocket; every other descriptor is closed. To be
// called by a process with one thread. Configuration fault: a wall of the jail does not stand; the
// caller must end without reading anything.
Result<JailReport> enter_jail(int socket, int tools);

// The soft CPU limit: what is used up, and limits::kExtractCpuS more. Past it: SIGXCPU.
void grant_cpu_for_one_message();

}  // namespace phimilter::extract
