// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/limits.h"
#include "portal/access.h"
#include "portal/events.h"

namespace phimilter::portal {
namespace {

// A link's lock lasts twice as long as the one before, up to 32 hours: five guesses each quarter of
// an hour would go through all dates of birth within the time that a message is kept.
const GuessRule kLinkRule{.tries = limits::kProofTries,
                          .window = std::chrono::hours(24),
                          .first_lock = std::chrono::seconds(limits::kProofLockS),
                          .longest_lock = std::chrono::seconds(128 * limits::kProofLockS)};
// Without the other hosts' counts.
constexpr int kTriesAlone = (limits::kProofTries + 1) / 2;

Answered locked_for(std::int64_t seconds) {
  return Answered{Verdict::locked, 0, seconds};
}

}  // namespace

Result<bool> Access::check(const Attempt& attempt, std::string_view answer) {
  const bool fits = answer.size() <= limits::kProofAnswer;
  const bool code = attempt.visit.kind == ProofKind::code;
  const std::string_view read = answer.substr(0, limits::kProofAnswer);
  std::vector<Secret> readings;
  if (code) {
    readings.push_back(escrow::normalise_code(read));
  } else {
    readings = escrow::answer_readings(read);
  }
  if (code || !attempt.challenge.stored_answer) {
    auto right = parts_.slow_hash.check(
        readings, code ? attempt.state.code_hash : attempt.challenge.answer_hash);
    return right ? Result<bool>(*right && fits) : fail(right);
  }
  // The same work as for a kept hash, so that the time tells nothing about where the question came
  // from.
  if (auto same_work = parts_.slow_hash.check(readings, {}); !same_work) {
    return fail(same_work);
  }
  return fits && std::ranges::any_of(readings, [&attempt](const Secret& reading) {
           return !reading.empty() &&
                  constant_time_equal(reading.span(), attempt.challenge.stored_answer->span());
         });
}

Status Access::count_link(const EscrowId& id, AccessState& state, std::int64_t& locked_s) {
  const Timestamp now = parts_.clock.now();
  bool alone = false;
  locked_s = parts_.guesses.count_link(id.str(), kLinkRule, alone);
  if (locked_s > 0) {
    return {};
  }
  if (state.locked_until) {
    state.locked_until.reset();
    state.wrong_tries = 0;
  }
  ++state.wrong_tries;
  if (state.wrong_tries >= (alone ? kTriesAlone : limits::kProofTries)) {
    ++state.locks;
    state.locked_until = now + lock_time(kLinkRule, state.locks);
  }
  return parts_.states.save(id, state);
}

// Before the check, so that neither a kill nor a second request at the same time gives a free
// guess.
Result<std::int64_t> Access::count_try(const EscrowId& id, Attempt& attempt,
                                       const std::string& peer) {
  const std::string network = parts_.guesses.network_of(peer);
  const auto from_network = parts_.guesses.count(GuessScope::network, network);
  if (!from_network || *from_network > 0) {
    return from_network;
  }
  const auto of_recipient =
      parts_.guesses.count(GuessScope::recipient, mailbox_name(attempt.visit.facts->recipient));
  if (!of_recipient || *of_recipient > 0) {
    return of_recipient;
  }
  std::int64_t locked_s = 0;
  if (Status counted = count_link(id, attempt.state, locked_s); !counted) {
    return fail(counted);
  }
  return locked_s;
}

// A right answer is no guess.
Status Access::take_back(const Attempt& attempt, const std::string& peer) {
  if (Status back = parts_.guesses.take_back(GuessScope::network, parts_.guesses.network_of(peer));
      !back) {
    return back;
  }
  return parts_.guesses.take_back(GuessScope::recipient,
                                  mailbox_name(attempt.visit.facts->recipient));
}

// As if the try had not been made: it was right, or nobody could look at it.
Status Access::uncount(Attempt& attempt, const std::string& peer) {
  AccessState& state = attempt.state;
  if (state.locked_until) {
    state.locked_until.reset();
    --state.locks;
  }
  --state.wrong_tries;
  const EscrowId& id = attempt.visit.facts->id;
  if (Status saved = parts_.states.save(id, state); !saved) {
    return saved;
  }
  parts_.guesses.take_back_link(id.str(), kLinkRule);
  return take_back(attempt, peer);
}

Result<Answered> Access::refused(const Attempt& attempt, const std::string& peer) {
  using audit::Event;
  const AccessState& state = attempt.state;
  const bool locked = state.locked_until.has_value();
  Status recorded = locked ? record_events(parts_.journal, *attempt.visit.facts, peer,
                                           {Event::challenged, Event::refused, Event::locked})
                           : record_events(parts_.journal, *attempt.visit.facts, peer,
                                           {Event::challenged, Event::refused});
  if (!recorded) {
    return fail(recorded);
  }
  return Answered{locked ? Verdict::locked : Verdict::wrong,
                  limits::kProofTries - state.wrong_tries,
                  locked ? lock_time(kLinkRule, state.locks).count() : 0, attempt.visit.kind};
}

// The count goes on: else who knows the first proof could guess at the second for ever.
Result<Answered> Access::first_given(Attempt& attempt, const std::string& peer) {
  if (attempt.visit.kind == ProofKind::code) {
    attempt.state.code_hash.clear();
    attempt.state.code_expires.reset();
  }
  if (Status back = uncount(attempt, peer); !back) {
    return fail(back);
  }
  if (Status recorded =
          record_events(parts_.journal, *attempt.visit.facts, peer, {audit::Event::challenged});
      !recorded) {
    return fail(recorded);
  }
  return Answered{Verdict::one_more, limits::kProofTries, 0, attempt.visit.kind};
}

Result<Answered> Access::verified(Attempt& attempt, const std::string& peer, bool counted) {
  using audit::Event;
  AccessState& state = attempt.state;
  state.begin_count_anew();
  const bool by_code = attempt.visit.kind == ProofKind::code && counted;
  std::string address =
      by_code && !state.code_address.empty() ? state.code_address : attempt.visit.facts->recipient;
  state.code_address.clear();
  state.code_hash.clear();
  state.code_expires.reset();
  if (!state.first_shown) {
    state.first_shown = parts_.clock.now();
  }
  const escrow::EntryFacts& facts = *attempt.visit.facts;
  if (Status saved = parts_.states.save(facts.id, state); !saved) {
    return fail(saved);
  }
  if (counted) {
    if (Status back = take_back(attempt, peer); !back) {
      return fail(back);
    }
    if (Status forgotten =
            parts_.guesses.forget(GuessScope::recipient, mailbox_name(facts.recipient));
        !forgotten) {
      return fail(forgotten);
    }
    parts_.guesses.forget_link(facts.id.str());
  }
  Status recorded = record_events(parts_.journal, facts, peer,
                                  {Event::challenged, Event::verified, Event::shown});
  if (!recorded) {
    return fail(recorded);
  }
  return Answered{Verdict::right, limits::kProofTries, 0, attempt.visit.kind, std::move(address)};
}

Result<Answered> Access::answer(const EscrowId& id, std::string_view answer,
                                const std::string& peer, const Given& given) {
  const auto held = hold(id);
  if (!held) {
    return fail(held.error());
  }
  auto attempt = begin(id, given);
  if (!attempt) {
    return fail(attempt);
  }
  const Visit& visit = attempt->visit;
  if (visit.standing != Standing::open) {
    return visit.standing == Standing::locked ? locked_for(visit.locked_s) : Answered();
  }
  // Nothing that could be typed in here is missing.
  const bool not_here = visit.given || visit.kind == ProofKind::account;
  if (not_here || (visit.kind == ProofKind::code && !visit.code_waits)) {
    return Answered{Verdict::no_code, 0, 0, visit.kind};
  }
  const auto locked = count_try(id, *attempt, peer);
  if (!locked) {
    return fail(locked.error());
  }
  if (*locked > 0) {
    return locked_for(*locked);
  }
  auto right = check(*attempt, answer);
  if (!right) {
    const Status back = uncount(*attempt, peer);
    return fail(back ? right.error() : back.error());
  }
  if (!*right) {
    return refused(*attempt, peer);
  }
  Given more = given;
  more.first = visit.step == 1 ? std::optional(visit.kind) : given.first;
  const bool last =
      visit.step == visit.steps ||
      plan_proofs(attempt->challenge.main, visit.facts->sensitive, more, parts_.rules).given;
  return last ? verified(*attempt, peer, true) : first_given(*attempt, peer);
}

Result<Answered> Access::open(const EscrowId& id, const std::string& peer, const Given& given) {
  const auto held = hold(id);
  if (!held) {
    return fail(held.error());
  }
  auto attempt = begin(id, given);
  if (!attempt) {
    return fail(attempt);
  }
  const Visit& visit = attempt->visit;
  if (visit.standing != Standing::open) {
    return visit.standing == Standing::locked ? locked_for(visit.locked_s) : Answered();
  }
  if (!visit.given) {
    return Answered{Verdict::wrong, 0, 0, visit.kind};
  }
  return verified(*attempt, peer, false);
}

}  // namespace phimilter::portal
