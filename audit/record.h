// SPDX-License-Identifier: Apache-2.0
//
// The decision record: one schema for journal, Redis and exports. Written down for other readers in
// docs/decision-record.md. Who, what, when, which rule; never what the message said.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace phimilter::audit {

inline constexpr int kSchemaVersion = 1;

enum class Event {
  intended,           // what will happen for each recipient, written before anything leaves
  accepted,           // one copy was accepted by the MTA's re-entry listener
  completed,          // the message is done; for clean mail the only record
  failed,             // refused or deferred, with the fault's id
  noticed,            // portal: the notice was accepted
  challenged,         // portal: the proof page was asked for by POST or an answer was tried
  verified,           // portal: proof given
  refused,            // portal: wrong answer
  locked,             // portal: too many wrong answers
  shown,              // portal: the message was shown
  downloaded,         // portal: an attachment was taken
  recipient_changed,  // what is on file for a recipient; login is who did it
  api_token_made,     // phictl: a program may use the portal's API; status is its name
  api_token_revoked,
  signed_in,        // portal: to an account or a sender's page; login is whose
  sign_in_refused,  // portal: the same was tried in vain; login is empty where there is none
  handed_in,  // portal: a program handed in a message by the API; login is its token, status what
              // the MTA said
  retracted,
  extended,      // a person moved the day on which it expires
  unlocked,      // a person lifted the lock after wrong answers
  expired,       // it can be read no longer; kept, sealed, until its retention ends
  destroyed,     // its key is overwritten and it is deleted
  held,          // sealed for a person to release or refuse; nothing has left
  held_shown,    // a person read what is held
  released,      // a person gave what was held back to the filter, which let it go, protected
  held_refused,  // a person refused it: the sender was told, it is deleted
  held_expired,  // nobody decided in time: the sender was told, it is deleted
  // Of the portal, about a message that waits there. What a person did has the person as login.
  fetched,      // the link was looked up by GET, by a person or by a machine; opened nothing
  replied,      // the recipient wrote back, and the MTA took it
  resent,       // the notice was mailed again, asked for by a person
  asked_again,  // the recipient asked the sender for it after it had expired
  reminded,     // the recipient was mailed again: it is still unread, or about to expire
  sender_told,  // the sender was mailed: it was read, is still unread, or about to expire
  head_lost,  // of any writer: journal.head was gone or unreadable when the journal was opened, so
              // that lines before this one may have been cut off
};

std::string_view to_string(Event event);
std::optional<Event> event_from(std::string_view name);

struct RecipientRecord {
  std::string address;
  std::string method;  // policy::to_string(Method)
  std::string token;   // 64 hex digits; empty for clean mail
  std::vector<std::string> reasons;
  std::vector<std::string> algorithms;
  std::string key;  // fingerprint
  std::string escrow_id;
  std::string status;   // "accepted 250", "refused 550", "pass", ...: no free text from outside
  std::string terms{};  // of the portal, where the policy asks for some: policy::to_text
  bool operator==(const RecipientRecord&) const = default;
};

struct Record {
  // Given by the journal.
  std::uint64_t sequence = 0;
  std::string writer;  // "filter", "portal" or "phictl"
  Timestamp time{};
  // Given by the caller.
  Event event = Event::completed;
  std::string queue_id;
  std::string digest;    // of what was submitted; ties intended, accepted and completed together
  std::string instance;  // tells two submissions of the same mail apart
  std::string sender;
  std::string login, client, listener;  // of phictl: login is the person at the keyboard
  std::vector<RecipientRecord> recipients;
  std::vector<std::string> rules;
  std::map<std::string, std::size_t> findings;  // class -> count
  std::string scope, policy_version;
  bool sensitive = false;
  std::uint64_t size = 0;
  std::string route;  // "untouched", "in place", "re-entry"
  std::string fault;  // a fault's id
  bool operator==(const Record&) const = default;
};

std::string to_json(const Record& record);  // one line, keys in a fixed order, no line end
Result<Record> record_from_json(std::string_view json);  // permanent fault: not a record

}  // namespace phimilter::audit
