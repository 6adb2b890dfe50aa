// SPDX-License-Identifier: Apache-2.0
//
// From findings, rules and facts to one treatment a recipient.
#pragma once

#include <span>

#include "base/result.h"
#include "policy/model.h"
#include "policy/policy.h"
#include "policy/rules.h"

namespace phimilter::policy {

Result<Decision> decide(const Model& model, const RuleSet& rules, const extract::MessageText& text,
                        const Findings& findings, const MessageContext& context,
                        std::span<const RecipientFacts> recipients);

}  // namespace phimilter::policy
