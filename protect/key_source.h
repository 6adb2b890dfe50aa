// SPDX-License-Identifier: Apache-2.0
//
// Where keys come from. Three answers: a key (valid, expired, revoked, unusable), none, or unknown.
#pragma once

#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "mail/address.h"
#include "policy/recipient_facts.h"

namespace phimilter::protect {

class KeySource {
 public:
  virtual ~KeySource() = default;
  // Thread-safe. Never a fault: what could not be asked is KeyState::unknown. Only a key that
  // carries the very address (compared by key()) is a key for it; the newest valid one wins.
  virtual policy::KeyFact find(const mail::Address& address, Timestamp now) = 0;
  // Every key that carries the address, best first, each with its fingerprint. What could not
  // be asked is one that is unknown and has none.
  virtual std::vector<policy::KeyFact> find_all(const mail::Address& address, Timestamp now) {
    const policy::KeyFact fact = find(address, now);
    return fact.state == policy::KeyState::none ? std::vector<policy::KeyFact>{}
                                                : std::vector<policy::KeyFact>{fact};
  }
  // The key itself, whatever addresses it carries.
  virtual policy::KeyFact by_fingerprint(const FingerprintId& /*fingerprint*/, Timestamp /*now*/) {
    return {};
  }
};

}  // namespace phimilter::protect
