// SPDX-License-Identifier: Apache-2.0
#include "milter/used_keys.h"

#include "milter/work.h"

namespace phimilter::milter {

namespace {

using policy::Method;

bool encrypts(const policy::Treatment& treatment) {
  return (treatment.method == Method::pgp || treatment.method == Method::smime) &&
         treatment.key.has_value();
}

const policy::KeyFact& fact_for(const policy::Treatment& treatment,
                                const policy::RecipientFacts& facts) {
  return treatment.method == Method::pgp ? facts.pgp : facts.smime;
}

}  // namespace

void name_key_sources(Work& work) {
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    policy::Treatment& treatment = work.decision.treatments[i];
    const bool known = encrypts(treatment) &&
                       fact_for(treatment, work.facts[i]).fingerprint == treatment.key &&
                       !fact_for(treatment, work.facts[i]).source.empty();
    if (known) {
      treatment.reasons.push_back("key from " + fact_for(treatment, work.facts[i]).source);
    }
  }
}

void note_used_keys(protect::KeyDesk* keys, const Work& work, Timestamp now) {
  for (std::size_t i = 0; keys != nullptr && i < work.facts.size(); ++i) {
    const policy::Treatment& treatment = work.decision.treatments[i];
    if (encrypts(treatment)) {
      keys->note_use(
          treatment.method == Method::pgp ? protect::KeyKind::pgp : protect::KeyKind::smime,
          work.facts[i].address, *treatment.key, now);
    }
  }
}

}  // namespace phimilter::milter
