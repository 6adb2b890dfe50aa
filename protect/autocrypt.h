// SPDX-License-Identifier: Apache-2.0
//
// The Autocrypt header field of received mail (Autocrypt Level 1, section 1.1).
#pragma once

#include <optional>
#include <string>

#include "mail/message.h"

namespace phimilter::protect {

struct AutocryptKey {
  mail::Address owner;
  std::string key;  // OpenPGP, binary; nobody has looked at it yet
};

// The one address of From; nullopt: there are several, or none.
std::optional<mail::Address> only_author(const mail::HeaderList& headers);

// nullopt: there is no such field, more than one that is valid, one for another address than the
// author's, or the message is a report.
std::optional<AutocryptKey> autocrypt_key(const mail::HeaderList& headers);

}  // namespace phimilter::protect
