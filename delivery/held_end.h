// SPDX-License-Identifier: Apache-2.0
//
// The end of a held message that does not leave: a person refused it, or nobody decided in time.
// The sender is told, it is recorded, and then it is deleted, in this order: what stopped half-way
// is done again, and can tell the sender twice, but never delete unsaid.
#pragma once

#include <string>

#include "audit/journal.h"
#include "base/clock.h"
#include "delivery/reentry.h"
#include "escrow/vault.h"

namespace phimilter::delivery {

struct HeldParts {  // borrowed
  escrow::VaultReader& vault;
  CopySender& sender;
  audit::Journal& journal;
  const Clock& clock;
  std::string spool_folder;
};

// Who did what, and why; empty for what nobody did.
struct HeldAct {
  audit::Event event = audit::Event::held_refused;
  std::string person;
  std::string reason;
};

// not_told: sender_not_told(), or empty.
Status record_held(audit::Journal& journal, const escrow::EntryFacts& facts, const HeldAct& act,
                   const std::string& not_told = "");

// "", or sender_not_told(). Permanent fault: no such entry, or it cannot be read any more.
// Transient: the sender could not be told, or it could not be recorded, or nobody decided and the
// sender may not be told ("held.not_told"); nothing was deleted.
Result<std::string> end_held(const HeldParts& parts, const EscrowId& id, const HeldAct& act);

// The held message with the envelope that it came with. Faults as VaultReader.
Result<mail::CapturedMessage> held_message(escrow::VaultReader& vault,
                                           const escrow::EntryFacts& facts,
                                           const std::string& spool_folder);

}  // namespace phimilter::delivery
