// SPDX-License-Identifier: Apache-2.0
#include "policy/decide.h"

#include <algorithm>

#include "policy/detection.h"
#include "policy/exemptions.h"
#include "policy/marks.h"
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
    return finding.confidence >= kTellingConfidence && is_sensitive_class(finding.finding_class);
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
  Terms terms{};
};

std::string exempt_reason(const ExemptRule& exempt) {
  return "rule " + exempt.rule + " does not apply: exemption " + exempt.exemption;
}

// What judges a message for everybody, or for one recipient.
struct Applied {
  std::vector<RuleHit> rules;
  std::vector<ExemptRule> exempt;
};

// Without a recipient, the exemptions that name none; with one, those that name it.
Applied apply(const Model& model, std::vector<RuleHit> rules, const MessageContext& context,
              const mail::Address* recipient) {
  Applied out;
  if (model.exemptions.empty()) {
    out.rules = std::move(rules);
    return out;
  }
  for (RuleHit& hit : rules) {
    if (const auto* exemption = exemption_of_rule(model.exemptions, hit, context, recipient)) {
      out.exempt.push_back({hit.rule, exemption->id});
    } else {
      out.rules.push_back(std::move(hit));
    }
  }
  return out;
}

Verdict verdict_for(const Applied& applied, Scope scope, const Findings& findings, bool encrypted) {
  Verdict out;
  bool let_pass = false;
  for (const ExemptRule& exempt : applied.exempt) {
    out.reasons.push_back(exempt_reason(exempt));
  }
  for (const RuleHit& hit : applied.rules) {
    const Action action = action_of(hit);
    out.action = std::max(out.action, action);
    let_pass = let_pass || action == Action::pass;
    out.reasons.push_back("rule " + hit.rule);
    tighten(out.terms, hit.terms);
  }
  if (encrypted && out.action <= Action::protect) {
    return {Action::pass, {"already encrypted by the sender"}, {}};
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

// What the marks on a message ask for, and what of it is granted.
struct Marked {
  std::vector<MarkUse> uses;
  std::vector<std::string> raised;               // their ids
  const std::vector<Method>* methods = nullptr;  // of the first that names some
  const Mark* opted_out = nullptr;               // by somebody who may
};

// Why a message is protected whoever asks for the contrary; empty: it need not be.
std::string no_opt_out(const Marked& marked, const Decision& decision, const Findings& findings) {
  if (!marked.raised.empty()) {
    return "raised";
  }
  if (any_sensitive_rule(decision.rules) || has_sensitive(findings)) {
    return "sensitive";
  }
  const bool unread = std::any_of(
      findings.items.begin(), findings.items.end(),
      [](const Finding& finding) { return finding.finding_class.starts_with(kOpaquePrefix); });
  if (!findings.complete || unread) {
    return "unreadable";
  }
  const bool stopped =
      std::any_of(decision.rules.begin(), decision.rules.end(),
                  [](const RuleHit& hit) { return action_of(hit) > Action::protect; });
  return stopped ? "rule" : "";
}

Marked read_marks(const Model& model, const extract::MessageText& text, const Findings& findings,
                  const MessageContext& context, const Decision& decision) {
  Marked out;
  const std::vector<const Mark*> borne = marks_of(model.marks, text, context);
  for (const Mark* mark : borne) {
    if (mark->action == MarkAction::raise) {
      out.raised.push_back(mark->id);
      out.uses.push_back({mark->id, "raised", ""});
      out.methods = out.methods == nullptr && !mark->methods.empty() ? &mark->methods : out.methods;
    }
  }
  const std::string why_not = no_opt_out(out, decision, findings);
  for (const Mark* mark : borne) {
    if (mark->action != MarkAction::opt_out) {
      continue;
    }
    if (!may_opt_out(*mark, model.roles, context.login)) {
      out.uses.push_back({mark->id, "refused", "login"});
    } else if (!why_not.empty()) {
      out.uses.push_back({mark->id, "refused", why_not});
    } else {
      out.uses.push_back({mark->id, "opted-out", ""});
      out.opted_out = mark;
    }
  }
  return out;
}

Verdict with_marks(Verdict verdict, const Marked& marked, bool encrypted) {
  if (encrypted && verdict.action == Action::pass) {
    return verdict;
  }
  for (const MarkUse& use : marked.uses) {
    verdict.reasons.push_back("mark " + use.mark + ": " + use.outcome +
                              (use.reason.empty() ? "" : ", " + use.reason));
  }
  if (!marked.raised.empty()) {
    verdict.action = std::max(verdict.action, Action::protect);
  }
  if (marked.opted_out != nullptr && verdict.action == Action::protect) {
    verdict.action = Action::pass;
  }
  return verdict;
}

// A person let go what was held: it leaves protected, or not at all.
Result<Treatment> treat_released(const Model& model, const Verdict& verdict, const Routed& message,
                                 const RecipientFacts& recipient) {
  const auto leaves = [](std::vector<Method> methods) {
    std::erase_if(methods,
                  [](Method method) { return method == Method::hold || method == Method::pass; });
    return methods;
  };
  auto methods = leaves(route_methods(model, message, recipient));
  // A route that only holds says nothing about how it is to leave afterwards.
  if (methods.empty() && message.marked_methods != nullptr) {
    methods = leaves(*message.marked_methods);
  }
  if (methods.empty()) {
    methods = default_methods();
  }
  const std::vector<Method> none;
  auto chosen =
      choose_method(methods, message.sensitive ? model.never_for_sensitive : none, recipient);
  if (chosen) {
    chosen->reasons.insert(chosen->reasons.begin(), verdict.reasons.begin(), verdict.reasons.end());
  }
  return chosen;
}

// What the rules ask for, and the route.
void add_terms(const Model& model, const Verdict& verdict, const Routed& message,
               const RecipientFacts& recipient, Treatment& out) {
  if (out.method == Method::pass || out.method == Method::reject) {
    return;
  }
  out.terms = verdict.terms;
  if (const Route* route = route_of(model, message, recipient)) {
    tighten(out.terms, route->terms);
  }
  if (out.method == Method::portal && !out.terms.empty()) {
    out.reasons.push_back("in the portal: " + to_text(out.terms));
  }
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
  if (message.context.released && verdict.action != Action::reject) {
    return treat_released(model, verdict, message, recipient);
  }
  if (verdict.action == Action::protect) {
    auto chosen = choose_method(route_methods(model, message, recipient),
                                forbidden_methods(model, message), recipient);
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

// Everything about a message that is the same for all recipients.
struct Judged {
  const Model& model;
  const Findings& findings;
  const MessageContext& context;
  const Verdict& verdict;
  const Marked& marked;
  bool encrypted = false;
};

// A recipient with exemptions of its own is judged apart.
Verdict verdict_for(const Judged& judged, const RecipientFacts& recipient, Decision& decision) {
  if (judged.model.exemptions.empty() || recipient.internal) {
    return judged.verdict;
  }
  Applied own = apply(judged.model, decision.rules, judged.context, &recipient.address);
  if (own.exempt.empty()) {
    return judged.verdict;
  }
  for (const ExemptRule& exempt : own.exempt) {
    if (std::find(decision.exempt.begin(), decision.exempt.end(), exempt) ==
        decision.exempt.end()) {
      decision.exempt.push_back(exempt);
    }
  }
  return with_marks(verdict_for(own, decision.scope, judged.findings, judged.encrypted),
                    judged.marked, judged.encrypted);
}

Status treat_all(const Judged& judged, std::span<const RecipientFacts> recipients, Decision& out) {
  const Routed message{judged.context, judged.findings,      out.rules,
                       out.sensitive,  judged.marked.raised, judged.marked.methods};
  for (const RecipientFacts& recipient : recipients) {
    const Verdict verdict = verdict_for(judged, recipient, out);
    if (out.scope == Scope::monitor) {
      out.treatments.push_back(untouched());
      out.would_have.push_back(treat_on_paper(judged.model, verdict, message, recipient));
      add_terms(judged.model, verdict, message, recipient, out.would_have.back());
      continue;
    }
    auto treatment = treat(judged.model, verdict, message, recipient);
    if (!treatment) {
      return fail(treatment.error());
    }
    add_terms(judged.model, verdict, message, recipient, *treatment);
    out.treatments.push_back(std::move(*treatment));
  }
  return {};
}

}  // namespace

Result<Decision> decide(const Model& model, const RuleSet& rules, const extract::MessageText& text,
                        const Findings& findings, const MessageContext& context,
                        std::span<const RecipientFacts> recipients) {
  Decision out;
  out.scope = scope_for(model, context);
  MatchedRules matched = rules.match(text, findings, context);
  out.shadow_rules = std::move(matched.shadow);
  Applied applied = apply(model, std::move(matched.acting), context, nullptr);
  const bool encrypted = exempt_as_encrypted(text, findings);
  Verdict verdict = verdict_for(applied, out.scope, findings, encrypted);
  out.rules = std::move(applied.rules);
  out.exempt = std::move(applied.exempt);
  const Marked marked = read_marks(model, text, findings, context, out);
  verdict = with_marks(std::move(verdict), marked, encrypted);
  out.marks = marked.uses;
  // What was not read to the end could hold anything.
  out.sensitive = !findings.complete || any_sensitive_rule(out.rules) ||
                  (verdict.action > Action::pass && has_sensitive(findings));
  if (auto treated =
          treat_all({model, findings, context, verdict, marked, encrypted}, recipients, out);
      !treated) {
    return fail(treated.error());
  }
  return out;
}

}  // namespace phimilter::policy
