// SPDX-License-Identifier: Apache-2.0
#include "delivery/message_rows.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"

namespace phimilter::delivery {

namespace {

using audit::Event;

constexpr std::array<std::pair<MessageState, std::string_view>, 5> kStates = {{
    {MessageState::waiting, "waiting"},
    {MessageState::unread, "unread"},
    {MessageState::opened, "opened"},
    {MessageState::expired, "expired"},
    {MessageState::retracted, "retracted"},
}};

// What the filter writes about a message before and while it leaves is no event of the entry.
bool is_of_entry(Event event) {
  switch (event) {
    case Event::intended:
    case Event::accepted:
    case Event::completed:
    case Event::failed:
    case Event::held:
    case Event::held_shown:
    case Event::released:
    case Event::held_refused:
    case Event::held_expired:
    case Event::handed_in:
    case Event::signed_in:
    case Event::sign_in_refused:
      return false;
    default:
      return true;
  }
}

MessageRow& row_of(MessageRows& rows, const EscrowId& id) {
  return rows.try_emplace(id, MessageRow{id, {}, {}, {}, {}, {}}).first->second;
}

void add_event(MessageRow& row, MessageEvent event) {
  const auto place =
      std::upper_bound(row.events.begin(), row.events.end(), event,
                       [](const auto& one, const auto& other) { return one.at < other.at; });
  row.events.insert(place, std::move(event));
  if (row.events.size() > MessageRow::kEventsKept) {
    // The first time that it was shown is worth more than one look of a machine among many.
    const auto machine =
        std::find_if(row.events.begin(), row.events.end(),
                     [](const MessageEvent& each) { return each.event == Event::fetched; });
    row.events.erase(machine != row.events.end() ? machine : row.events.begin() + 1);
  }
}

void add_act(MessageRow& row, Event event, const escrow::Act& act) {
  constexpr std::chrono::minutes kSameAct(1);
  const bool known =
      std::any_of(row.events.begin(), row.events.end(), [&](const MessageEvent& each) {
        return each.event == event && each.at >= act.time - kSameAct &&
               (event == Event::retracted || each.at <= act.time + kSameAct);
      });
  if (!known) {
    add_event(row, {event, act.time, act.by, {}});
  }
}

}  // namespace

std::string_view to_string(MessageState state) {
  for (const auto& [value, name] : kStates) {
    if (value == state) {
      return name;
    }
  }
  return "unknown";
}

std::optional<MessageState> message_state_from(std::string_view name) {
  for (const auto& [value, known] : kStates) {
    if (known == name) {
      return value;
    }
  }
  return std::nullopt;
}

MessageState MessageRow::state() const {
  const auto retracted = last(Event::retracted);
  if (!entry) {
    return retracted ? MessageState::retracted : MessageState::expired;
  }
  switch (entry->state) {
    case escrow::EntryState::retracted:
      return MessageState::retracted;
    case escrow::EntryState::expired:
      return MessageState::expired;
    default:
      break;
  }
  if (first(Event::shown)) {
    return MessageState::opened;
  }
  return entry->state == escrow::EntryState::waiting_for_notice ? MessageState::waiting
                                                                : MessageState::unread;
}

std::string MessageRow::reference() const {
  return escrow::reference_of(id);
}

Timestamp MessageRow::created() const {
  if (entry) {
    return entry->created;
  }
  return events.empty() ? Timestamp() : events.front().at;
}

std::optional<Timestamp> MessageRow::first(audit::Event event) const {
  const auto found = std::find_if(events.begin(), events.end(),
                                  [event](const auto& each) { return each.event == event; });
  return found == events.end() ? std::nullopt : std::optional(found->at);
}

std::optional<Timestamp> MessageRow::last(audit::Event event) const {
  const auto found = std::find_if(events.rbegin(), events.rend(),
                                  [event](const auto& each) { return each.event == event; });
  return found == events.rend() ? std::nullopt : std::optional(found->at);
}

bool MessageFilter::fits(const MessageRow& row) const {
  return (sender.empty() || ascii_iequal(sender, row.sender)) &&
         (recipient.empty() || ascii_iequal(recipient, row.recipient)) &&
         (!state || *state == row.state()) && (!since || row.created() >= *since) &&
         (batch.empty() || batch == row.batch);
}

void note_record(MessageRows& rows, const audit::Record& record) {
  for (const audit::RecipientRecord& recipient : record.recipients) {
    const auto id = EscrowId::parse(recipient.escrow_id);
    if (!id || recipient.method == "hold") {
      continue;
    }
    MessageRow& row = row_of(rows, *id);
    // The portal's records need not repeat what the filter's say.
    const std::pair<std::string&, const std::string&> texts[] = {{row.sender, record.sender},
                                                                 {row.recipient, recipient.address},
                                                                 {row.queue_id, record.queue_id}};
    for (const auto& [place, text] : texts) {
      if (!text.empty()) {
        place = text;
      }
    }
    if (is_of_entry(record.event)) {
      const bool by_person = record.writer == "phictl" || record.event == Event::retracted ||
                             record.event == Event::extended || record.event == Event::resent ||
                             record.event == Event::unlocked;
      add_event(row, {record.event, record.time, by_person ? record.login : std::string(),
                      recipient.reasons.empty() ? std::string() : recipient.reasons.front()});
    }
  }
}

void note_entry(MessageRows& rows, const escrow::EntryStatus& entry) {
  MessageRow& row = row_of(rows, entry.id);
  row.entry = entry;
  // What another program did stands in its journal, and beside the entry.
  if (entry.extension) {
    add_act(row, Event::extended, entry.extension->act);
  }
  if (entry.retraction) {
    add_act(row, Event::retracted, *entry.retraction);
  }
}

std::vector<const MessageRow*> named_rows(const MessageRows& rows, std::string_view name) {
  std::vector<const MessageRow*> named;
  for (const auto& [id, row] : rows) {
    if (ascii_iequal(id.str(), name) || ascii_iequal(row.reference(), name)) {
      named.push_back(&row);
    }
  }
  return named;
}

}  // namespace phimilter::delivery
