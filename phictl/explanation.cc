// SPDX-License-Identifier: Apache-2.0
#include "phictl/explanation.h"

namespace phimilter::phictl {

Result<Explanation> explain_message(const mail::CapturedMessage& message,
                                    extract::Extractor& extractor, const policy::Policy& policy,
                                    const delivery::FactSources& sources,
                                    const std::vector<std::string>& proof_recipients, Timestamp now,
                                    const std::vector<mail::HeaderField>& mark_fields) {
  Explanation explanation;
  explanation.size = message.headers.text().size() + message.body.size();
  auto text = extractor.extract(message);
  if (!text) {
    return fail(text);
  }
  explanation.text = std::move(*text);
  policy::MessageContext context = delivery::message_context(message, sources.own_domains);
  context.mark_fields = mark_fields;
  explanation.findings = policy.detect_and_tell(explanation.text, context);
  explanation.facts = delivery::gather_facts(sources, message, proof_recipients, now);
  auto decision = policy.decide(explanation.text, explanation.findings, context, explanation.facts);
  if (decision) {
    require(decision->treatments.size() == explanation.facts.size(),
            "every recipient has a treatment");
    explanation.decision = std::move(*decision);
  } else {
    explanation.undecided = std::move(decision.error());
  }
  explanation.rules = policy.explain(explanation.text, explanation.findings, context);
  return explanation;
}

}  // namespace phimilter::phictl
