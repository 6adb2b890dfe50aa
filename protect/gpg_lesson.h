// SPDX-License-Identifier: Apache-2.0
//
// What gpg did for a message, as quick_encryption.h needs it. Private to phimilter-gpg.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protect/gpg_context.h"
#include "protect/quick_encryption.h"

namespace phimilter::protect {

// `recipients` end with nullptr, as GPGME takes them. `beginning` of what gpg wrote, armored.
// nullopt: it did not encrypt to exactly one subkey of each recipient, or the keys are not to be
// had.
std::optional<SeenEncryption> seen_encryption(const Context& context,
                                              const std::vector<gpgme_key_t>& recipients,
                                              std::string_view beginning, std::string cipher);

}  // namespace phimilter::protect
