// SPDX-License-Identifier: Apache-2.0
#include "portal/access.h"

namespace phimilter::portal {
namespace {

bool locked_at(const AccessState& state, Timestamp now) {
  return state.locked_until && now < *state.locked_until;
}

bool code_waits(const AccessState& state, Timestamp now) {
  return !state.code_hash.empty() && state.code_expires && now < *state.code_expires;
}

// A passphrase that the sender set comes as the answer to one of these.
ProofKind kind_of(const std::string& question) {
  const bool passphrase = question.empty() || question == escrow::passphrase_question({}) ||
                          question == escrow::passphrase_question("en") ||
                          question == escrow::passphrase_question("es");
  return passphrase ? ProofKind::passphrase : ProofKind::question;
}

}  // namespace

Result<Access::Held> Access::hold(const EscrowId& id) {
  Held held{std::unique_lock(held_[std::hash<EscrowId>{}(id) % held_.size()]), nullptr};
  auto claim = parts_.vault.claim(id, escrow::ClaimKind::proofs);
  if (!claim) {
    return fail(claim);
  }
  held.everywhere = std::move(*claim);
  return held;
}

Result<Access::Challenge> Access::challenge_of(const escrow::EntryFacts& facts,
                                               const AccessState& state) {
  Challenge challenge;
  if (!state.answer_hash.empty()) {
    challenge.main = kind_of(state.question);
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
    challenge.main = kind_of((*stored)->question);
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
  if (locked_at(state, now)) {
    visit.locked_s = std::chrono::ceil<std::chrono::seconds>(*state.locked_until - now).count();
  } else {
    const auto locked =
        parts_.guesses.locked_s(GuessScope::recipient, mailbox_name(visit.facts->recipient));
    if (!locked) {
      return fail(locked.error());
    }
    visit.locked_s = *locked;
  }
  visit.standing = visit.locked_s > 0 ? Standing::locked : Standing::open;
  visit.code_waits = code_waits(state, now);
  visit.sealed_bytes = static_cast<std::size_t>((*status)->size);
  return visit;
}

Status Access::forget_guesses(const escrow::EntryFacts& facts) {
  parts_.guesses.forget_link(facts.id.str());
  return parts_.guesses.forget(GuessScope::recipient, mailbox_name(facts.recipient));
}

void Access::plan(Visit& visit, ProofKind main, const Given& given) const {
  const ProofPlan planned = plan_proofs(main, visit.facts->sensitive, given, parts_.rules);
  visit.kind = planned.kind;
  visit.step = planned.step;
  visit.steps = planned.steps;
  visit.given = planned.given;
}

Result<Visit> Access::look(const EscrowId& id, const Given& given) {
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
  ProofKind main = challenge->main;
  visit->question = challenge->question;
  if (state->answer_hash.empty()) {
    // Not taken in yet. It is read and left where it is: looking changes nothing.
    auto brought = parts_.vault.take_proof(id);
    if (!brought) {
      return fail(brought);
    }
    if (*brought) {
      main = kind_of((*brought)->question);
      visit->question = (*brought)->question;
    }
  }
  plan(*visit, main, given);
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
  auto hash = parts_.slow_hash.hash(escrow::normalise_answer((*proof)->answer.view()));
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
  if (!held) {
    return fail(held.error());
  }
  auto state = parts_.states.load(id);
  if (!state) {
    return fail(state);
  }
  return take_in_held(id, *state);
}

// Held by the caller. A visit that is not open ends here.
Result<Access::Attempt> Access::begin(const EscrowId& id, const Given& given) {
  auto state = parts_.states.load(id);
  if (!state) {
    return fail(state);
  }
  auto visit = look_at(id, *state);
  if (!visit) {
    return fail(visit);
  }
  Attempt attempt{std::move(*state), std::move(*visit), {}};
  if (attempt.visit.standing != Standing::open) {
    return attempt;
  }
  if (Status taken = take_in_held(id, attempt.state); !taken) {
    return fail(taken);
  }
  auto challenge = challenge_of(*attempt.visit.facts, attempt.state);
  if (!challenge) {
    return fail(challenge);
  }
  attempt.challenge = std::move(*challenge);
  plan(attempt.visit, attempt.challenge.main, given);
  return attempt;
}

}  // namespace phimilter::portal
