// SPDX-License-Identifier: Apache-2.0
#include "phictl/explanation.h"

namespace phimilter::phictl {
namespace {

constexpr std::size_t kLongestShape = 40;

bool is_letter_or_digit(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0xc0;
}

}  // namespace

Result<Explanation> explain_message(const mail::CapturedMessage& message,
                                    extract::Extractor& extractor, const policy::Policy& policy,
                                    const delivery::FactSources& sources,
                                    const std::vector<std::string>& proof_recipients,
                                    Timestamp now) {
  Explanation explanation;
  explanation.size = message.headers.text().size() + message.body.size();
  auto text = extractor.extract(message);
  if (!text) {
    return fail(text);
  }
  explanation.text = std::move(*text);
  const policy::MessageContext context = delivery::message_context(message, sources.own_domains);
  explanation.findings = policy.detect(explanation.text, context);
  explanation.facts = delivery::gather_facts(sources, message, proof_recipients, now);
  auto decision = policy.decide(explanation.text, explanation.findings, context, explanation.facts);
  if (!decision) {
    return fail(decision);
  }
  require(decision->treatments.size() == explanation.facts.size(),
          "every recipient has a treatment");
  explanation.decision = std::move(*decision);
  return explanation;
}

std::string shape_of(std::string_view value) {
  std::string shape;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) == 0x80) {
      continue;  // the inner bytes of a UTF-8 character, which its first byte stood for
    }
    if (shape.size() == kLongestShape) {
      return shape + "...";
    }
    if (is_letter_or_digit(byte)) {
      shape += '*';
    } else {
      shape += byte > 0x20 && byte < 0x7f ? c : ' ';
    }
  }
  return shape;
}

}  // namespace phimilter::phictl
