// SPDX-License-Identifier: Apache-2.0
//
// What a person has to decide: holding a message, letting it go, and holding one that has failed
// too often.
#include <algorithm>

#include "base/encoding.h"
#include "base/log.h"
#include "milter/pipeline.h"
#include "milter/records.h"
#include "milter/work.h"

namespace phimilter::milter {

namespace {

using policy::Method;

// "id=..." of a field that was not made for this message.
std::optional<EscrowId> entry_named(std::string_view value) {
  constexpr std::string_view kName = "id=";
  const auto at = value.find(kName);
  return at == std::string_view::npos ? std::nullopt
                                      : EscrowId::parse(value.substr(at + kName.size(), 32));
}

Fault mismatch() {
  return permanent_fault("release.mismatch", "a release was not made for this message");
}

// Waiting mends what is about a machine. It does not mend what is about the message: a fault of
// ours, a record that cannot be made of it, a decision that the rules do not give.
bool stays(const Fault& fault) {
  return fault.kind == FaultKind::bug || fault.id == "policy.undecided" ||
         (fault.kind == FaultKind::permanent && fault.id != "proof.header" &&
          fault.id.rfind("batch.", 0) != 0 && fault.id.rfind("release.", 0) != 0) ||
         fault.id == "pgp.encrypt" || fault.id == "pgp.key" || fault.id == "smime.cms" ||
         fault.id == "smime.certificate";
}

}  // namespace

// A field of somebody who has no link key says nothing, as any field of ours from outside. But one
// that names an entry which waits here is a release gone wrong: were it taken for a new message,
// what was held would leave a second time.
Status Pipeline::take_release(Work& work) const {
  const auto fields = work.message.headers.all(delivery::kReleaseField);
  if (fields.empty() || ports_.held == nullptr || ports_.link_key == nullptr) {
    return {};
  }
  const std::string value = mail::unfolded(fields.front()->value);
  const auto body = work.message.body.view();
  if (!body) {
    return fail(body.error());
  }
  auto release = delivery::believed_release(value, delivery::body_digest(*body), *ports_.link_key);
  if (!release) {
    const auto id = entry_named(value);
    const auto entry = id ? ports_.held->status(*id, ports_.clock->now())
                          : Result<std::optional<escrow::EntryStatus>>(std::nullopt);
    return entry && !*entry ? Status() : fail(entry ? mismatch() : entry.error());
  }
  if (release->probe) {
    return fail(permanent_fault("release.ready", "held messages can be released at this listener"));
  }
  const auto& recipients = work.message.envelope.recipients;
  if (fields.size() != 1 || recipients.size() != 1 || work.key(0) != release->recipient_key) {
    return fail(mismatch());
  }
  mail::Client& client = work.message.envelope.client;
  client.login = release->login;
  client.address = release->client;
  client.daemon_name = release->listener;
  work.release = std::move(release);
  return {};
}

void Pipeline::let_go_clear(Work& work) const {
  const bool wanted = work.release && work.release->clear && options_.hold.clear_release;
  if (!wanted || work.decision.sensitive || work.decision.treatments.size() != 1 ||
      work.decision.treatments[0].method == Method::reject) {
    return;
  }
  policy::Treatment& treatment = work.decision.treatments[0];
  treatment.method = Method::pass;
  treatment.key.reset();
  treatment.reasons.emplace_back("released in the clear");
}

// Once: an entry that was let go is marked before phictl hears of it. A try that stopped half-way
// goes on.
Status Pipeline::check_release(const Work& work) const {
  if (!work.release) {
    return {};
  }
  if (work.method(0) == Method::reject) {
    return fail(permanent_fault("release.rejected", "the rules refuse what a person released"));
  }
  auto entry = ports_.held->status(work.release->id, ports_.clock->now());
  if (!entry) {
    return fail(entry);
  }
  const bool waits = *entry && (*entry)->state != escrow::EntryState::released &&
                     (*entry)->state != escrow::EntryState::retracted;
  if (!waits && !work.intent_on_record) {
    return fail(permanent_fault("release.again", "a held message is released a second time")
                    .with("entry", work.release->id.str()));
  }
  return {};
}

Status Pipeline::note_released(const Work& work) const {
  return work.release ? ports_.held->mark_released(work.release->id) : Status();
}

// The sender is told first, as of a refusal. The marker says that the hold is on record, and stands
// before the record: a hold without it would wait for nobody.
Status Pipeline::settle_hold(Work& work, std::size_t recipient) const {
  if (options_.hold.tell_sender) {
    auto told = tell_sender(work, recipient, delivery::News::held, {});
    if (!told) {
      return fail(told);
    }
  }
  auto marked = ports_.held->mark_noticed(held_id(work.claim->token(work.key(recipient))));
  if (!marked) {
    return marked;
  }
  auto written = ports_.journal->append(held_record(work, recipient));
  if (!written) {
    return fail(written);
  }
  work.claim->settled(work.key(recipient));
  work.statuses[recipient] = "held";
  log::event(log::Level::warning, work.message.queue_id, "message_held",
             {{"entry", held_id(work.claim->token(work.key(recipient))).str()}});
  return {};
}

// Enough of a decision to say who is to be held, where none was reached.
bool Pipeline::stand_for_decision(Work& work) const {
  if (work.facts.empty()) {
    delivery::FactSources sources = without_lookups();
    sources.aliases = ports_.facts.aliases;
    work.facts = delivery::gather_facts(sources, work.message, {}, ports_.clock->now());
  }
  if (work.context.size == 0) {
    work.context = delivery::message_context(work.message, ports_.facts.own_domains);
  }
  if (work.decision.treatments.size() != work.facts.size()) {
    work.decision.treatments.clear();
    for (const policy::RecipientFacts& facts : work.facts) {
      policy::Treatment treatment;
      treatment.method = facts.internal ? Method::pass : Method::hold;
      treatment.reasons = {facts.internal ? "internal recipient" : "undecided"};
      work.decision.treatments.push_back(std::move(treatment));
    }
  }
  work.statuses.resize(work.facts.size());
  work.algorithms.resize(work.facts.size());
  return (work.claim || claim(work, std::chrono::milliseconds(0))) && join_batch(work);
}

bool Pipeline::hold_instead(Work& work, const Fault& fault) const {
  const delivery::Tries tries =
      work.claim ? ports_.ledger->tries(work.claim->digest(), fault.id) : delivery::Tries{};
  const auto waited = ports_.clock->now() - tries.first;
  if (ports_.held == nullptr || options_.hold.tries == 0 || work.release || !stays(fault) ||
      tries.count < options_.hold.tries || waited < std::chrono::minutes(options_.hold.minutes)) {
    return false;
  }
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    const auto aside = work.set_aside.find(i);
    const bool stuck =
        work.set_aside.empty() || (aside != work.set_aside.end() && stays(aside->second));
    policy::Treatment& treatment = work.decision.treatments[i];
    if (work.settled(i)) {
      treatment = work.claim->stored(work.key(i))->treatment;
      continue;
    }
    if (work.facts[i].internal || !stuck) {
      continue;
    }
    treatment.method = Method::hold;
    treatment.key.reset();
    treatment.reasons.push_back("held after " + std::to_string(tries.count) +
                                " tries: " + fault.id);
  }
  return true;
}

const Fault& Pipeline::told_of(const Work& work) {
  const auto lasting = std::find_if(work.set_aside.begin(), work.set_aside.end(),
                                    [](const auto& aside) { return stays(aside.second); });
  return (lasting == work.set_aside.end() ? work.set_aside.begin() : lasting)->second;
}

// Best effort: the intent on record proves the decision already. Without an intent nothing was
// decided that could leave, and a client that tries again and again must not fill the journal; only
// what will be held after so many tries is counted there, and so often.
void Pipeline::record_failure(Work& work, const Fault& fault) const {
  const bool counts = stays(fault) && !work.release && ports_.held != nullptr &&
                      options_.hold.tries > 0 && stand_for_decision(work);
  const bool counted =
      counts && ports_.ledger->tries(work.claim->digest(), fault.id).count < options_.hold.tries;
  if (!work.intent_on_record && !counted) {
    return;
  }
  const auto written = ports_.journal->append(failure_record(work, fault));
  if (!written) {
    log::fault(log::Level::error, work.message.queue_id, written.error());
  }
  if (counted) {
    ports_.ledger->tried(work.claim->digest(), fault.id, ports_.clock->now());
  }
}

}  // namespace phimilter::milter
