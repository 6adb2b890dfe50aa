// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <string>

#include "fuzz_target.h"
#include "policy/policy.h"

namespace {

std::shared_ptr<const phimilter::policy::Policy> shipped_pack() {
  auto policy = phimilter::policy::load_policy(
      {std::string(PHIMILTER_SOURCE_DIR) + "/policy/packs/hipaa.toml"});
  if (!policy) {
    std::abort();
  }
  return std::move(*policy);
}

}  // namespace

// Normalising, words, finders, patterns and rules on two parts of any text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto policy = shipped_pack();
  const std::string_view bytes = phimilter::fuzz::bytes_of(data, size);
  const std::size_t cut =
      bytes.empty() ? 0 : static_cast<unsigned char>(bytes.front()) % bytes.size();
  phimilter::extract::MessageText text;
  text.parts.push_back({"headers", phimilter::extract::PartKind::header, "text/rfc822-headers",
                        std::string(bytes.substr(0, cut)), std::nullopt});
  text.parts.push_back({"1", phimilter::extract::PartKind::body, "text/plain",
                        std::string(bytes.substr(cut)), std::nullopt});
  phimilter::policy::MessageContext context;
  context.own_names = {"Ruth Vale"};
  context.recipient_names = {"pat@home.example"};
  const auto findings = policy->detect_and_tell(text, context);
  for (const auto& finding : findings.items) {
    if (finding.part >= text.parts.size() ||
        finding.offset > text.parts[finding.part].text.size() ||
        finding.length > text.parts[finding.part].text.size() - finding.offset) {
      __builtin_trap();  // a finding that points nowhere
    }
    (void)phimilter::policy::masked(text, finding);
  }
  (void)policy->decide(text, findings, context, {});
  (void)policy->explain(text, findings, context);
  (void)phimilter::policy::identifier_texts(text, findings);
  return 0;
}
