// SPDX-License-Identifier: Apache-2.0
//
// What happens to an entry in the portal, as records in the portal's own journal.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>

#include "audit/journal.h"
#include "escrow/entry.h"

namespace phimilter::portal {

// All of them or none, on the disk on return. A fault: the visitor gets 503 and sees nothing.
Status record_events(audit::Journal& journal, const escrow::EntryFacts& facts,
                     const std::string& peer, std::initializer_list<audit::Event> events);
// For an entry whose facts cannot be read any more.
Status record_lost_entry(audit::Journal& journal, const EscrowId& id, audit::Event event,
                         const std::string& fault);

}  // namespace phimilter::portal
