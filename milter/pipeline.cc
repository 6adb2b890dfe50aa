// SPDX-License-Identifier: Apache-2.0
#include "milter/pipeline.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/log.h"
#include "milter/message_log.h"
#include "milter/records.h"
#include "milter/used_keys.h"
#include "milter/work.h"

namespace phimilter::milter {

namespace {

using delivery::Route;
using policy::Method;

// A room's permanent fault is about what the room was asked (no such entry, a record that is too
// long). The sender is at fault only for a proof header that cannot be read, and nothing else is
// refused for good; and what phictl asks for itself.
Reply reply_to(Fault fault) {
  static const std::map<std::string_view, Reply> kNamed{
      {"proof.header", Reply::bad_proof_header},
      {"batch.header", Reply::bad_batch_header},
      {"batch.other_content", Reply::batch_item_differs},
      {"batch.full", Reply::batch_full},
      {"batch.busy", Reply::try_later_busy},
      {"release.ready", Reply::release_ready},
      {"release.again", Reply::released_already},
      {"release.mismatch", Reply::release_mismatch},
      {"release.rejected", Reply::rejected_by_policy},
  };
  if (const auto named = kNamed.find(fault.id); named != kNamed.end()) {
    return named->second;
  }
  if (fault.kind == FaultKind::permanent) {
    fault.kind = FaultKind::transient;
  }
  if (fault.id.rfind("policy.", 0) == 0 && fault.kind == FaultKind::transient) {
    return Reply::undecided;
  }
  return reply_for(fault);
}

// No rule asked for anything, and nothing that a look-up could say would change that.
bool nothing_found(const Work& work) {
  const auto& treatments = work.decision.treatments;
  return work.decision.scope == policy::Scope::phi && work.decision.rules.empty() &&
         work.decision.marks.empty() && work.findings.complete &&
         std::all_of(treatments.begin(), treatments.end(), [](const policy::Treatment& treatment) {
           return treatment.method == Method::pass;
         });
}

std::vector<std::string> proof_keys(const std::vector<GivenProof>& proofs) {
  std::vector<std::string> keys;
  for (const GivenProof& given : proofs) {
    keys.push_back(given.address_key);
  }
  return keys;
}

// An earlier try wrote down the very treatments of this one.
bool all_on_record(const Work& work) {
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    const auto stored = work.claim->stored(work.key(i));
    if (!stored || stored->treatment != work.decision.treatments[i]) {
      return false;
    }
  }
  return true;
}

// A second spelling of a mailbox shares the outcome of the first.
void share_statuses(Work& work) {
  std::map<std::string_view, std::size_t> firsts;
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    const std::size_t first = firsts.emplace(work.key(i), i).first->second;
    if (work.statuses[i].empty() && first < i) {
      work.statuses[i] = work.statuses[first];
      work.algorithms[i] = work.algorithms[first];
    }
    if (work.statuses[i].empty()) {
      work.statuses[i] = "settled earlier";
    }
  }
}

Answer answer_for(Route route) {
  switch (route) {
    case Route::untouched:
    case Route::in_place:
      return {Answer::Kind::accept, {}};
    case Route::reentry:
      return {Answer::Kind::discard, {}};
    case Route::refused:
      return {Answer::Kind::reply, Reply::rejected_by_policy};
  }
  return {};
}

}  // namespace

