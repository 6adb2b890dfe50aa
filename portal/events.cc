// SPDX-License-Identifier: Apache-2.0
#include "portal/events.h"

#include <vector>

namespace phimilter::portal {

Status record_events(audit::Journal& journal, const escrow::EntryFacts& facts,
                     const std::string& peer, std::initializer_list<audit::Event> events) {
  std::vector<audit::Record> records;
  for (const audit::Event event : events) {
    audit::Record record;
    record.event = event;
    record.queue_id = facts.queue_id;
    record.sender = facts.sender;
    record.client = peer;
    record.sensitive = facts.sensitive;
    audit::RecipientRecord recipient;
    recipient.address = facts.recipient;
    recipient.method = "portal";
    recipient.token = facts.token.str();
    recipient.escrow_id = facts.id.str();
    recipient.status = std::string(audit::to_string(event));
    record.recipients.push_back(std::move(recipient));
    records.push_back(std::move(record));
  }
  auto appended = journal.append(records);
  if (!appended) {
    return fail(appended);
  }
  return {};
}

audit::Record row_record(const delivery::MessageRow& row, const EntryEvent& happened) {
  audit::Record record;
  record.event = happened.event;
  record.queue_id = row.queue_id;
  record.sender = row.sender;
  record.login = happened.person;
  audit::RecipientRecord recipient;
  recipient.address = row.recipient;
  recipient.method = "portal";
  recipient.escrow_id = row.id.str();
  recipient.status = std::string(audit::to_string(happened.event));
  recipient.reasons = happened.reasons;
  record.recipients.push_back(std::move(recipient));
  return record;
}

audit::Record entry_record(const EscrowId& id, const escrow::EntryFacts* facts,
                           const EntryEvent& happened) {
  audit::Record record;
  record.event = happened.event;
  record.login = happened.person;
  record.fault = happened.fault;
  audit::RecipientRecord recipient;
  recipient.method = "portal";
  recipient.escrow_id = id.str();
  recipient.status = std::string(audit::to_string(happened.event));
  recipient.reasons = happened.reasons;
  if (facts != nullptr) {
    record.queue_id = facts->queue_id;
    record.sender = facts->sender;
    record.sensitive = facts->sensitive;
    recipient.address = facts->recipient;
    recipient.token = facts->token.str();
  }
  record.recipients.push_back(std::move(recipient));
  return record;
}

Status record_entry_event(audit::Journal& journal, const EscrowId& id,
                          const escrow::EntryFacts* facts, const EntryEvent& happened) {
  auto appended = journal.append(entry_record(id, facts, happened));
  return appended ? Status() : fail(appended);
}

Status record_sign_in(audit::Journal& journal, const std::string& who, const std::string& peer,
                      bool right) {
  audit::Record record;
  record.event = right ? audit::Event::signed_in : audit::Event::sign_in_refused;
  record.login = who;
  record.client = peer;
  auto appended = journal.append(record);
  return appended ? Status() : fail(appended);
}

}  // namespace phimilter::portal
