// SPDX-License-Identifier: Apache-2.0
#include "protect/smime.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "protect/certificate_files.h"
#include "protect/certificates.h"
#include "protect/cms_signer.h"
#include "protect/cms_writer.h"
#include "protect/header_protection.h"

namespace phimilter::protect {
namespace {

using policy::KeyState;

// The entity's own fields, then an empty line. RFC 8551 3.2.1.
std::string entity_head(std::string_view smime_type) {
  return "Content-Type: application/pkcs7-mime; smime-type=" + std::string(smime_type) +
         ";\r\n name=\"smime.p7m\"\r\n"
         "Content-Transfer-Encoding: base64\r\n"
         "Content-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n";
}

// What is best said of several certificates.
int rank(KeyState state) {
  switch (state) {
    case KeyState::valid:
      return 0;
    case KeyState::unknown:
      return 1;
    case KeyState::pending:
      return 2;
    case KeyState::expired:
      return 3;
    case KeyState::revoked:
      return 4;
    case KeyState::unusable:
      return 5;
    case KeyState::none:
      break;
  }
  return 6;
}

std::string cipher_name(const policy::CmsForm& form) {
  return form.gcm ? "AES-256-GCM" : "AES-256-CBC";
}

std::string transport_name(const StoredCertificate& recipient, const policy::CmsForm& form) {
  const bool rsa = recipient.facts.algorithm.starts_with("rsa");
  return !rsa ? "ECDH SHA-256" : form.oaep ? "RSA-OAEP SHA-256" : "RSA PKCS#1 v1.5";
}

class FolderSmime final : public Smime {
 public:
  FolderSmime(const SmimeOptions& options, std::optional<Signer> signer)
      : store_({.folder = options.certificates,
                .ca_file = options.ca_file,
                .crl_folder = options.crl_folder,
                .crl_rule = {options.stale_crl, options.missing_crl},
                .exact_local = options.exact_local}),
        signer_(std::move(signer)) {}

  policy::KeyFact find(const mail::Address& address, Timestamp now) override {
    policy::KeyFact fact{
        .state = KeyState::none, .fingerprint = std::nullopt, .source = "certificates"};
    const auto index = store_.current();
    if (!index) {
      log::fault(log::Level::error, "-", index.error());
      return not_known();
    }
    // The newest comes first, so of two in one state it stays.
    for (const auto* each : (*index)->find(address)) {
      const KeyState state = state_of(**index, *each, now);
      if (rank(state) < rank(fact.state)) {
        fact.state = state;
        const bool named = state == KeyState::valid || state == KeyState::expired;
        fact.fingerprint = named ? std::optional(each->facts.fingerprint) : std::nullopt;
        fact.cms = each->facts.cms;
      }
    }
    return fact.state != KeyState::valid && (*index)->is_incomplete() ? not_known() : fact;
  }

  std::vector<policy::KeyFact> find_all(const mail::Address& address, Timestamp now) override {
    const auto index = store_.current();
    if (!index) {
      return {find(address, now)};
    }
    std::vector<policy::KeyFact> facts;
    for (const auto* each : (*index)->find(address)) {
      facts.push_back(fact_of(**index, *each, now));
    }
    std::stable_sort(facts.begin(), facts.end(),
                     [](const auto& a, const auto& b) { return rank(a.state) < rank(b.state); });
    if ((*index)->is_incomplete()) {
      facts.insert(std::find_if(facts.begin(), facts.end(),
                                [](const auto& each) { return each.state != KeyState::valid; }),
                   not_known());
    }
    return facts;
  }

  policy::KeyFact by_fingerprint(const FingerprintId& fingerprint, Timestamp now) override {
    const auto index = store_.current();
    if (!index) {
      return not_known();
    }
    const auto* found = (*index)->by_fingerprint(fingerprint);
    if (found == nullptr) {
      return (*index)->is_incomplete() ? not_known() : policy::KeyFact{};
    }
    return fact_of(**index, *found, now);
  }

  Result<ProtectedMessage> encrypt(const mail::CapturedMessage& message,
                                   const FingerprintId& certificate, const policy::CmsForm& form,
                                   const std::string& spool_folder) override {
    const auto index = store_.current();
    if (!index) {
      return fail(index.error());
    }
    const Timestamp now = system_clock().now();
    const auto* recipient = (*index)->by_fingerprint(certificate);
    if (recipient == nullptr || state_of(**index, *recipient, now) != KeyState::valid) {
      return fail(
          transient_fault("smime.certificate", "the recipient's certificate is no longer usable")
              .with("certificate", certificate.str()));
    }
    auto loaded = (*index)->load(*recipient);
    if (!loaded) {
      return fail(loaded);
    }
    if (signer_) {
      if (auto current = check_signer_dates(*signer_, now); !current) {
        return fail(current);
      }
    }
    const ProtectionHeaders headers = protect_headers(message);
    ProtectedMessage result(spool_folder);
    result.headers = outer_headers(headers, form);
    if (auto written = write_body(message, headers.inner, loaded->get(), form, result.body);
        !written) {
      return fail(written);
    }
    result.algorithms = {cipher_name(form), transport_name(*recipient, form)};
    if (signer_) {
      result.algorithms.emplace_back("signed SHA-256");
    }
    return result;
  }

