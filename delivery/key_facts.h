// SPDX-License-Identifier: Apache-2.0
//
// Keys and certificates of recipients: what is at hand, and for whom that is not enough, what key
// servers say.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "delivery/facts.h"
#include "policy/recipient_facts.h"

namespace phimilter::delivery {

// Fills pgp and smime of everybody who is not internal. A key that waits for trust is logged.
void add_key_facts(const FactSources& sources, std::vector<policy::RecipientFacts>& recipients,
                   const std::string& queue_id, Timestamp now);

}  // namespace phimilter::delivery
