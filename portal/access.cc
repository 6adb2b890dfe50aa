// SPDX-License-Identifier: Apache-2.0
#include "portal/access.h"

#include <algorithm>

#include "base/limits.h"
#include "portal/events.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kCodesAnHour = 5;  // past it: wait; keeps a mailbox from being flooded
constexpr int kDoublings = 7;            // a lock lasts twice as long as the one before, up to 32 h

// Five guesses each quarter of an hour would go through all dates of birth within the time that a
// message is kept.
std::chrono::seconds lock_time(int locks) {
  return std::chrono::seconds(limits::kProofLockS) * (1 << std::clamp(locks - 1, 0, kDoublings));
}

std::string random_code() {
  // Rejection keeps every code equally likely.
  std::uint32_t number = 0;
  do {
    std::array<std::uint8_t, 4> bytes{};
    fill_random(bytes);
    number = (static_cast<std::uint32_t>(bytes[0]) << 24) |
             (static_cast<std::uint32_t>(bytes[1]) << 16) |
             (static_cast<std::uint32_t>(bytes[2]) << 8) | bytes[3];
  } while (number >= 4'200'000'000U);
  const std::string digits = std::to_string(number % 100'000'000U);
  return std::string(8 - digits.size(), '0') + digits;
}

bool locked_at(const AccessState& state, Timestamp now) {
  return state.locked_until && now < *state.locked_until;
}

bool code_waits(const AccessState& state, Timestamp now) {
  return !state.code_hash.empty() && state.code_expires && now < *state.code_expires;
}

}  // namespace

std::unique_lock<std::mutex> Access::hold(const EscrowId& id) {
  return std::unique_lock(held_[std::hash<EscrowId>{}(id) % held_.size()]);
}

Result<Access::Challenge> Access::challenge_of(const escrow::EntryFacts& facts,
                                               const AccessState& state) {
  Challenge challenge;
  if (!state.answer_hash.empty()) {
    challenge.kind = ProofKind::question;
    challenge.question = state.question;
    challenge.answer_hash = state.answer_hash;
    return challenge;
  }
  // Without this, who loses or deletes the state would turn a question into a code to a mailbox.
  auto kept = parts_.vault.proof_removed(facts.id);
  if (!kept) {
    return fail(kept);
  }
  if (*kept) {
    return fail(
        transient_fault("portal.state_lost",
                        "the question that came with this message was in a state file that "
                        "is gone and the entry stays closed: bring portal.state back from a "
                        "backup, or have the message sent again")
            .with("entry", facts.id.str()));
  }
  if (parts_.recipients == nullptr) {
    return challenge;
  }
  auto address = mail::Address::parse(facts.recipient);
  if (!address) {
    return fail(address);
  }
  auto stored = parts_.recipients->proof(*address);
  if (!stored) {
    return fail(stored);
  }
  if (*stored) {
    challenge.kind = ProofKind::question;
    challenge.question = (*stored)->question;
    challenge.stored_answer = escrow::normalise_answer((*stored)->answer.view());
  }
  return challenge;
}

Result<Visit> Access::look_at(const EscrowId& id, const AccessState& state) {
  Visit visit;
  if (!state.ended.empty()) {
    visit.standing = state.ended == "retracted" ? Standing::retracted : Standing::expired;
    return visit;
  }
  const Timestamp now = parts_.clock.now();
  auto status = parts_.vault.status(id, now);
  if (!status) {
    return fail(status);
  }
  if (!*status) {
    return visit;
  }
  // Who holds the link has got the notice, so an entry that still waits for its marker is open to
  // them.
  if ((*status)->state == escrow::EntryState::expired ||
      (*status)->state == escrow::EntryState::retracted) {
    visit.standing =
        (*status)->state == escrow::EntryState::expired ? Standing::expired : Standing::retracted;
    return visit;
  }
  auto facts = parts_.vault.facts(id);
  if (!facts) {
    return fail(facts);
  }
  visit.facts = std::move(*facts);
  visit.standing = locked_at(state, now) ? Standing::locked : Standing::open;
  if (visit.standing == Standing::locked) {
    visit.locked_s = std::chrono::ceil<std::chrono::seconds>(*state.locked_until - now).count();
  }
  visit.code_waits = code_waits(state, now);
  visit.sealed_bytes = static_cast<std::size_t>((*status)->size);
  return visit;
}

