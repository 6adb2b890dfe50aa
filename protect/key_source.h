// SPDX-License-Identifier: Apache-2.0
//
// Where keys come from. Three answers: a key (valid, expired, revoked, unusable), none, or unknown.
#pragma once

#include "base/clock.h"
#include "mail/address.h"
#include "policy/recipient_facts.h"

namespace phimilter::protect {

class KeySource {
 public:
  virtual ~KeySource() = default;
  // Thread-safe. Never a fault: what could not be asked is KeyState::unknown. Only a key that
  // carries the very address (compared by key()) is a key for it; the newest valid one wins.
  virtual policy::KeyFact find(const mail::Address& address, Timestamp now) = 0;
};

}  // namespace phimilter::protect