  Result<std::vector<CertificateDescription>> list() override {
    const auto index = store_.current();
    if (!index) {
      return fail(index.error());
    }
    return described_certificates(**index, system_clock().now());
  }

  KeyState judge(std::string_view certificate, Timestamp now) override {
    const auto index = store_.current();
    const CertificateFile file = read_certificate_file(certificate);
    if (!index || file.certificates.size() != 1) {
      return index ? KeyState::none : KeyState::unknown;
    }
    X509* only = file.certificates[0].get();
    return (*index)->trust().judge(only, facts_of(only), now).state;
  }

  Status ready() {
    auto index = store_.current();
    return index ? Status() : Status(fail(index));
  }

 private:
  static policy::KeyFact not_known() {
    return {.state = KeyState::unknown, .fingerprint = std::nullopt, .source = "certificates"};
  }

  static KeyState state_of(const CertificateIndex& index, const StoredCertificate& certificate,
                           Timestamp now) {
    const auto verdict = index.judge(certificate, now);
    return verdict ? verdict->state : KeyState::unknown;
  }

  static policy::KeyFact fact_of(const CertificateIndex& index,
                                 const StoredCertificate& certificate, Timestamp now) {
    return {.state = state_of(index, certificate, now),
            .fingerprint = certificate.facts.fingerprint,
            .source = "certificates",
            .cms = certificate.facts.cms};
  }

  static mail::HeaderList outer_headers(const ProtectionHeaders& headers,
                                        const policy::CmsForm& form) {
    mail::HeaderList outer = headers.outer;
    outer.append("Content-Type", std::string(" application/pkcs7-mime; smime-type=") +
                                     (form.gcm ? "authEnveloped-data" : "enveloped-data") +
                                     ";\r\n name=\"smime.p7m\"");
    outer.append("Content-Transfer-Encoding", " base64");
    outer.append("Content-Disposition", " attachment; filename=\"smime.p7m\"");
    return outer;
  }

  Status write_body(const mail::CapturedMessage& message, const mail::HeaderList& inner,
                    X509* recipient, const policy::CmsForm& form, mail::ByteSink& out) const {
    auto envelope = CmsWriter::encrypting(recipient, form, out);
    if (!envelope) {
      return fail(envelope);
    }
    auto written = signer_ ? write_signed(message, inner, **envelope)
                           : write_payload(message, inner, **envelope);
    return written ? (*envelope)->finish() : written;
  }

  Status write_signed(const mail::CapturedMessage& message, const mail::HeaderList& inner,
                      mail::ByteSink& out) const {
    if (auto written = out.write(entity_head("signed-data")); !written) {
      return written;
    }
    auto signature =
        CmsWriter::signing(signer_->certificate.get(), signer_->key.get(), signer_->chain, out);
    if (!signature) {
      return fail(signature);
    }
    auto written = write_payload(message, inner, **signature);
    return written ? (*signature)->finish() : written;
  }

  CertificateStore store_;
  const std::optional<Signer> signer_;
};

}  // namespace

Status check_smime_options(const SmimeOptions& options) {
  if (!options.crl_folder.empty() && options.ca_file.empty()) {
    return fail(configuration_fault(
        "smime.crl_folder",
        "smime.crl_folder needs smime.ca_file: a revocation list is believed when its CA is"));
  }
  return {};
}

SmimeOptions smime_options(const Settings& settings) {
  SmimeOptions options{.certificates = settings.smime_certificates,
                       .ca_file = settings.smime_ca_file};
  options.crl_folder = settings.smime_crl_folder;
  options.stale_crl =
      settings.smime_stale_crl == "unusable" ? KeyState::unusable : KeyState::unknown;
  options.missing_crl = settings.smime_missing_crl == "unusable" ? KeyState::unusable
                        : settings.smime_missing_crl == "valid"  ? KeyState::valid
                                                                 : KeyState::unknown;
  options.exact_local = settings.smime_compare == "exact-local";
  return options;
}

Result<std::unique_ptr<Smime>> open_smime(const SmimeOptions& options) {
  if (auto sensible = check_smime_options(options); !sensible) {
    return fail(sensible);
  }
  std::optional<Signer> signer;
  if (!options.sign_certificate.empty()) {
    auto read = read_signer(options.sign_certificate, options.sign_key);
    if (!read) {
      return fail(read);
    }
    if (auto current = check_signer_dates(*read, system_clock().now()); !current) {
      return fail(current);
    }
    signer = std::move(*read);
  }
  auto smime = std::make_unique<FolderSmime>(options, std::move(signer));
  if (auto ready = smime->ready(); !ready) {
    Fault fault = ready.error();
    fault.kind = FaultKind::configuration;
    return fail(std::move(fault).with("setting", "smime.certificates"));
  }
  return std::unique_ptr<Smime>(std::move(smime));
}

}  // namespace phimilter::protect
