// SPDX-License-Identifier: Apache-2.0
//
// The vault's keys as files: X25519 in PEM (RFC 8410), as `openssl genpkey -algorithm X25519` makes
// them too.
#pragma once

#include <string>

#include "base/result.h"
#include "escrow/seal_crypto.h"

namespace phimilter::escrow {

// Configuration fault: not there, not an X25519 key, or (private) readable by others.
Result<PublicKey> read_public_key(const std::string& path);
Result<Secret> read_private_key(const std::string& path);

}  // namespace phimilter::escrow
