// SPDX-License-Identifier: Apache-2.0
//
// What the filter would find in a message and do with it, step by step as the filter does it, with
// nothing sent, sealed or recorded.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "delivery/facts.h"
#include "extract/extractor.h"
#include "policy/policy.h"

namespace phimilter::phictl {

struct Explanation {
  std::size_t size = 0;
  extract::MessageText text;
  policy::Findings findings;
  std::vector<policy::RecipientFacts> facts;
  policy::Decision decision;
  std::optional<Fault> undecided;  // the message would be deferred; the decision is empty then
  std::vector<policy::RuleReport> rules;  // of every rule, also those that did not fire
};

// `mark_fields`: header fields that may be marks, of a believed sender. The faults are those of
// extraction.
Result<Explanation> explain_message(const mail::CapturedMessage& message,
                                    extract::Extractor& extractor, const policy::Policy& policy,
                                    const delivery::FactSources& sources,
                                    const std::vector<std::string>& proof_recipients, Timestamp now,
                                    const std::vector<mail::HeaderField>& mark_fields = {});

void print_explanation(const Explanation& explanation, std::ostream& out);  // for people
void print_explanation_json(const Explanation& explanation,
                            std::ostream& out);  // for programs; docs in phictl(1)

}  // namespace phimilter::phictl
