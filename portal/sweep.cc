// SPDX-License-Identifier: Apache-2.0
#include "portal/sweep.h"

#include "base/limits.h"
#include "base/log.h"
#include "portal/events.h"

namespace phimilter::portal {
namespace {

constexpr std::chrono::seconds kRound(5);
// An intent can be replayed for kIntentWindowS and its notice leave only then, so nothing goes
// before that.
constexpr std::chrono::seconds kNoticeWait(limits::kIntentWindowS + 24 * 3600);
constexpr std::chrono::hours kEndRemembered(400 * 24);  // so long a link says why it opens nothing

Status delete_entry(SweepParts& parts, const EscrowId& id, audit::Event event) {
  const auto held = parts.access.hold(id);
  auto state = parts.states.load(id);
  if (!state) {
    return fail(state);
  }
  if (state->ended.empty()) {
    auto facts = parts.vault.facts(id);
    Status recorded = facts ? record_events(parts.journal, *facts, {}, {event})
                            : record_lost_entry(parts.journal, id, event, facts.error().id);
    if (!recorded) {
      return recorded;
    }
    AccessState end;  // the question and the answer's hash go with the message
    end.first_shown = state->first_shown;
    end.ended = event == audit::Event::retracted ? "retracted" : "expired";
    end.ended_at = parts.clock.now();
    if (Status saved = parts.states.save(id, end); !saved) {
      return saved;
    }
  }
  parts.sessions.end_all(id);
  return parts.vault.remove(id);
}

// Somebody holds the link of an entry that was visited: the notice did leave, and only its marker
// is missing.
Result<bool> never_noticed(SweepParts& parts, const escrow::EntryStatus& entry) {
  if (entry.state != escrow::EntryState::waiting_for_notice ||
      parts.clock.now() - entry.created < kNoticeWait) {
    return false;
  }
  auto state = parts.states.load(entry.id);
  if (!state) {
    return fail(state);
  }
  return !state->first_shown && state->codes_sent.empty() && state->wrong_tries == 0;
}

Result<bool> sweep_entry(SweepParts& parts, const escrow::EntryStatus& entry) {
  using escrow::EntryState;
  auto unnoticed = never_noticed(parts, entry);
  if (!unnoticed) {
    return fail(unnoticed);
  }
  if (entry.state == EntryState::expired || entry.state == EntryState::retracted || *unnoticed) {
    Status deleted = delete_entry(
        parts, entry.id,
        entry.state == EntryState::retracted ? audit::Event::retracted : audit::Event::expired);
    if (!deleted) {
      return fail(deleted);
    }
    return true;
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
    log::fault(log::Level::error, "-", entries.error());
    report.faults = 1;
    return report;
  }
  report.entries = entries->size();
  for (const escrow::EntryStatus& entry : *entries) {
    auto deleted = sweep_entry(parts, entry);
    if (!deleted) {
      log::fault(log::Level::error, "-", deleted.error());
      ++report.faults;
    } else if (*deleted) {
      ++report.deleted;
    }
  }
  return report;
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
  for (int round = 0;; ++round) {
    if (round % kRoundsADay == 0) {
      forget_old_ends(parts_);
    }
    const SweepReport report = sweep_once(parts_);
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