Result<Visit> Access::look(const EscrowId& id) {
  auto state = parts_.states.load(id);
  if (!state) {
    return fail(state);
  }
  auto visit = look_at(id, *state);
  if (!visit || visit->standing != Standing::open) {
    return visit;
  }
  auto challenge = challenge_of(*visit->facts, *state);
  if (!challenge) {
    return fail(challenge);
  }
  visit->kind = challenge->kind;
  visit->question = challenge->question;
  if (state->answer_hash.empty()) {
    // Not taken in yet. It is read and left where it is: looking changes nothing.
    auto brought = parts_.vault.take_proof(id);
    if (!brought) {
      return fail(brought);
    }
    if (*brought) {
      visit->kind = ProofKind::question;
      visit->question = (*brought)->question;
    }
  }
  return visit;
}

Status Access::take_in_held(const EscrowId& id, AccessState& state) {
  auto proof = parts_.vault.take_proof(id);
  if (!proof) {
    return fail(proof);
  }
  if (!*proof) {
    return {};
  }
  auto hash = escrow::hash_answer(escrow::normalise_answer((*proof)->answer.view()), parts_.pepper);
  if (!hash) {
    return fail(hash);
  }
  state.question = (*proof)->question;
  state.answer_hash = std::move(*hash);
  if (Status saved = parts_.states.save(id, state); !saved) {
    return saved;
  }
  return parts_.vault.remove_proof(id);
}

Status Access::take_in(const EscrowId& id) {
  const auto held = hold(id);
  auto state = parts_.states.load(id);
  if (!state) {
    return fail(state);
  }
  return take_in_held(id, *state);
}

Result<bool> Access::check(const Challenge& challenge, const AccessState& state,
                           std::string_view given) {
  const Secret normalised = escrow::normalise_answer(given.substr(0, limits::kProofAnswer));
  if (challenge.stored_answer) {
    // The same work as for a kept hash, so that the time tells nothing about where the question
    // came from.
    static const Secret kAnything{std::string_view("anything")};
    auto same_work =
        escrow::hash_answer(normalised.empty() ? kAnything : normalised, parts_.pepper);
    if (!same_work) {
      return fail(same_work);
    }
    return given.size() <= limits::kProofAnswer && !normalised.empty() &&
           constant_time_equal(normalised.span(), challenge.stored_answer->span());
  }
  const std::string& hash =
      challenge.kind == ProofKind::question ? challenge.answer_hash : state.code_hash;
  auto right = escrow::check_answer(normalised, parts_.pepper, hash);
  if (!right) {
    return fail(right);
  }
  return *right == 1 && given.size() <= limits::kProofAnswer && !normalised.empty();
}

// Before the check, so that neither a kill nor a second request at the same time gives a free
// guess.
Status Access::count_try(const EscrowId& id, AccessState& state) {
  const Timestamp now = parts_.clock.now();
  if (state.locked_until) {
    state.locked_until.reset();
    state.wrong_tries = 0;
  }
  ++state.wrong_tries;
  if (state.wrong_tries >= limits::kProofTries) {
    ++state.locks;
    state.locked_until = now + lock_time(state.locks);
  }
  return parts_.states.save(id, state);
}

Result<Answered> Access::refused(const Visit& visit, const AccessState& state,
                                 const std::string& peer) {
  using audit::Event;
  const bool locked = state.locked_until.has_value();
  Status recorded = locked ? record_events(parts_.journal, *visit.facts, peer,
                                           {Event::challenged, Event::refused, Event::locked})
                           : record_events(parts_.journal, *visit.facts, peer,
                                           {Event::challenged, Event::refused});
  if (!recorded) {
    return fail(recorded);
  }
  return Answered{locked ? Verdict::locked : Verdict::wrong,
                  limits::kProofTries - state.wrong_tries,
                  locked ? lock_time(state.locks).count() : 0};
}

