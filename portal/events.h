// SPDX-License-Identifier: Apache-2.0
//
// What happens to an entry in the portal, as records in the portal's own journal.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "delivery/message_rows.h"
#include "escrow/entry.h"

namespace phimilter::portal {

// All of them or none, on the disk on return. A fault: the visitor gets 503 and sees nothing.
Status record_events(audit::Journal& journal, const escrow::EntryFacts& facts,
                     const std::string& peer, std::initializer_list<audit::Event> events);
// What happens to an entry without a visitor: who wanted it, and why.
struct EntryEvent {
  audit::Event event = audit::Event::expired;
  std::string person;                // empty: nobody, a rule
  std::vector<std::string> reasons;  // words of this program and times, never of the message
  std::string fault;                 // of an entry whose facts cannot be read any more
};
// `facts` null: they are gone.
audit::Record entry_record(const EscrowId& id, const escrow::EntryFacts* facts,
                           const EntryEvent& happened);
Status record_entry_event(audit::Journal& journal, const EscrowId& id,
                          const escrow::EntryFacts* facts, const EntryEvent& happened);
// Of a message whose facts are not at hand.
audit::Record row_record(const delivery::MessageRow& row, const EntryEvent& happened);

// Of somebody who signs in to an account or a sender's page. `who`: "account:ADDRESS",
// "sender:ADDRESS", or without the address where there is none such.
Status record_sign_in(audit::Journal& journal, const std::string& who, const std::string& peer,
                      bool right);

}  // namespace phimilter::portal