Answer Pipeline::run(mail::CapturedMessage message, MessageEditor& editor) const {
  static constexpr std::array<Step, 12> kWay{
      &Pipeline::take_controls, &Pipeline::extract, &Pipeline::detect, &Pipeline::decide,
      &Pipeline::recall,        &Pipeline::group,   &Pipeline::intend, &Pipeline::protect,
      &Pipeline::seal,          &Pipeline::reenter, &Pipeline::apply,  &Pipeline::record,
  };
  // What has failed too often goes the end of the way once more, held.
  static constexpr std::size_t kFromGroup = 5;
  Work work(std::move(message), editor);
  work.policy = ports_.policy->get();
  Status done = walk(work, kWay);
  if (!done && hold_instead(work, done.error())) {
    done = walk(work, std::span(kWay).subspan(kFromGroup));
  }
  if (!done) {
    Answer answer{Answer::Kind::reply, reply_to(done.error())};
    log_message(work, smtp_reply(answer.reply).code >= 500 ? "refused" : "deferred");
    return answer;
  }
  Answer answer = answer_for(work.plan.route);
  answer.open = open_outcome(work);
  log_message(work, answer.kind == Answer::Kind::reply ? "refused" : "accepted");
  return answer;
}

Status Pipeline::walk(Work& work, std::span<const Step> way) const {
  for (const Step step : way) {
    auto done = (this->*step)(work);
    if (!done) {
      const bool said = !work.set_aside.empty() || done.error().id == "release.ready" ||
                        done.error().id == "delivery.in_work";
      log::fault(said ? log::Level::info : log::Level::error, work.message.queue_id, done.error());
      record_failure(work, done.error());
      return done;
    }
  }
  return {};
}

Status Pipeline::take_controls(Work& work) const {
  auto released = take_release(work);
  if (!released) {
    return released;
  }
  const Sender sender = work.release || is_trusted(work.message.envelope.client, options_.trusted)
                            ? Sender::believed
                            : Sender::not_believed;
  auto taken =
      take_control_headers(work.message, sender, options_.proof_header, ports_.facts.own_domains);
  if (!taken) {
    return fail(taken);
  }
  work.message.headers = std::move(taken->remaining);
  work.proofs = std::move(taken->proofs);
  work.taken = std::move(taken->taken);
  return take_batch(work);
}

Status Pipeline::extract(Work& work) const {
  auto text = ports_.extractor->extract(work.message);
  if (!text) {
    return fail(text);
  }
  work.text = std::move(*text);
  return {};
}

Status Pipeline::detect(Work& work) const {
  work.context = delivery::message_context(work.message, ports_.facts.own_domains);
  work.context.released = work.release.has_value();
  if (may_mark(work.message.envelope.client, options_.trusted)) {
    work.context.mark_fields =
        mark_fields(work.taken, work.message.headers, work.policy->mark_headers());
  }
  work.findings = work.policy->detect(work.text, work.context);
  return {};
}

delivery::FactSources Pipeline::without_lookups() const {
  delivery::FactSources sources;
  sources.own_domains = ports_.facts.own_domains;
  return sources;
}

// Keys are looked up only when something is to be protected: most mail is not, and must not wait
// for gpg.
Status Pipeline::decide(Work& work) const {
  for (const bool look_up : {false, true}) {
    work.looked_up = look_up;
    work.facts = delivery::gather_facts(look_up ? ports_.facts : without_lookups(), work.message,
                                        proof_keys(work.proofs), ports_.clock->now());
    auto decision = work.policy->decide(work.text, work.findings, work.context, work.facts);
    if (!decision) {
      if (look_up) {
        return fail(decision);
      }
      continue;
    }
    if (decision->treatments.size() != work.facts.size()) {
      return fail(bug_fault("pipeline.treatments", "not one treatment for each recipient"));
    }
    work.decision = std::move(*decision);
    name_key_sources(work);
    if (nothing_found(work)) {
      break;
    }
  }
  let_go_clear(work);
  work.statuses.resize(work.facts.size());
  work.algorithms.resize(work.facts.size());
  return {};
}

Status Pipeline::group(Work& work) const {
  if (!work.marked_headers) {
    work.marked_headers = work.message.headers;
  }
  if (work.decision.scope != policy::Scope::monitor) {
    work.message.headers = work.policy->without_marks(work.message.headers, work.text);
  }
  std::vector<delivery::Addressee> addressees;
  for (const policy::RecipientFacts& facts : work.facts) {
    addressees.push_back({facts.address.key(), facts.blind, facts.internal});
  }
  work.plan = delivery::plan_groups(
      work.decision.treatments, addressees,
      {options_.reentry_always,
       work.claim->begun() || work.release.has_value() || work.batch_claim.has_value()});
  return {};
}

