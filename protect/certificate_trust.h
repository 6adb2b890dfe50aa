// SPDX-License-Identifier: Apache-2.0
//
// Whether a certificate may be used now: validity, fitness, the chain to a trusted CA, revocation.
// For this room's S/MIME files only; not a contract.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/recipient_facts.h"
#include "protect/certificate_facts.h"
#include "protect/crl_folder.h"

namespace phimilter::protect {

// What is said where no list in force tells. Never `valid` for a stale one.
struct CrlRule {
  policy::KeyState stale = policy::KeyState::unknown;
  policy::KeyState missing = policy::KeyState::unknown;
};

struct Verdict {
  policy::KeyState state = policy::KeyState::unknown;
  std::string chain;  // "not checked", "good", or OpenSSL's words for what is wrong
  CrlState crl = CrlState::not_checked;  // of the link that decided
  std::string reason;                    // why the state is not valid; empty: it is
};

// An immutable set of CA certificates and revocation lists; thread-safe.
class CertificateTrust {
 public:
  // `helpers`: CA certificates that may stand in a chain and are not trusted. `ca_file` empty:
  // every certificate is trusted. `crls` null: revocation is not checked. Configuration fault:
  // ca_file cannot be read.
  static Result<std::shared_ptr<const CertificateTrust>> make(const std::string& ca_file,
                                                              std::vector<Certificate> helpers);
  // The same with lists, or with others.
  std::shared_ptr<const CertificateTrust> with_crls(std::shared_ptr<const CrlFolder> crls,
                                                    const CrlRule& rule) const;
  // The same with more helpers.
  std::shared_ptr<const CertificateTrust> with_helpers(const std::vector<Certificate>& more) const;

  Verdict judge(X509* certificate, const CertificateFacts& facts, Timestamp now) const;
  // Trusted ones and helpers: who may have signed a list.
  std::vector<Certificate> issuers() const;
  const CrlFolder* crls() const { return crls_.get(); }

 private:
  CertificateTrust() = default;
  Verdict judge_chain(X509* certificate, Timestamp now) const;
  void judge_revocation(STACK_OF(X509) * chain, Timestamp now, Verdict& verdict) const;

  std::shared_ptr<X509_STORE> trusted_;  // null: everything is trusted
  std::vector<Certificate> anchors_, helpers_;
  std::shared_ptr<STACK_OF(X509)> helper_stack_;  // borrows from helpers_
  std::shared_ptr<const CrlFolder> crls_;
  CrlRule crl_rule_;
};

}  // namespace phimilter::protect
