// SPDX-License-Identifier: Apache-2.0
//
// The end of an entry. The cause is recorded, then noted in the state with all that the record of
// the destruction will say, then the key is overwritten, that is recorded, and the files go. A kill
// between can record twice; it never leaves a destruction unrecorded, nor a record of one that did
// not happen.
#pragma once

#include <optional>
#include <string>

#include "portal/sweep.h"

namespace phimilter::portal {

// Why an entry goes.
struct Cause {
  audit::Event event = audit::Event::expired;
  std::string person;
  std::string reason;
};

// nullopt: damaged, and `fault` says how. Another fault: what may be readable in a moment, or with
// the right key, is not lost.
Result<std::optional<escrow::EntryFacts>> facts_if_readable(SweepParts& parts, const EscrowId& id,
                                                            std::string& fault);
// Held by the caller. false: a reply of it is under way, so it waits for another round.
Result<bool> destroy(SweepParts& parts, const escrow::EntryStatus& entry, const AccessState& state,
                     const Cause& cause);
// Of VaultReader::half_removed: what a stop has left half done.
Status end_half_removed(SweepParts& parts, const EscrowId& id);
// Its state says that its destruction was begun; where its files went by another hand than ours
// since, that is on record, too.
Status end_unrecorded(SweepParts& parts, const EscrowId& id);
// Of an entry that is gone: what it has left of its replies when it went by another hand.
Status forget_late_replies(SweepParts& parts, const EscrowId& id);

}  // namespace phimilter::portal
