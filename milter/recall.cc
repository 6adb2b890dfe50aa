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

using policy::Method;

// The key that was decided on is one no more. What could not be asked is not known to be gone.
bool key_is_gone(const policy::Treatment& stored, const policy::RecipientFacts& facts) {
  if (stored.method != Method::pgp && stored.method != Method::smime) {
    return false;
  }
  const policy::KeyFact& fact = stored.method == Method::pgp ? facts.pgp : facts.smime;
  if (fact.state == policy::KeyState::valid) {
    return fact.fingerprint && fact.fingerprint != stored.key;
  }
  return fact.state != policy::KeyState::unknown;
}

}  // namespace

// What an earlier try of the same submission decided, holds: part of it may have left. But a key
// that is gone would be waited for until the MTA gives up, so who got nothing yet is decided anew,
// and never to clear text.
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
    const bool anew = !stored->settled && key_is_gone(stored->treatment, work.facts[i]) &&
                      work.method(i) != Method::pass;
    if (!anew) {
      work.decision.treatments[i] = stored->treatment;
    }
  }
  auto joined = join_batch(work);
  if (!joined) {
    return joined;
  }
  return check_release(work);
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