Result<Answered> Access::verified(const Visit& visit, AccessState& state, const std::string& peer) {
  using audit::Event;
  state.wrong_tries = 0;
  state.locks = 0;
  state.locked_until.reset();
  state.code_hash.clear();
  state.code_expires.reset();
  if (!state.first_shown) {
    state.first_shown = parts_.clock.now();
  }
  if (Status saved = parts_.states.save(visit.facts->id, state); !saved) {
    return fail(saved);
  }
  Status recorded = record_events(parts_.journal, *visit.facts, peer,
                                  {Event::challenged, Event::verified, Event::shown});
  if (!recorded) {
    return fail(recorded);
  }
  return Answered{Verdict::right, limits::kProofTries};
}

Result<Answered> Access::answer(const EscrowId& id, std::string_view given,
                                const std::string& peer) {
  const auto held = hold(id);
  auto state = parts_.states.load(id);
  if (!state) {
    return fail(state);
  }
  auto visit = look_at(id, *state);
  if (!visit) {
    return fail(visit);
  }
  if (visit->standing != Standing::open) {
    return Answered{visit->standing == Standing::locked ? Verdict::locked : Verdict::gone, 0,
                    visit->locked_s};
  }
  if (Status taken = take_in_held(id, *state); !taken) {
    return fail(taken);
  }
  auto challenge = challenge_of(*visit->facts, *state);
  if (!challenge) {
    return fail(challenge);
  }
  if (challenge->kind == ProofKind::code && !visit->code_waits) {
    return Answered{Verdict::no_code, 0};
  }
  if (Status counted = count_try(id, *state); !counted) {
    return fail(counted);
  }
  auto right = check(*challenge, *state, given);
  if (!right) {
    return fail(right);
  }
  return *right ? verified(*visit, *state, peer) : refused(*visit, *state, peer);
}

Result<CodeRequest> Access::send_code(const EscrowId& id, const std::string& language,
                                      const std::string& peer) {
  const auto held = hold(id);
  auto state = parts_.states.load(id);
  if (!state) {
    return fail(state);
  }
  auto visit = look_at(id, *state);
  if (!visit) {
    return fail(visit);
  }
  if (visit->standing != Standing::open) {
    return visit->standing == Standing::locked ? CodeRequest::locked : CodeRequest::gone;
  }
  if (Status taken = take_in_held(id, *state); !taken) {
    return fail(taken);
  }
  auto challenge = challenge_of(*visit->facts, *state);
  if (!challenge) {
    return fail(challenge);
  }
  if (challenge->kind != ProofKind::code) {
    return CodeRequest::not_needed;
  }
  const Timestamp now = parts_.clock.now();
  std::erase_if(state->codes_sent,
                [now](Timestamp at) { return now - at >= std::chrono::hours(1); });
  if (state->codes_sent.size() >= kCodesAnHour) {
    return CodeRequest::too_many;
  }
  const std::string code = random_code();
  auto hash = escrow::hash_answer(escrow::normalise_answer(code), parts_.pepper);
  if (!hash) {
    return fail(hash);
  }
  state->code_hash = std::move(*hash);
  state->code_expires = now + std::chrono::seconds(limits::kCodeS);
  state->codes_sent.push_back(now);
  if (Status saved = parts_.states.save(id, *state); !saved) {
    return fail(saved);
  }
  if (Status recorded =
          record_events(parts_.journal, *visit->facts, peer, {audit::Event::challenged});
      !recorded) {
    return fail(recorded);
  }
  if (Status mailed = parts_.mail_code(*visit->facts, code, language); !mailed) {
    return fail(mailed);
  }
  return CodeRequest::sent;
}

}  // namespace phimilter::portal
