// SPDX-License-Identifier: Apache-2.0
//
// Which rules hold for the findings of a message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "extract/message_text.h"
#include "policy/explain.h"
#include "policy/model.h"
#include "policy/policy.h"

namespace phimilter::policy {

struct MatchedRules {
  std::vector<RuleHit> acting;  // strongest action first, sensitive before others, then as in the
                                // model
  std::vector<RuleHit> shadow;  // the same of rules that are only counted
};

// Built once from a model; then read by all threads.
class RuleSet {
 public:
  explicit RuleSet(std::shared_ptr<const Model> model);

  MatchedRules match(const extract::MessageText& text, const Findings& findings,
                     const MessageContext& context) const;
  // Every rule with each of its needs, whether and by what it is met. In the order of the model.
  std::vector<RuleReport> report(const extract::MessageText& text, const Findings& findings,
                                 const MessageContext& context) const;

 private:
  class Matching;
  // Of one rule: the needs that ask for a class. Bits 0..15 are needs, 16..31 are `unless`.
  using NeedMasks = std::vector<std::uint32_t>;
  NeedMasks masks_of(const std::string& finding_class) const;

  std::shared_ptr<const Model> model_;
  std::unordered_map<std::string, NeedMasks> known_classes_;
};

}  // namespace phimilter::policy
