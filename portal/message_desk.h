// SPDX-License-Identifier: Apache-2.0
//
// What a person may do with a message that waits: take it back, give it more time, mail its notice
// again, lift a lock. One place for the sender's page, the API and what phictl asks for. Who may do
// it is the caller's business; `person` stands in the record. Threads: may be shared.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "audit/journal.h"
#include "base/clock.h"
#include "escrow/orders.h"
#include "escrow/vault.h"
#include "portal/message_index.h"

namespace phimilter::portal {

struct DeskParts {  // borrowed; all must outlive the desk
  MessageIndex& index;
  escrow::VaultReader& reader;
  escrow::VaultWriter& writer;
  audit::Journal& journal;  // one that tells the index
  const Clock& clock;
  const Secret& act_key;  // escrow/acts.h
  // Mails the notice again; a fault means that it did not leave, or that it cannot be told
  // ("smtp.in_doubt").
  std::function<Status(const escrow::EntryFacts& facts)> mail_notice;
};

struct Retracted {
  bool before = false;            // it was taken back already
  std::optional<Timestamp> seen;  // first shown; what was read cannot be taken back
};

// Permanent faults, with an id to tell them apart: "desk.no_entry" (none, or destroyed),
// "desk.retracted", "desk.expired", "desk.no_link" (only the notice itself has the link),
// "desk.too_soon" (the notice left moments ago), and those of VaultWriter::extend().
class MessageDesk {
 public:
  explicit MessageDesk(DeskParts parts) : parts_(std::move(parts)) {}

  const MessageIndex& index() const { return parts_.index; }
  Result<Retracted> retract(const EscrowId& id, const std::string& person);
  // Also after it expired, as long as it is kept.
  Status extend(const EscrowId& id, Timestamp expires, const std::string& person);
  Status resend(const EscrowId& id, const std::string& person);
  Status unlock(const EscrowId& id, const std::string& person);

 private:
  Result<escrow::EntryStatus> waiting(const EscrowId& id);
  Status record(const EscrowId& id, audit::Event event, const std::string& person,
                std::vector<std::string> reasons);

  DeskParts parts_;
};

// Carries out what stands in the orders folder. Faults at one leave it for the next round; what can
// never be done is said in the log and ended.
void follow_orders(MessageDesk& desk, const std::string& escrow_folder);

}  // namespace phimilter::portal
