// SPDX-License-Identifier: Apache-2.0
//
// Which method a recipient gets: the first of the route's list that the recipient can read.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "policy/model.h"
#include "policy/policy.h"

namespace phimilter::policy {

struct Routed {
  const MessageContext& context;
  const Findings& findings;
  const std::vector<RuleHit>& rules;
  bool sensitive = false;
  std::vector<std::string> marks{};                     // those that raise it
  const std::vector<Method>* marked_methods = nullptr;  // what such a mark asks for
};

// The first route that fits; null: none.
const Route* route_of(const Model& model, const Routed& message, const RecipientFacts& recipient);

// The methods of a mark, unless the route holds or rejects; else those of the first route that
// fits, or the default list.
const std::vector<Method>& route_methods(const Model& model, const Routed& message,
                                         const RecipientFacts& recipient);

// What is taken where nobody says anything: smime, pgp, tls, portal.
const std::vector<Method>& default_methods();

// What the message may not take: for sensitive content what the policy says and pass, for unread
// content pass.
std::vector<Method> forbidden_methods(const Model& model, const Routed& message);

// Walks the list; pass is taken only with a valid consent on file. A key state `unknown` leaves
// nothing but the portal; a TLS state `unknown` skips TLS. Every method that was passed over leaves
// its reason. Transient fault "policy.undecided" when none is left.
Result<Treatment> choose_method(const std::vector<Method>& methods,
                                const std::vector<Method>& forbidden,
                                const RecipientFacts& recipient);

}  // namespace phimilter::policy
