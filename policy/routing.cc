// SPDX-License-Identifier: Apache-2.0
#include "policy/routing.h"

#include <algorithm>

namespace phimilter::policy {
namespace {

bool listed(const std::vector<std::string>& list, const std::string& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

bool fits(const Route& route, const Routed& message, const RecipientFacts& recipient) {
  const MessageContext& context = message.context;
  const bool by_rule =
      route.rules.empty() ||
      std::any_of(message.rules.begin(), message.rules.end(),
                  [&](const RuleHit& hit) { return listed(route.rules, hit.rule); });
  const bool by_class = route.classes.empty() ||
                        std::any_of(message.findings.items.begin(), message.findings.items.end(),
                                    [&](const Finding& finding) {
                                      return class_fits(finding.finding_class, route.classes);
                                    });
  return by_rule && by_class && (!route.sensitive || *route.sensitive == message.sensitive) &&
         listed(route.recipients, recipient.address.key()) &&
         (route.recipient_domains.empty() ||
          mail::domain_listed(recipient.address.domain(), route.recipient_domains)) &&
         (!route.consent || recipient.consent == ConsentState::given) &&
         (route.marks.empty() ||
          std::any_of(message.marks.begin(), message.marks.end(),
                      [&](const std::string& mark) { return listed(route.marks, mark); })) &&
         sender_fits(route.when, context.sender, context.sender_domain, context.login,
                     context.size);
}

std::string why_not(KeyState state, std::string_view thing) {
  switch (state) {
    case KeyState::none:
      return "no " + std::string(thing);
    case KeyState::unknown:
    case KeyState::valid:  // without a fingerprint: nothing that could be used or recorded
      return std::string(thing) + " state unknown";
    case KeyState::pending:
    case KeyState::expired:
    case KeyState::revoked:
    case KeyState::unusable:
      break;
  }
  return std::string(thing) + " " + std::string(to_string(state));
}

bool usable(const KeyFact& fact) {
  return fact.state == KeyState::valid && fact.fingerprint.has_value();
}

bool unknown(const KeyFact& fact) {
  return fact.state == KeyState::unknown || (fact.state == KeyState::valid && !fact.fingerprint);
}

std::string why_not(const TlsFact& tls) {
  return tls.state == TlsState::unknown ? "tls: state unknown" : "tls: not proved for the domain";
}

Treatment treatment(Method method, std::vector<std::string> reasons) {
  Treatment out;
  out.method = method;
  out.reasons = std::move(reasons);
  return out;
}

}  // namespace

const std::vector<Method>& default_methods() {
  static const std::vector<Method> kMethods{Method::smime, Method::pgp, Method::tls,
                                            Method::portal};
  return kMethods;
}

const Route* route_of(const Model& model, const Routed& message, const RecipientFacts& recipient) {
  const auto route = std::ranges::find_if(
      model.routes, [&](const Route& one) { return fits(one, message, recipient); });
  return route == model.routes.end() ? nullptr : &*route;
}

const std::vector<Method>& route_methods(const Model& model, const Routed& message,
                                         const RecipientFacts& recipient) {
  const Route* route = route_of(model, message, recipient);
  const std::vector<Method>& routed = route == nullptr ? default_methods() : route->methods;
  const bool stopped = routed.front() == Method::hold || routed.front() == Method::reject;
  return message.marked_methods == nullptr || stopped ? routed : *message.marked_methods;
}

std::vector<Method> forbidden_methods(const Model& model, const Routed& message) {
  const bool unread = std::any_of(
      message.findings.items.begin(), message.findings.items.end(),
      [](const Finding& finding) { return finding.finding_class.starts_with("opaque."); });
  std::vector<Method> out;
  if (message.sensitive) {
    out = model.never_for_sensitive;
  }
  if (message.sensitive || unread) {
    out.push_back(Method::pass);
  }
  return out;
}

Result<Treatment> choose_method(const std::vector<Method>& methods,
                                const std::vector<Method>& forbidden,
                                const RecipientFacts& recipient) {
  std::vector<std::string> reasons;
  bool only_portal = false;
  for (const Method method : methods) {
    const std::string name(to_string(method));
    if (std::find(forbidden.begin(), forbidden.end(), method) != forbidden.end()) {
      reasons.push_back(name + (method == Method::pass ? ": not for sensitive or unread content"
                                                       : ": not for sensitive content"));
      continue;
    }
    if (method == Method::smime || method == Method::pgp) {
      const bool is_smime = method == Method::smime;
      const KeyFact& fact = is_smime ? recipient.smime : recipient.pgp;
      if (usable(fact) && !only_portal) {
        Treatment out = treatment(method, std::move(reasons));
        out.key = fact.fingerprint;
        out.cms = is_smime ? fact.cms : CmsForm{};
        return out;
      }
      reasons.push_back(usable(fact)
                            ? name + ": skipped, another key source could not be asked"
                            : name + ": " + why_not(fact.state, is_smime ? "certificate" : "key"));
      only_portal = only_portal || unknown(fact);
    } else if (method == Method::tls) {
      if (recipient.tls.state == TlsState::proved && !only_portal) {
        if (!recipient.tls.source.empty()) {
          reasons.push_back("tls: " + recipient.tls.source);
        }
        return treatment(method, std::move(reasons));
      }
      reasons.push_back(recipient.tls.state == TlsState::proved
                            ? "tls: skipped, a key source could not be asked"
                            : why_not(recipient.tls));
    } else if (method == Method::portal) {
      if (recipient.portal) {
        return treatment(method, std::move(reasons));
      }
      reasons.emplace_back("portal: not configured");
    } else if (method == Method::pass) {
      if (recipient.consent == ConsentState::given && !only_portal) {
        reasons.push_back("consent on file: " + recipient.consent_on_file);
        return treatment(method, std::move(reasons));
      }
      reasons.emplace_back(recipient.consent == ConsentState::given
                               ? "pass: skipped, a key source could not be asked"
                               : "pass: no valid consent on file");
    } else if (method == Method::hold || method == Method::reject) {
      return treatment(method, std::move(reasons));
    }
  }
  std::string all;
  for (const std::string& reason : reasons) {
    all += (all.empty() ? "" : "; ") + reason;
  }
  return fail(transient_fault("policy.undecided", "no method is left for a recipient")
                  .with("reasons", all));
}

}  // namespace phimilter::policy
