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

// A fresh home below `home` in which an import keeps only the user id with this very address.
// Permanent fault: an address that cannot be written down in gpg's configuration.
Result<std::string> make_inspection_home(const std::string& home, const std::string& address);

}  // namespace phimilter::protect
