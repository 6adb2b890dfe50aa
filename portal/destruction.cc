// SPDX-License-Identifier: Apache-2.0
#include "portal/destruction.h"

#include "portal/events.h"

namespace phimilter::portal {
namespace {

// What is known of an entry while its facts can be read.
struct Known {
  std::optional<escrow::EntryFacts> facts;
  std::string fault;
  audit::Record record(const EscrowId& id, audit::Event event, const Cause& cause) const {
    return entry_record(id, facts ? &*facts : nullptr,
                        {event, cause.person, {cause.reason}, fault});
  }
};

// The cause is on record, and then in the state, together with what the record of the destruction
// will say: once it is begun, nothing of it can be read from the entry any more.
Status note_cause(SweepParts& parts, const escrow::EntryStatus& entry, const AccessState& state,
                  const Cause& cause, const Known& known) {
  const bool noted = !state.ended.empty() ||
                     (state.expiry_noted == entry.expires && cause.event == audit::Event::expired);
  if (!noted) {
    if (auto recorded = parts.journal.append(known.record(entry.id, cause.event, cause));
        !recorded) {
      return fail(recorded);
    }
  }
  AccessState end;  // the question and the answer's hash go with the message
  end.first_shown = state.first_shown;
  end.ended = cause.event == audit::Event::retracted ? "retracted" : "expired";
  end.ended_at = parts.clock.now();
  audit::Record destruction = known.record(entry.id, audit::Event::destroyed, cause);
  destruction.time = *end.ended_at;
  end.destruction = audit::to_json(destruction);
  return parts.states.save(entry.id, end);
}

// The entry is shredded. Held by the caller.
Status finish_destruction(SweepParts& parts, const EscrowId& id, escrow::Removal shredded) {
  auto state = parts.states.load(id);
  if (!state) {
    return fail(state);
  }
  if (!state->destruction.empty()) {
    auto record = audit::record_from_json(state->destruction);
    if (!record) {
      return fail(record);
    }
    record->recipients.front().reasons.push_back("key " + std::string(escrow::to_string(shredded)));
    if (auto recorded = parts.journal.append(*record); !recorded) {
      return fail(recorded);
    }
    state->destruction.clear();
    if (Status saved = parts.states.save(id, *state); !saved) {
      return saved;
    }
  }
  const auto removed = parts.vault.remove(id);
  return removed ? Status() : fail(removed.error());
}

}  // namespace

Result<std::optional<escrow::EntryFacts>> facts_if_readable(SweepParts& parts, const EscrowId& id,
                                                            std::string& fault) {
  auto facts = parts.vault.facts(id);
  if (facts) {
    return std::move(*facts);
  }
  if (facts.error().kind != FaultKind::permanent) {
    return fail(facts);
  }
  fault = facts.error().id;
  return std::nullopt;
}

Result<bool> destroy(SweepParts& parts, const escrow::EntryStatus& entry, const AccessState& state,
                     const Cause& cause) {
  // A reply under way comes to its end first, or finds the entry gone: nothing of it comes behind.
  // It is not waited for, since others wait for the entry meanwhile.
  const auto replies = parts.vault.try_claim(entry.id, escrow::ClaimKind::replies);
  if (!replies || !*replies) {
    return replies ? Result<bool>(false) : fail(replies.error());
  }
  Known known;
  auto facts = facts_if_readable(parts, entry.id, known.fault);
  if (!facts) {
    return fail(facts.error());
  }
  known.facts = std::move(*facts);
  if (state.destruction.empty()) {
    if (Status noted = note_cause(parts, entry, state, cause, known); !noted) {
      return fail(noted);
    }
  }
  if (Status ended = parts.sessions.end_all(Subject::entry(entry.id)); !ended) {
    return fail(ended);
  }
  if (parts.replies != nullptr) {
    if (Status forgotten = parts.replies->remove_all(entry.id); !forgotten) {
      return fail(forgotten);
    }
  }
  const auto shredded = parts.vault.shred(entry.id);
  if (!shredded) {
    return fail(shredded.error());
  }
  if (Status finished = finish_destruction(parts, entry.id, *shredded); !finished) {
    return fail(finished);
  }
  return true;
}

Status end_half_removed(SweepParts& parts, const EscrowId& id) {
  const auto held = parts.access.hold(id);
  if (!held) {
    return fail(held.error());
  }
  const auto shredded = parts.vault.shred(id);
  return shredded ? finish_destruction(parts, id, *shredded) : fail(shredded.error());
}

Status end_unrecorded(SweepParts& parts, const EscrowId& id) {
  const auto held = parts.access.hold(id);
  if (!held) {
    return fail(held.error());
  }
  const auto entry = parts.vault.status(id, parts.clock.now());
  if (!entry) {
    return fail(entry.error());
  }
  if (*entry) {
    return {};
  }
  // Under its other name it may be there all the same, with its key.
  const auto shredded = parts.vault.shred(id);
  return shredded ? finish_destruction(parts, id, *shredded) : fail(shredded.error());
}

Status forget_late_replies(SweepParts& parts, const EscrowId& id) {
  if (parts.replies == nullptr) {
    return {};
  }
  const auto entry = parts.vault.status(id, parts.clock.now());
  if (!entry) {
    return fail(entry.error());
  }
  return *entry ? Status() : parts.replies->remove_all(id);
}

}  // namespace phimilter::portal