Status Pipeline::intend(Work& work) const {
  if (work.plan.route == Route::untouched || work.plan.route == Route::refused) {
    return {};
  }
  if (!all_on_record(work)) {
    auto written =
        ports_.journal->append(intended_record(work, {ports_.link_key, ports_.bound_links}));
    if (!written) {
      return fail(written);
    }
    for (std::size_t i = 0; i < work.facts.size(); ++i) {
      work.claim->intended(work.key(i), work.decision.treatments[i]);
    }
  }
  work.intent_on_record = true;
  return record_late(work);
}

Status Pipeline::apply(Work& work) const {
  if (work.plan.route == Route::untouched) {
    if (work.captured_headers == work.message.headers) {
      return {};
    }
    return work.editor.apply(mail::plan_edits(work.captured_headers, work.message.headers, false),
                             {});
  }
  if (work.plan.route != Route::in_place) {
    return {};
  }
  const Copy& copy = work.copies.front();
  const delivery::Variant& variant = copy.variant;
  auto body = delivery::body_of(variant, work.message);
  if (!body) {
    return fail(body);
  }
  // First: what nobody was told of is swept, and a notice on its way has no other moment.
  if (copy.place) {
    auto marked = ports_.vault->mark_noticed(copy.place->link.id);
    if (!marked) {
      return marked;
    }
  }
  return work.editor.apply(mail::plan_edits(work.captured_headers, variant.headers, true), *body);
}

// An MTA that is gone hears no answer, and its client comes again: what was sent until then is left
// out of the next try as long as this one is not complete.
Status Pipeline::still_awaited(Work& work) const {
  work.awaited = std::chrono::steady_clock::now();
  if (work.plan.route == Route::reentry && !work.editor.mta_waits()) {
    return fail(transient_fault(std::string(delivery::kUnheardFault),
                                "the MTA does not wait for the answer any more"));
  }
  return {};
}

// Before the MTA is told yes, each recipient's outcome is on record.
Status Pipeline::check_settled(const Work& work) const {
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    const auto stored = work.claim->stored(work.key(i));
    if (!stored || !stored->settled || !stored->unrecorded.empty()) {
      return fail(bug_fault("pipeline.unsettled", "a recipient's outcome is not on record"));
    }
  }
  return {};
}

Status Pipeline::record(Work& work) const {
  auto released = note_released(work);
  if (!released) {
    return released;
  }
  share_statuses(work);
  auto noted = note_batch(work);
  if (!noted) {
    return noted;
  }
  if (work.plan.route == Route::reentry) {
    auto settled = check_settled(work);
    if (settled) {
      note_used_keys(ports_.facts.keys, work, ports_.clock->now());
      settled = still_awaited(work);
    }
    return settled;
  }
  auto written =
      ports_.journal->append(outcome_record(work, {ports_.link_key, ports_.bound_links}));
  if (!written) {
    return fail(written);
  }
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    work.claim->completed(work.key(i));
  }
  note_used_keys(ports_.facts.keys, work, ports_.clock->now());
  return {};
}

std::unique_ptr<OpenOutcome> Pipeline::open_outcome(Work& work) const {
  if (work.plan.route != Route::reentry) {
    return nullptr;
  }
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    keys.push_back(work.key(i));
  }
  audit::Record record = outcome_record(work, {ports_.link_key, ports_.bound_links});
  work.claim->answered();
  return std::make_unique<OpenOutcome>(
      OpenOutcome{std::move(record), std::move(*work.claim), std::move(keys), work.awaited});
}

}  // namespace phimilter::milter
