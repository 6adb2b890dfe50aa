// SPDX-License-Identifier: Apache-2.0
#include "portal/sweep.h"

#include <algorithm>
#include <iterator>

#include "base/limits.h"
#include "base/log.h"
#include "portal/events.h"
#include "portal/held_sweep.h"

namespace phimilter::portal {
namespace {

constexpr std::chrono::seconds kRound(5);
// An intent can be replayed for kIntentWindowS and its notice leave only then, so nothing goes
// before that.
constexpr std::chrono::seconds kNoticeWait(limits::kIntentWindowS + 24 * 3600);
constexpr std::chrono::hours kSaidAgainAfter(1);
constexpr std::chrono::hours kEndRemembered(400 * 24);  // so long a link says why it opens nothing

// Somebody holds the link of an entry that was visited: the notice did leave, and only its marker
// is missing.
bool visited(const AccessState& state) {
  return state.first_shown || !state.codes_sent.empty() || state.wrong_tries > 0;
}

// nullopt: it stays.
std::optional<audit::Event> end_of(const escrow::EntryStatus& entry, const AccessState& state,
                                   Timestamp now) {
  using escrow::EntryState;
  if (entry.state == EntryState::retracted) {
    return audit::Event::retracted;
  }
  const bool never_noticed = entry.state == EntryState::waiting_for_notice &&
                             now - entry.created >= kNoticeWait && !visited(state);
  return entry.state == EntryState::expired || never_noticed ? std::optional(audit::Event::expired)
                                                             : std::nullopt;
}

Status record_end(SweepParts& parts, const EscrowId& id, const AccessState& state,
                  audit::Event event) {
  auto facts = parts.vault.facts(id);
  // What may be readable in a moment, or with the right key, is not lost.
  if (!facts && facts.error().kind != FaultKind::permanent) {
    return fail(facts);
  }
  Status recorded = facts ? record_events(parts.journal, *facts, {}, {event})
                          : record_lost_entry(parts.journal, id, event, facts.error().id);
  if (!recorded) {
    return recorded;
  }
  AccessState end;  // the question and the answer's hash go with the message
  end.first_shown = state.first_shown;
  end.ended = event == audit::Event::retracted ? "retracted" : "expired";
  end.ended_at = parts.clock.now();
  return parts.states.save(id, end);
}

// Looks again: the filter may have sealed the entry anew since the list was made.
Result<bool> delete_if_ended(SweepParts& parts, const EscrowId& id) {
  const auto held = parts.access.hold(id);
  auto entry = parts.vault.status(id, parts.clock.now());
  auto state = parts.states.load(id);
  if (!entry) {
    return fail(entry);
  }
  if (!state) {
    return fail(state);
  }
  const auto event =
      *entry ? end_of(**entry, *state, parts.clock.now()) : std::optional<audit::Event>();
  if (!event) {
    return false;
  }
  if (state->ended.empty()) {
    if (Status recorded = record_end(parts, id, *state, *event); !recorded) {
      return fail(recorded);
    }
  }
  parts.sessions.end_all(id);
  if (Status removed = parts.vault.remove(id); !removed) {
    return fail(removed);
  }
  return true;
}

Result<bool> sweep_entry(SweepParts& parts, const escrow::EntryStatus& entry) {
  if (end_of(entry, AccessState(), parts.clock.now())) {
    auto deleted = delete_if_ended(parts, entry.id);
    if (!deleted || *deleted) {
      return deleted;
    }
  }
  if (Status taken = parts.access.take_in(entry.id); !taken) {
    return fail(taken);
  }
  return false;
}

std::size_t forget_old_ends(SweepParts& parts) {
  auto ids = parts.states.list();
  std::size_t forgotten = 0;
  if (!ids) {
    return forgotten;
  }
  for (const EscrowId& id : *ids) {
    auto state = parts.states.load(id);
    if (state && state->ended_at && parts.clock.now() - *state->ended_at > kEndRemembered &&
        parts.states.remove(id)) {
      ++forgotten;
    }
  }
  return forgotten;
}

}  // namespace

SweepReport sweep_once(SweepParts& parts) {
  SweepReport report;
  auto entries = parts.vault.list(parts.clock.now());
  if (!entries) {
    report.faults.push_back(std::move(entries.error()));
    return report;
  }
  report.entries = entries->size();
  for (const escrow::EntryStatus& entry : *entries) {
    auto deleted = sweep_entry(parts, entry);
    if (!deleted) {
      report.faults.push_back(std::move(deleted.error()).with("entry", entry.id.str()));
    } else if (*deleted) {
      ++report.deleted;
    }
  }
  return report;
}

std::vector<Fault> FaultMemory::worth_saying(std::vector<Fault> faults, Timestamp now) {
  std::map<std::string, Timestamp> said;
  std::vector<Fault> news;
  for (Fault& fault : faults) {
    const std::string key = fault.describe();
    const auto before = said_.find(key);
    const bool fresh = before != said_.end() && now - before->second < kSaidAgainAfter;
    said.emplace(key, fresh ? before->second : now);
    if (!fresh) {
      news.push_back(std::move(fault));
    }
  }
  said_ = std::move(said);
  return news;
}

Sweeper::Sweeper(SweepParts parts) : parts_(parts), thread_([this] { run(); }) {}

Sweeper::~Sweeper() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Sweeper::run() {
  constexpr int kRoundsADay = 24 * 3600 / 5;
  FaultMemory memory;
  for (int round = 0;; ++round) {
    if (round % kRoundsADay == 0) {
      forget_old_ends(parts_);
    }
    SweepReport report = sweep_once(parts_);
    if (parts_.held != nullptr) {
      SweepReport held = sweep_held(*parts_.held);
      report.deleted += held.deleted;
      std::move(held.faults.begin(), held.faults.end(), std::back_inserter(report.faults));
    }
    for (const Fault& fault : memory.worth_saying(std::move(report.faults), parts_.clock.now())) {
      log::fault(log::Level::error, "-", fault);
    }
    if (report.deleted > 0) {
      log::event(log::Level::info, "-", "swept", {{"deleted", std::to_string(report.deleted)}});
    }
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, kRound, [this] { return stop_; })) {
      return;
    }
  }
}

}  // namespace phimilter::portal
