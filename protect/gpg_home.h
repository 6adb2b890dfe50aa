// SPDX-License-Identifier: Apache-2.0
//
// GNUPGHOME as phimilter wants it. Used by phimilter-gpg only.
#pragma once

#include <string>

#include "base/result.h"

namespace phimilter::protect {

// Checks that `home` is a folder of ours (mode 0700, at most 80 bytes of path) and writes its
// gpg.conf, unless it is there and the same already. Configuration fault else.
Status prepare_gpg_home(const std::string& home);

}  // namespace phimilter::protect
