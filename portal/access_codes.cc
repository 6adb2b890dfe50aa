// SPDX-License-Identifier: Apache-2.0
#include "base/limits.h"
#include "portal/access.h"
#include "portal/events.h"
#include "portal/mailed_code.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kCodesAnHour = 5;  // past it: wait; keeps a mailbox from being flooded

}  // namespace

// A mailbox that the clinic did not attach gets nothing.
Result<bool> Access::may_have_code(const Attempt& attempt, const std::string& other_address) const {
  const auto recipient = mail::Address::parse(attempt.visit.facts->recipient);
  const auto other = mail::Address::parse(other_address);
  if (!recipient || !other) {
    return false;
  }
  if (*recipient == *other) {
    return true;
  }
  return parts_.attached == nullptr ? Result<bool>(false)
                                    : parts_.attached->is_attached(*recipient, *other);
}

// To another address in the background whether or not it may have it, so that the time tells
// nothing.
Status Access::mail(const Attempt& attempt, const std::string& code, const CodeWish& wish,
                    bool may_have) {
  if (wish.other_address.empty()) {
    return parts_.mail_code(*attempt.visit.facts, code, wish.language);
  }
  if (may_have) {
    escrow::EntryFacts facts = *attempt.visit.facts;
    facts.recipient = wish.other_address;
    parts_.mail_code_later(facts, code, wish.language);
  }
  return {};
}

Result<CodeRequest> Access::send_code(const EscrowId& id, const CodeWish& wish,
                                      const Given& given) {
  const auto held = hold(id);
  if (!held) {
    return fail(held.error());
  }
  auto attempt = begin(id, given);
  if (!attempt) {
    return fail(attempt);
  }
  if (attempt->visit.standing != Standing::open) {
    return attempt->visit.standing == Standing::locked ? CodeRequest::locked : CodeRequest::gone;
  }
  if (attempt->visit.kind != ProofKind::code || attempt->visit.given) {
    return CodeRequest::not_needed;
  }
  const Timestamp now = parts_.clock.now();
  AccessState& state = attempt->state;
  std::erase_if(state.codes_sent,
                [now](Timestamp at) { return now - at >= std::chrono::hours(1); });
  if (state.codes_sent.size() >= kCodesAnHour) {
    return CodeRequest::too_many;
  }
  const auto flooded =
      parts_.guesses.count(GuessScope::code_mails, mailbox_name(attempt->visit.facts->recipient));
  if (!flooded || *flooded > 0) {
    return flooded ? Result<CodeRequest>(CodeRequest::too_many) : fail(flooded.error());
  }
  const auto may_have = may_have_code(*attempt, wish.other_address);
  const std::string code = random_code();
  auto hash = parts_.slow_hash.hash(escrow::normalise_code(code));
  if (!may_have || !hash) {
    return may_have ? fail(hash) : fail(may_have.error());
  }
  state.code_hash = std::move(*hash);
  state.code_address = wish.other_address;
  state.code_expires = now + std::chrono::seconds(limits::kCodeS);
  state.codes_sent.push_back(now);
  if (Status saved = parts_.states.save(id, state); !saved) {
    return fail(saved);
  }
  if (Status recorded = record_events(parts_.journal, *attempt->visit.facts, wish.peer,
                                      {audit::Event::challenged});
      !recorded) {
    return fail(recorded);
  }
  if (Status mailed = mail(*attempt, code, wish, *may_have); !mailed) {
    return fail(mailed);
  }
  return CodeRequest::sent;
}

}  // namespace phimilter::portal
