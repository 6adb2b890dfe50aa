// SPDX-License-Identifier: Apache-2.0
#include "portal/message_desk.h"

#include "base/log.h"
#include "portal/events.h"

namespace phimilter::portal {
namespace {

using escrow::EntryState;

// A mailbox is not filled by somebody's impatience.
constexpr std::chrono::minutes kResendPause(2);

Fault cannot(const char* id, const char* text, const EscrowId& entry) {
  return permanent_fault(id, text).with("entry", entry.str());
}

Fault no_entry(const EscrowId& id) {
  return cannot("desk.no_entry", "there is no such message, or it is destroyed", id);
}

Fault retracted(const EscrowId& id) {
  return cannot("desk.retracted", "the message was taken back", id);
}

}  // namespace

Result<escrow::EntryStatus> MessageDesk::waiting(const EscrowId& id) {
  auto entry = parts_.reader.status(id, parts_.clock.now());
  if (!entry) {
    return fail(entry);
  }
  if (!*entry) {
    return fail(no_entry(id));
  }
  return std::move(**entry);
}

Status MessageDesk::record(const EscrowId& id, audit::Event event, const std::string& person,
                           std::vector<std::string> reasons) {
  auto facts = parts_.reader.facts(id);
  if (!facts) {
    return fail(facts);
  }
  return record_entry_event(parts_.journal, id, &*facts, {event, person, std::move(reasons), {}});
}

Result<Retracted> MessageDesk::retract(const EscrowId& id, const std::string& person) {
  const auto entry = waiting(id);
  if (!entry) {
    return fail(entry.error());
  }
  const auto row = parts_.index.find(id);
  Retracted outcome{entry->state == EntryState::retracted,
                    row ? row->first(audit::Event::shown) : std::nullopt};
  if (outcome.before) {
    return outcome;
  }
  // The marker counts from now on; the sweep records it with the name in it, and deletes.
  if (auto marked = parts_.writer.retract(id, person, parts_.clock.now()); !marked) {
    return fail(marked);
  }
  if (auto seen = parts_.index.refresh(parts_.reader, id); !seen) {
    return fail(seen);
  }
  return outcome;
}

Status MessageDesk::extend(const EscrowId& id, Timestamp expires, const std::string& person) {
  const auto entry = waiting(id);
  if (!entry) {
    return fail(entry.error());
  }
  if (entry->state == EntryState::retracted) {
    return fail(retracted(id));
  }
  const escrow::Extension extension{{person, parts_.clock.now()}, expires};
  if (auto allowed = escrow::may_be_extended(*entry, extension); !allowed) {
    return allowed;
  }
  if (auto recorded = record(id, audit::Event::extended, person, {"until " + rfc3339(expires)});
      !recorded) {
    return recorded;
  }
  if (auto extended = parts_.writer.extend(id, extension, parts_.act_key); !extended) {
    return extended;
  }
  return parts_.index.refresh(parts_.reader, id);
}

Status MessageDesk::resend(const EscrowId& id, const std::string& person) {
  const auto entry = waiting(id);
  if (!entry) {
    return fail(entry.error());
  }
  if (entry->state == EntryState::retracted) {
    return fail(retracted(id));
  }
  if (entry->state == EntryState::expired) {
    return fail(cannot("desk.expired", "the message has expired: extend it first", id));
  }
  const auto row = parts_.index.find(id);
  const auto before = row ? row->last(audit::Event::resent) : std::nullopt;
  if (before && parts_.clock.now() - *before < kResendPause) {
    return fail(cannot("desk.too_soon", "the notice was mailed again moments ago", id));
  }
  auto facts = parts_.reader.facts(id);
  if (!facts) {
    return fail(facts);
  }
  if (facts->link_secret.empty()) {
    return fail(cannot("desk.no_link",
                       "only the notice that left has the link of this message: have the message "
                       "sent again",
                       id));
  }
  if (auto mailed = parts_.mail_notice(*facts); !mailed && mailed.error().id != "smtp.in_doubt") {
    return mailed;
  }
  return record_entry_event(parts_.journal, id, &*facts, {audit::Event::resent, person, {}, {}});
}

Status MessageDesk::unlock(const EscrowId& id, const std::string& person) {
  const auto entry = waiting(id);
  if (!entry) {
    return fail(entry.error());
  }
  return parts_.writer.ask_unlock(id, {person, parts_.clock.now()}, parts_.act_key);
}

void follow_orders(MessageDesk& desk, const std::string& escrow_folder) {
  const auto orders = escrow::standing_orders(escrow_folder);
  if (!orders) {
    log::fault(log::Level::error, "-", orders.error());
    return;
  }
  for (const escrow::Order& order : *orders) {
    const Status done = desk.resend(order.id, order.by);
    if (!done) {
      log::fault(log::Level::warning, "-", done.error());
    }
    if (done || done.error().kind == FaultKind::permanent) {
      if (auto ended = escrow::end_order(escrow_folder, order); !ended) {
        log::fault(log::Level::error, "-", ended.error());
      }
    }
  }
}

}  // namespace phimilter::portal
