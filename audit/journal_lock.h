// SPDX-License-Identifier: Apache-2.0
//
// One writer a journal: a lock of the open file description (fcntl F_OFD_SETLK) on `lock` in its
// folder, gone with the process that holds it. Unlike flock, it can be asked about without being
// taken.
#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"

namespace phimilter::audit {

// Held until the descriptor is closed. Configuration fault: another process writes, or the folder
// is not writable.
Result<UniqueFd> lock_journal(const std::string& folder);
bool is_locked(const std::string& folder);

}  // namespace phimilter::audit
