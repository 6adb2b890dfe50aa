// SPDX-License-Identifier: Apache-2.0
//
// The step of the pipeline that goes on where an earlier try, or an earlier run, stopped.
#include <algorithm>

#include "delivery/submission.h"
#include "milter/patience.h"
#include "milter/pipeline.h"
#include "milter/work.h"

namespace phimilter::milter {

namespace {

using policy::KeyState;
using policy::Method;

bool needs_key(const policy::Treatment& treatment) {
  return treatment.method == Method::pgp || treatment.method == Method::smime;
}

// The key that was decided on is the recipient's no more: it can be used no longer, or another has
// taken its place. What could not be asked is not known to be so.
bool is_key_of_the_past(const policy::Treatment& stored, const policy::KeyFact& fact) {
  if (fact.state == KeyState::valid) {
    return fact.fingerprint && fact.fingerprint != stored.key;
  }
  return fact.state != KeyState::unknown;
}

// What takes the place of a treatment whose key is gone protects no less, whatever the rules say by
// now: the same method with the key that is valid, or else what needs no key.
policy::Treatment in_place_of(const policy::Treatment& stored, const policy::KeyFact& fact,
                              bool portal, bool hold) {
  policy::Treatment treatment = stored;
  if (fact.state == KeyState::valid) {
    treatment.key = fact.fingerprint;
    treatment.cms = fact.cms;
    treatment.reasons.emplace_back("the key was replaced since the first try");
  } else if (portal || hold) {
    treatment.method = portal ? Method::portal : Method::hold;
    treatment.key.reset();
    treatment.cms = {};
    treatment.reasons.push_back("instead of " + std::string(policy::to_string(stored.method)) +
                                ": its key is gone since the first try");
  }
  return treatment;
}

}  // namespace

// What an earlier try decided, holds: part of it may have left. Neither a changed policy nor a
// changed key book is asked again, but for a key that is the recipient's no more.
Status Pipeline::recall(Work& work) const {
  auto claimed = claim(work, std::chrono::milliseconds(kSameMailMs));
  if (!claimed) {
    return claimed;
  }
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    const auto stored = work.claim->stored(work.key(i));
    if (!stored) {
      continue;
    }
    work.intent_on_record = true;
    work.decision.treatments[i] = stored->treatment;
    if (!stored->settled && needs_key(stored->treatment)) {
      replace_lost_key(work, i);
    }
  }
  auto joined = join_batch(work);
  if (!joined) {
    return joined;
  }
  return check_release(work);
}

void Pipeline::replace_lost_key(Work& work, std::size_t recipient) const {
  if (!work.looked_up) {
    // This time nothing was to be protected, so nobody asked for keys.
    work.facts = delivery::gather_facts(ports_.facts, work.message, {}, ports_.clock->now());
    work.looked_up = true;
  }
  policy::Treatment& treatment = work.decision.treatments[recipient];
  const policy::RecipientFacts& facts = work.facts[recipient];
  const policy::KeyFact& fact = treatment.method == Method::pgp ? facts.pgp : facts.smime;
  if (is_key_of_the_past(treatment, fact)) {
    treatment = in_place_of(treatment, fact, facts.portal, ports_.held != nullptr);
  }
}

// The same mail in work on another connection: perhaps a try whose MTA has given up, and nobody has
// noticed yet.
Status Pipeline::claim(Work& work, std::chrono::milliseconds patience) const {
  auto digest = digest_of(work);
  if (!digest) {
    return fail(digest);
  }
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < work.message.envelope.recipients.size(); ++i) {
    keys.push_back(work.key(i));
  }
  const auto& treatments = work.decision.treatments;
  const bool protects =
      work.batch_content.has_value() ||
      std::any_of(treatments.begin(), treatments.end(), [](const policy::Treatment& treatment) {
        return treatment.method != Method::pass;
      });
  const bool named = work.release.has_value() || work.batch.has_value() ||
                     delivery::names_itself(work.message.headers, work.message.queue_id);
  auto claimed =
      ports_.ledger->claim(*digest, keys, ports_.clock->now(), {protects, named, patience});
  if (!claimed) {
    return fail(claimed);
  }
  work.claim.emplace(std::move(*claimed));
  return {};
}

}  // namespace phimilter::milter
