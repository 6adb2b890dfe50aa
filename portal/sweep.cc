// SPDX-License-Identifier: Apache-2.0
#include "portal/sweep.h"

#include <algorithm>
#include <iterator>

#include "base/limits.h"
#include "base/log.h"
#include "portal/destruction.h"
#include "portal/events.h"
#include "portal/held_sweep.h"

namespace phimilter::portal {
namespace {

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
std::optional<Cause> cause_to_destroy(const SweepParts& parts, const escrow::EntryStatus& entry,
                                      const AccessState& state) {
  using escrow::EntryState;
  const Timestamp now = parts.due != nullptr ? parts.due->now() : parts.clock.now();
  if (entry.state == EntryState::retracted) {
    return Cause{audit::Event::retracted, entry.retraction ? entry.retraction->by : "",
                 "retracted"};
  }
  if (now >= entry.expires + parts.retention) {
    return Cause{audit::Event::expired, "", "retention ended"};
  }
  const bool never_noticed = entry.state == EntryState::waiting_for_notice &&
                             now - entry.created >= kNoticeWait && !visited(state);
  return never_noticed ? std::optional(Cause{audit::Event::expired, "", "no notice left"})
                       : std::nullopt;
}

Status note_expiry(SweepParts& parts, const escrow::EntryStatus& entry, AccessState state) {
  std::string fault;
  const auto facts = facts_if_readable(parts, entry.id, fault);
  if (!facts) {
    return fail(facts.error());
  }
  Status recorded =
      record_entry_event(parts.journal, entry.id, *facts ? &**facts : nullptr,
                         {audit::Event::expired, "", {"expired " + rfc3339(entry.expires)}, fault});
  if (!recorded) {
    return recorded;
  }
  if (Status ended = parts.sessions.end_all(Subject::entry(entry.id)); !ended) {
    return ended;
  }
  state.expiry_noted = entry.expires;
  return parts.states.save(entry.id, state);
}

Status lift_lock(SweepParts& parts, const EscrowId& id, const escrow::Act& asked) {
  const auto held = parts.access.hold(id);
  if (!held) {
    return fail(held.error());
  }
  auto state = parts.states.load(id);
  const auto facts = parts.vault.facts(id);
  if (!state || !facts) {
    return fail(state ? facts.error() : state.error());
  }
  Status recorded =
      record_entry_event(parts.journal, id, &*facts, {audit::Event::unlocked, asked.by, {}, ""});
  if (!recorded) {
    return recorded;
  }
  if (Status forgotten = parts.access.forget_guesses(*facts); !forgotten) {
    return forgotten;
  }
  state->begin_count_anew();
  if (Status saved = parts.states.save(id, *state); !saved) {
    return saved;
  }
  return parts.vault.forget_unlock(id);
}

// Looks again: the filter may have sealed the entry anew since the list was made.
Result<bool> note_or_destroy(SweepParts& parts, const EscrowId& id) {
  const auto held = parts.access.hold(id);
  if (!held) {
    return fail(held.error());
  }
  auto entry = parts.vault.status(id, parts.clock.now());
  auto state = parts.states.load(id);
  if (!entry) {
    return fail(entry);
  }
  if (!state) {
    return fail(state);
  }
  if (!*entry) {
    return false;
  }
  if (const auto cause = cause_to_destroy(parts, **entry, *state)) {
    return destroy(parts, **entry, *state, *cause);
  }
  const bool newly_expired =
      (*entry)->state == escrow::EntryState::expired && state->expiry_noted != (*entry)->expires;
  if (Status noted = newly_expired ? note_expiry(parts, **entry, std::move(*state)) : Status();
      !noted) {
    return fail(noted);
  }
  return false;
}

Result<bool> sweep_entry(SweepParts& parts, const escrow::EntryStatus& entry) {
  if (entry.state == escrow::EntryState::expired || cause_to_destroy(parts, entry, AccessState())) {
    auto destroyed = note_or_destroy(parts, entry.id);
    if (!destroyed || *destroyed) {
      return destroyed;
    }
  }
  if (!entry.waits_for_portal) {
    return false;
  }
  const auto asked = parts.vault.unlock_asked(entry.id);
  if (!asked) {
    return fail(asked.error());
  }
  if (*asked) {
    if (Status lifted = lift_lock(parts, entry.id, **asked); !lifted) {
      return fail(lifted);
    }
  }
  if (Status taken = parts.access.take_in(entry.id); !taken) {
    return fail(taken);
  }
  return false;
}

// Whether it was forgotten.
Result<bool> look_at_end(SweepParts& parts, const EscrowId& id) {
  const auto state = parts.states.load(id);
  if (!state) {
    return fail(state.error());
  }
  if (!state->destruction.empty()) {
    Status ended = end_unrecorded(parts, id);
    return ended ? Result<bool>(false) : fail(ended);
  }
  if (!state->ended_at) {
    return false;
  }
  Status left = forget_late_replies(parts, id);
  const bool old = parts.clock.now() - *state->ended_at > kEndRemembered;
  if (left && old) {
    left = parts.states.remove(id);
  }
  return left ? Result<bool>(old) : fail(left);
}

}  // namespace

EndsReport look_at_ends(SweepParts& parts) {
  EndsReport report;
  const auto ids = parts.states.list();
  if (!ids) {
    report.faults.push_back(ids.error());
    return report;
  }
  for (const EscrowId& id : *ids) {
    const auto forgotten = look_at_end(parts, id);
    if (!forgotten) {
      report.faults.push_back(Fault(forgotten.error()).with("entry", id.str()));
    } else if (*forgotten) {
      ++report.forgotten;
    }
  }
  return report;
}

SweepReport sweep_once(SweepParts& parts) {
  const auto begun = std::chrono::steady_clock::now();
  SweepReport report;
  const auto half = parts.vault.half_removed();
  if (!half) {
    report.faults.push_back(half.error());
  }
  for (const EscrowId& id : half.value_or(std::vector<EscrowId>())) {
    if (Status ended = end_half_removed(parts, id); !ended) {
      report.faults.push_back(std::move(ended.error()).with("entry", id.str()));
    } else {
      ++report.deleted;
    }
  }
  auto entries = parts.vault.list(parts.clock.now());
  report.looking = std::chrono::steady_clock::now() - begun;
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

// Of several portals that share the vault one sweeps; the claim is given back after each round, so
// that a portal that hangs keeps nobody from it for longer than it hangs.
SweepReport Sweeper::sweep_if_claimed(bool first_of_the_day) {
  SweepReport report;
  const auto claim = parts_.vault.claim_round(escrow::Round::sweep);
  if (!claim) {
    report.faults.push_back(claim.error());
  }
  if (!claim || *claim == nullptr) {
    return report;
  }
  auto clock_fault = parts_.due != nullptr ? parts_.due->step() : std::nullopt;
  report = sweep_once(parts_);
  if (first_of_the_day) {
    EndsReport ends = look_at_ends(parts_);
    std::move(ends.faults.begin(), ends.faults.end(), std::back_inserter(report.faults));
  }
  if (clock_fault) {
    report.faults.push_back(std::move(*clock_fault));
  }
  if (parts_.held != nullptr) {
    SweepReport held = sweep_held(*parts_.held);
    report.deleted += held.deleted;
    std::move(held.faults.begin(), held.faults.end(), std::back_inserter(report.faults));
  }
  return report;
}

std::chrono::steady_clock::duration pause_behind(std::chrono::steady_clock::duration looking) {
  using std::chrono::steady_clock;
  return std::clamp<steady_clock::duration>(9 * looking, std::chrono::seconds(5),
                                            std::chrono::minutes(1));
}

void Sweeper::run() {
  using std::chrono::steady_clock;
  FaultMemory memory;
  auto new_day = steady_clock::now();
  for (;;) {
    const auto begun = steady_clock::now();
    const bool first_of_the_day = begun >= new_day;
    if (first_of_the_day) {
      new_day = begun + std::chrono::hours(24);
    }
    if (first_of_the_day && parts_.guesses != nullptr) {
      parts_.guesses->sweep();
    }
    SweepReport report = sweep_if_claimed(first_of_the_day);
    for (const Fault& fault : memory.worth_saying(std::move(report.faults), parts_.clock.now())) {
      log::fault(log::Level::error, "-", fault);
    }
    if (report.deleted > 0) {
      log::event(log::Level::info, "-", "swept", {{"deleted", std::to_string(report.deleted)}});
    }
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, pause_behind(report.looking), [this] { return stop_; })) {
      return;
    }
  }
}

}  // namespace phimilter::portal
