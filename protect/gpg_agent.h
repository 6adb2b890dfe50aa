// SPDX-License-Identifier: Apache-2.0
//
// gpg-agent for a broker's own home: needed for signing alone. Private to phimilter-gpg.
#pragma once

#include <string>

#include "base/result.h"

namespace phimilter::protect {

// One that answers is there, or is started. It stays in the broker's process group and so ends with
// it; and it ends by itself when its home goes. Transient fault: it cannot be started.
Status ensure_agent(const std::string& home);

}  // namespace phimilter::protect
