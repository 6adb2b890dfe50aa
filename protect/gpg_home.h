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

// A home below `home` for encryption alone: it uses the keyring of `home` and takes no lock on it,
// which is a file made and removed by each gpg, and a queue where many run at once. A keyring that
// is changed meanwhile is replaced by another file, so a reader sees the old or the new one.
// Returns `home` itself where there is no keybox file yet.
Result<std::string> prepare_encryption_home(const std::string& home);

// A fresh home below `home` in which an import keeps only the user id with this very address.
// Permanent fault: an address that cannot be written down in gpg's configuration.
Result<std::string> make_inspection_home(const std::string& home, const std::string& address);

}  // namespace phimilter::protect
