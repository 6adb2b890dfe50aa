// SPDX-License-Identifier: Apache-2.0
//
// Which rules hold for the findings of a message.
#pragma once

#include <vector>

#include "extract/message_text.h"
#include "policy/explain.h"
#include "policy/model.h"
#include "policy/policy.h"

namespace phimilter::policy {

// Strongest action first, sensitive before others, then in the order of the model.
std::vector<RuleHit> matching_rules(const std::vector<Rule>& rules,
                                    const extract::MessageText& text, const Findings& findings,
                                    const MessageContext& context);

// Every rule with each of its needs, whether met anywhere in the message. In the order of the
// model.
std::vector<RuleReport> report_rules(const std::vector<Rule>& rules,
                                     const extract::MessageText& text, const Findings& findings,
                                     const MessageContext& context);

}  // namespace phimilter::policy
