// SPDX-License-Identifier: Apache-2.0
//
// The keyring as a table: which key is whose, and whether it is valid at a time. Pure; asks nobody.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "mail/address.h"
#include "policy/recipient_facts.h"
#include "protect/gpg_key_lines.h"
#include "protect/pgp_mime.h"

namespace phimilter::protect {

class GnupgKeys {
 public:
  explicit GnupgKeys(std::vector<ListedKey> keys);

  // The newest valid key that carries the address; where none is valid, what is best said of the
  // others.
  policy::KeyFact find(const mail::Address& address, Timestamp now) const;
  // All of them, best first, each with its fingerprint.
  std::vector<policy::KeyFact> find_all(const mail::Address& address, Timestamp now) const;
  policy::KeyFact by_fingerprint(const FingerprintId& fingerprint, Timestamp now) const;
  std::vector<KeyDescription> describe(Timestamp now) const;

 private:
  policy::KeyFact fact(std::size_t index, Timestamp now) const;

  std::vector<ListedKey> keys_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_address_;  // owner_key() -> index
  std::unordered_map<std::string, std::size_t> by_fingerprint_;
};

// Of the primary key and of at least one subkey that encrypts: the message is readable with nothing
// less. Unusable too where gpg would encrypt with RSA, Elgamal or DSA under 2048 bits.
policy::KeyState state_of(const ListedKey& key, Timestamp now);

}  // namespace phimilter::protect
