// SPDX-License-Identifier: Apache-2.0
//
// The messages that wait in the portal, or waited there, as a sender and an administrator see them:
// whom they went to, what happened when. Made from the entries of the vault and from records; holds
// nothing of what a message says. Values only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "escrow/vault.h"

namespace phimilter::delivery {

struct MessageEvent {
  audit::Event event = audit::Event::completed;
  Timestamp at{};
  std::string person;  // who did it; empty: the recipient, or the portal by itself
  std::string note;    // of sender_told and reminded: why
  bool operator==(const MessageEvent&) const = default;
};

enum class MessageState {
  waiting,    // its notice has not left yet
  unread,     // nobody has given proof
  opened,     // it was shown
  expired,    // may be extended while it is kept
  retracted,  // taken back
};
std::string_view to_string(MessageState state);
std::optional<MessageState> message_state_from(std::string_view name);

struct MessageRow {
  EscrowId id;
  std::string sender, recipient, queue_id;
  std::optional<escrow::EntryStatus> entry;  // nullopt: it is deleted
  std::vector<MessageEvent> events;          // in the order of time; the newest kEventsKept
  // Of EntryFacts, for who can read them.
  bool facts_read = false;
  std::optional<int> remind_days{};
  bool receipt = false;
  std::string batch{};  // known as long as the entry is kept

  MessageState state() const;
  std::string reference() const;
  Timestamp created() const;  // of the entry, else of the first event
  std::optional<Timestamp> first(audit::Event event) const;
  std::optional<Timestamp> last(audit::Event event) const;

  static constexpr std::size_t kEventsKept = 200;
};

// Empty: all. Addresses are compared without case.
struct MessageFilter {
  std::string sender, recipient;
  std::optional<MessageState> state;
  std::optional<Timestamp> since;  // created at or after
  std::string batch{};
  bool fits(const MessageRow& row) const;
};

using MessageRows = std::map<EscrowId, MessageRow>;

// Takes from a record what it says about entries of the portal. Held messages are none.
void note_record(MessageRows& rows, const audit::Record& record);
void note_entry(MessageRows& rows, const escrow::EntryStatus& entry);

// Those with this id or reference, compared without case.
std::vector<const MessageRow*> named_rows(const MessageRows& rows, std::string_view name);

}  // namespace phimilter::delivery
