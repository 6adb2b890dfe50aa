// SPDX-License-Identifier: Apache-2.0
// phimilter-gpg's loop: requests from descriptor 3, answers by GPGME, and by RNP where gpg gave the
// same answer before (quick_encryption.h).
#pragma once

#include <string>

namespace phimilter::protect {

// Returns the program's exit status: 0 when phimilter closed the socket, 1 after a fault that was
// told to it.
int serve_gpg(const std::string& home);

}  // namespace phimilter::protect
