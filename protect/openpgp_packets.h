// SPDX-License-Identifier: Apache-2.0
//
// The packets that an encrypted OpenPGP message begins with (RFC 4880 4.2, 5.1, 5.13).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/encoding.h"

namespace phimilter::protect {

// Of the session keys encrypted to public keys, 16 lower-case hex digits each, in their order; the
// rest of the message need not be there. nullopt: anything but such session keys and
// integrity-protected data behind them.
std::optional<std::vector<std::string>> session_key_ids(ByteView message);

}  // namespace phimilter::protect
