// SPDX-License-Identifier: Apache-2.0
#include "policy/decide.h"

#include <algorithm>

#include "policy/detection.h"
#include "policy/routing.h"

namespace phimilter::policy {
namespace {

constexpr int kTellingConfidence = 60;

Scope scope_for(const Model& model, const MessageContext& context) {
  for (const SenderScope& entry : model.sender_scopes) {
    if (sender_fits(entry.when, context.sender, context.sender_domain, context.login,
                    context.size)) {
      return entry.scope;
    }
  }
  return model.scope;
}

// The sender encrypted it, the bytes say so, and what stays readable tells nothing about anybody.
bool exempt_as_encrypted(const extract::MessageText& text, const Findings& findings) {
  if (!text.already_encrypted || !findings.complete) {
    return false;
  }
  return std::none_of(findings.items.begin(), findings.items.end(), [](const Finding& finding) {
    if (finding.finding_class.starts_with(kOpaquePrefix)) {
      return finding.finding_class != "opaque.encrypted";
    }
    return finding.confidence >= kTellingConfidence && finding.length > 0 &&
           class_fits(finding.finding_class, {"id.*", "health.*", "sensitive.*"}) &&
           !class_fits(finding.finding_class, {"id.email", "id.phone"});
  });
}

bool has_sensitive(const Findings& findings) {
  return std::any_of(findings.items.begin(), findings.items.end(), [](const Finding& finding) {
    return finding.confidence >= kTellingConfidence &&
           class_fits(finding.finding_class, {"sensitive.*"});
  });
}

Action action_of(const RuleHit& hit) {
  for (const Action action : {Action::reject, Action::hold, Action::protect}) {
    if (hit.action == to_string(action)) {
      return action;
    }
  }
  return Action::pass;
}

bool any_sensitive_rule(const std::vector<RuleHit>& rules) {
  return std::any_of(rules.begin(), rules.end(), [](const RuleHit& hit) {
    return hit.sensitive && action_of(hit) > Action::pass;
  });
}

// What is to happen to external recipients, with the reasons that hold for all of them.
struct Verdict {
  Action action = Action::pass;
  std::vector<std::string> reasons;
};

Verdict verdict_for(const Decision& decision, Scope scope, const Findings& findings, bool exempt) {
  Verdict out;
  bool let_pass = false;
  for (const RuleHit& hit : decision.rules) {
    const Action action = action_of(hit);
    out.action = std::max(out.action, action);
    let_pass = let_pass || action == Action::pass;
    out.reasons.push_back("rule " + hit.rule);
  }
  if (exempt && out.action <= Action::protect) {
    return {Action::pass, {"already encrypted by the sender"}};
  }
  if (!findings.complete) {
    out.action = std::max(out.action, Action::protect);
    out.reasons.emplace_back("could not be read to the end: a limit was reached");
  }
  if (scope == Scope::all && (!let_pass || has_sensitive(findings))) {
    out.action = std::max(out.action, Action::protect);
    out.reasons.emplace_back("scope all");
  }
  if (out.action == Action::pass && out.reasons.empty()) {
    out.reasons.emplace_back("no rule matched");
  }
  return out;
}

Result<Treatment> treat(const Model& model, const Verdict& verdict, const Routed& message,
                        const RecipientFacts& recipient) {
  Treatment out;
  out.method = Method::pass;
  if (recipient.internal) {
    out.reasons = {"internal recipient"};
    return out;
  }
  out.reasons = verdict.reasons;
  if (verdict.action == Action::protect) {
    const std::vector<Method> none;
    auto chosen = choose_method(route_methods(model, message, recipient),
                                message.sensitive ? model.never_for_sensitive : none, recipient);
    if (!chosen) {
      return fail(chosen);
    }
    chosen->reasons.insert(chosen->reasons.begin(), verdict.reasons.begin(), verdict.reasons.end());
    return chosen;
  }
  if (verdict.action == Action::hold) {
    out.method = Method::hold;
  } else if (verdict.action == Action::reject) {
    out.method = Method::reject;
  }
  return out;
}

// Monitoring changes nothing: not even mail that could not have been protected is deferred.
Treatment treat_on_paper(const Model& model, const Verdict& verdict, const Routed& message,
                         const RecipientFacts& recipient) {
  auto treated = treat(model, verdict, message, recipient);
  if (treated) {
    return std::move(*treated);
  }
  Treatment out;
  out.method = Method::hold;
  out.reasons = verdict.reasons;
  out.reasons.emplace_back("would have been deferred: no method is left");
  return out;
}

Treatment untouched() {
  Treatment out;
  out.method = Method::pass;
  out.reasons = {"scope monitor"};
  return out;
}

}  // namespace

Result<Decision> decide(const Model& model, const RuleSet& rules, const extract::MessageText& text,
                        const Findings& findings, const MessageContext& context,
                        std::span<const RecipientFacts> recipients) {
  Decision out;
  out.scope = scope_for(model, context);
  MatchedRules matched = rules.match(text, findings, context);
  out.rules = std::move(matched.acting);
  out.shadow_rules = std::move(matched.shadow);
  const bool exempt = exempt_as_encrypted(text, findings);
  const Verdict verdict = verdict_for(out, out.scope, findings, exempt);
  // What was not read to the end could hold anything.
  out.sensitive = !findings.complete || any_sensitive_rule(out.rules) ||
                  (verdict.action > Action::pass && has_sensitive(findings));
  const Routed message{context, findings, out.rules, out.sensitive};
  for (const RecipientFacts& recipient : recipients) {
    if (out.scope == Scope::monitor) {
      out.treatments.push_back(untouched());
      out.would_have.push_back(treat_on_paper(model, verdict, message, recipient));
      continue;
    }
    auto treatment = treat(model, verdict, message, recipient);
    if (!treatment) {
      return fail(treatment);
    }
    out.treatments.push_back(std::move(*treatment));
  }
  return out;
}

}  // namespace phimilter::policy
