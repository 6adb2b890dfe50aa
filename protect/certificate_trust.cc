// SPDX-License-Identifier: Apache-2.0
#include "protect/certificate_trust.h"

#include <openssl/x509v3.h>

#include <algorithm>

#include "base/files.h"
#include "base/limits.h"
#include "protect/certificate_files.h"

namespace phimilter::protect {
namespace {

using policy::KeyState;

constexpr int kChainLevel = 2;   // OpenSSL: 112 bits, so no SHA-1 and no short RSA in the chain
constexpr int kChainDepth = 10;  // CAs between a certificate and its anchor
constexpr std::size_t kCaFile = 64 * limits::kMiB;

using ContextHandle = std::unique_ptr<X509_STORE_CTX, OpensslRelease<X509_STORE_CTX_free>>;

// A CA that may only vouch for web servers vouches for no mail address.
bool all_for_mail(STACK_OF(X509) * chain) {
  for (int i = 1; i < sk_X509_num(chain); ++i) {
    const auto usage = X509_get_extended_key_usage(sk_X509_value(chain, i));
    if ((usage & (XKU_SMIME | XKU_ANYEKU)) == 0) {
      return false;
    }
  }
  return true;
}

// How little is known of a link.
int weakness(CrlState state) {
  switch (state) {
    case CrlState::revoked:
      return 5;
    case CrlState::unread:
      return 4;
    case CrlState::missing:
      return 3;
    case CrlState::stale:
      return 2;
    case CrlState::fresh:
      return 1;
    case CrlState::not_checked:
      break;
  }
  return 0;
}

KeyState key_state(CrlState state, const CrlRule& rule) {
  switch (state) {
    case CrlState::revoked:
      return KeyState::revoked;
    case CrlState::stale:
      return rule.stale == KeyState::valid ? KeyState::unknown : rule.stale;
    case CrlState::missing:
      return rule.missing;
    case CrlState::unread:
      return KeyState::unknown;
    case CrlState::fresh:
    case CrlState::not_checked:
      break;
  }
  return KeyState::valid;
}

// Of what the lists and the rule make of a link.
int severity(KeyState state) {
  return state == KeyState::revoked    ? 3
         : state == KeyState::unusable ? 2
         : state == KeyState::valid    ? 0
                                       : 1;
}

std::string reason_of(CrlState state) {
  return state == CrlState::revoked ? "it or a CA of its chain is revoked"
         : state == CrlState::stale
             ? "the revocation list of its issuer is over; fetch the new one into smime.crl_folder"
         : state == CrlState::unread
             ? "a file of smime.crl_folder cannot be read, and may hold its issuer's list"
             : "there is no revocation list of its issuer in smime.crl_folder";
}

Verdict not_usable(KeyState state, std::string reason) {
  Verdict verdict;
  verdict.state = state;
  verdict.chain = "not checked";
  verdict.reason = std::move(reason);
  return verdict;
}

std::string date_of(Timestamp time) {
  return rfc3339(time).substr(0, 10);
}

}  // namespace

Result<std::shared_ptr<const CertificateTrust>> CertificateTrust::make(
    const std::string& ca_file, std::vector<Certificate> helpers) {
  std::shared_ptr<CertificateTrust> trust(new CertificateTrust);
  if (!ca_file.empty()) {
    const auto bytes = read_file(ca_file, kCaFile);
    const auto found = bytes ? read_certificate_file(*bytes) : CertificateFile();
    if (found.certificates.empty()) {
      return fail(configuration_fault("smime.ca_file", "the CA certificates cannot be read")
                      .with("path", ca_file));
    }
    trust->trusted_ = std::shared_ptr<X509_STORE>(X509_STORE_new(), X509_STORE_free);
    for (const auto& anchor : found.certificates) {
      X509_STORE_add_cert(trust->trusted_.get(), anchor.get());
    }
    trust->anchors_ = found.certificates;
    ERR_clear_error();
  }
  return trust->with_helpers(helpers);
}

std::shared_ptr<const CertificateTrust> CertificateTrust::with_helpers(
    const std::vector<Certificate>& more) const {
  std::shared_ptr<CertificateTrust> trust(new CertificateTrust(*this));
  trust->helpers_.insert(trust->helpers_.end(), more.begin(), more.end());
  trust->helper_stack_ = std::shared_ptr<STACK_OF(X509)>(
      sk_X509_new_null(), [](STACK_OF(X509) * all) { sk_X509_free(all); });
  for (const auto& helper : trust->helpers_) {
    sk_X509_push(trust->helper_stack_.get(), helper.get());
  }
  return trust;
}

std::shared_ptr<const CertificateTrust> CertificateTrust::with_crls(
    std::shared_ptr<const CrlFolder> crls, const CrlRule& rule) const {
  std::shared_ptr<CertificateTrust> trust(new CertificateTrust(*this));
  trust->crls_ = std::move(crls);
  trust->crl_rule_ = rule;
  return trust;
}

std::vector<Certificate> CertificateTrust::issuers() const {
  std::vector<Certificate> all = anchors_;
  all.insert(all.end(), helpers_.begin(), helpers_.end());
  return all;
}

Verdict CertificateTrust::judge(X509* certificate, const CertificateFacts& facts,
                                Timestamp now) const {
  if (!facts.unfit.empty()) {
    return not_usable(KeyState::unusable, facts.unfit);
  }
  if (now < facts.from) {
    return not_usable(KeyState::unusable, "it is not valid before " + date_of(facts.from));
  }
  if (now >= facts.until) {
    return not_usable(KeyState::expired,
                      "it expired on " + date_of(facts.until) + "; ask its owner for the new one");
  }
  if (!trusted_) {
    Verdict verdict = not_usable(KeyState::valid, "");
    return verdict;
  }
  return judge_chain(certificate, now);
}

Verdict CertificateTrust::judge_chain(X509* certificate, Timestamp now) const {
  const ContextHandle context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), trusted_.get(), certificate, helper_stack_.get()) != 1) {
    ERR_clear_error();
    return not_usable(KeyState::unknown, "the chain could not be checked");
  }
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(parameters, kChainLevel);
  X509_VERIFY_PARAM_set_depth(parameters, kChainDepth);
  X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(
                                             std::chrono::floor<std::chrono::seconds>(now)));
  Verdict verdict;
  if (X509_verify_cert(context.get()) != 1) {
    ERR_clear_error();
    const int error = X509_STORE_CTX_get_error(context.get());
    verdict.chain = X509_verify_cert_error_string(error);
    const bool expired = error == X509_V_ERR_CERT_HAS_EXPIRED;
    verdict.state = expired ? KeyState::expired : KeyState::unusable;
    verdict.reason =
        expired ? "a CA certificate of its chain has expired; put the new one into smime.ca_file"
                : "its chain does not lead to smime.ca_file (" + verdict.chain +
                      "); add the CA's certificate there, or the missing intermediate to the "
                      "imported file";
    return verdict;
  }
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  if (!all_for_mail(chain)) {
    return not_usable(KeyState::unusable, "a CA of its chain is not meant for mail");
  }
  verdict.chain = "good";
  verdict.state = KeyState::valid;
  judge_revocation(chain, now, verdict);
  return verdict;
}

void CertificateTrust::judge_revocation(STACK_OF(X509) * chain, Timestamp now,
                                        Verdict& verdict) const {
  if (!crls_) {
    return;
  }
  // The anchor is trusted as it stands: nobody revokes it but who takes it out of ca_file. A chain
  // is as good as the link of which the rule says worst, not as the one with the least list: a list
  // that is over must not hide behind a CA that has none.
  for (int i = 0; i + 1 < sk_X509_num(chain); ++i) {
    const CrlState state =
        crls_->state_of(sk_X509_value(chain, i), sk_X509_value(chain, i + 1), now);
    const KeyState said = key_state(state, crl_rule_);
    if (std::pair(severity(said), weakness(state)) >
        std::pair(severity(verdict.state), weakness(verdict.crl))) {
      verdict.state = said;
      verdict.crl = state;
    }
  }
  verdict.reason = verdict.state == KeyState::valid ? "" : reason_of(verdict.crl);
}

}  // namespace phimilter::protect
