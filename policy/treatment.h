// SPDX-License-Identifier: Apache-2.0
//
// What happens to one message for one recipient, and why.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "policy/finding.h"
#include "policy/terms.h"

namespace phimilter::policy {

enum class Method {
  pass,    // as it came
  smime,   // S/MIME (RFC 8551)
  pgp,     // PGP/MIME (RFC 3156)
  tls,     // as it came, but only over verified TLS
  portal,  // sealed in escrow, a notice leaves
  hold,    // sealed in our own store, for a person to release or refuse
  reject,  // refused to the sender
};

std::string_view to_string(Method method);
std::optional<Method> method_from(std::string_view name);

// How a CMS is made (RFC 8551): by default EnvelopedData AES-256-CBC and RSA PKCS#1 v1.5, which
// every reader knows.
struct CmsForm {
  bool gcm = false;   // AuthEnvelopedData AES-256-GCM
  bool oaep = false;  // RSA-OAEP with SHA-256
  bool operator==(const CmsForm&) const = default;
};

struct Treatment {
  Method method = Method::portal;
  std::optional<FingerprintId> key;  // of the key or certificate for pgp and smime
  CmsForm cms{};                     // for smime
  Terms terms{};                     // of the portal, also should it take another method's place
  std::vector<std::string>
      reasons;  // for the record and for people: "rule phi.id-health", "smime: certificate expired"
  bool operator==(const Treatment&) const = default;
};

// A rule that matched, with the findings that met its needs.
struct RuleHit {
  std::string rule;
  std::string action;  // "protect", "hold", "reject", "pass"
  bool sensitive = false;
  std::vector<std::size_t> findings;  // indexes into Findings::items
  Terms terms{};
};

// A rule that matched and did not apply.
struct ExemptRule {
  std::string rule;
  std::string exemption;
  bool operator==(const ExemptRule&) const = default;
};

// A mark that the sender put on the message (policy/marks.h), and what came of it.
struct MarkUse {
  std::string mark;
  std::string outcome;  // "raised", "opted-out", "refused", "unneeded"
  std::string reason;   // why it was refused: "login", "sensitive", "unreadable", "raised", "rule"
  bool operator==(const MarkUse&) const = default;
};

enum class Scope { phi, all, monitor };
std::string_view to_string(Scope scope);

struct Decision {
  Scope scope = Scope::phi;
  std::vector<RuleHit> rules;         // strongest first; empty: nothing matched
  std::vector<RuleHit> shadow_rules;  // matched, but only counted
  std::vector<ExemptRule> exempt;     // matched, but not for this mail, or not for some recipients
  std::vector<MarkUse> marks;         // in the order of the model
  bool sensitive = false;
  std::string policy_version;         // SHA-256 over the policy files, first 16 hex digits
  std::vector<Treatment> treatments;  // one a recipient, in the order of the facts given
  // Scope monitor only: what `treatments` would have been; `treatments` are then all pass.
  std::vector<Treatment> would_have;
};

}  // namespace phimilter::policy
