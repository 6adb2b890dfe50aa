// SPDX-License-Identifier: Apache-2.0
//
// A message's work as decision records. Private to milter/.
#pragma once

#include <string>
#include <vector>

#include "audit/record.h"
#include "base/ids.h"
#include "base/secret.h"
#include "escrow/links.h"

namespace phimilter::milter {

struct Work;

// Whichever of them makes the links of notices; both null: nobody.
struct LinkMakers {
  const Secret* key = nullptr;
  escrow::BoundLinks* bound = nullptr;
};

// Before anything leaves: every recipient's treatment under its token.
audit::Record intended_record(const Work& work, const LinkMakers& links);
// One or more recipients whose copy was accepted.
audit::Record accepted_record(const Work& work, const std::vector<std::size_t>& recipients,
                              const std::string& status, const LinkMakers& links);
// One recipient who was refused for good.
// not_told: delivery::sender_not_told(), or empty.
audit::Record refused_record(const Work& work, std::size_t recipient, const std::string& status,
                             const std::string& not_told);
// One recipient whose message waits for a person.
audit::Record held_record(const Work& work, std::size_t recipient);
// The message is done: completed, or failed when the sender is told no.
audit::Record outcome_record(const Work& work, const LinkMakers& links);
// It has to be tried again.
audit::Record failure_record(const Work& work, const Fault& fault);

// The entry of a portal recipient is named by the link's secret, that of a held message by the
// token alone.
EscrowId held_id(const TokenId& token);

}  // namespace phimilter::milter
