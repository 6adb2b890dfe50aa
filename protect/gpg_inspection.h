// SPDX-License-Identifier: Apache-2.0
//
// What keys from outside are, found out in a throw-away home. Used by phimilter-gpg only.
#pragma once

#include <string>

#include "base/result.h"
#include "protect/gpg_wire.h"

namespace phimilter::protect {

// Imports what is uploaded into a home that is made for it below `home` and goes again, without
// user ids other than `address` and without signatures of others. Sends the bytes of the newest key
// that can encrypt (else of the first one) as data; the outcome is its lines (gpg_key_lines.h).
// Permanent fault: no public key with that address in it.
Result<std::string> inspect_keys(const std::string& home, const std::string& address,
                                 Upload& upload);

}  // namespace phimilter::protect
