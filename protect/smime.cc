// SPDX-License-Identifier: Apache-2.0
#include "protect/smime.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/encoding.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/secret.h"
#include "protect/certificates.h"
#include "protect/cms_writer.h"
#include "protect/header_protection.h"

namespace phimilter::protect {
namespace {

using policy::KeyState;

struct Signer {
  Certificate certificate;
  PrivateKey key;
  std::vector<Certificate> chain;
};

Fault signer_fault(std::string what) {
  return with_openssl_reason(configuration_fault(
      "smime.signer", "the organisation's signing certificate " + std::move(what)));
}

// Nobody sits at a terminal: a passphrase is a fault, not a question.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) {
  return -1;
}

Result<Signer> read_signer(const SmimeOptions& options) {
  const auto pem = read_file(options.sign_certificate, limits::kMiB);
  if (!pem) {
    return fail(signer_fault("cannot be read").with("path", options.sign_certificate));
  }
  Signer signer;
  const BioHandle certificates(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  while (X509* certificate =
             PEM_read_bio_X509(certificates.get(), nullptr, no_passphrase, nullptr)) {
    Certificate owner(certificate, X509_free);
    (signer.certificate ? signer.chain.emplace_back() : signer.certificate) = std::move(owner);
  }
  ERR_clear_error();
  const auto secret = read_secret_file(options.sign_key, 0);
  if (!secret) {
    return fail(secret.error());
  }
  const BioHandle key(BIO_new_mem_buf(secret->span().data(), static_cast<int>(secret->size())));
  signer.key.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, no_passphrase, nullptr),
                   EVP_PKEY_free);
  if (!signer.certificate || !signer.key) {
    return fail(signer_fault("or its key is no PEM without passphrase"));
  }
  if (X509_check_private_key(signer.certificate.get(), signer.key.get()) != 1) {
    return fail(signer_fault("does not belong to its key"));
  }
  const bool may_sign =
      (X509_get_key_usage(signer.certificate.get()) &
       (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0 &&
      (X509_get_extended_key_usage(signer.certificate.get()) & (XKU_SMIME | XKU_ANYEKU)) != 0;
  if (!may_sign) {
    return fail(signer_fault("is not meant for signing mail"));
  }
  return signer;
}

Status check_signer_dates(const Signer& signer, Timestamp now) {
  const bool current = time_of(X509_get0_notBefore(signer.certificate.get())) <= now &&
                       now < time_of(X509_get0_notAfter(signer.certificate.get()));
  return current ? Status() : Status(fail(signer_fault("is expired or not valid yet")));
}

// The entity's own fields, then an empty line. RFC 8551 3.2.1.
std::string entity_head(std::string_view smime_type) {
  return "Content-Type: application/pkcs7-mime; smime-type=" + std::string(smime_type) +
         ";\r\n name=\"smime.p7m\"\r\n"
         "Content-Transfer-Encoding: base64\r\n"
         "Content-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n";
}

class FolderSmime final : public Smime {
 public:
  FolderSmime(SmimeOptions options, std::optional<Signer> signer)
      : options_(std::move(options)), signer_(std::move(signer)) {}

  policy::KeyFact find(const mail::Address& address, Timestamp now) override {
    policy::KeyFact fact{
        .state = KeyState::unknown, .fingerprint = std::nullopt, .source = "certificates"};
    const auto folder = current_folder();
    if (!folder) {
      log::fault(log::Level::error, "-", folder.error());
      return fact;
    }
    fact.state = KeyState::none;
    const RecipientCertificate* best = nullptr;
    for (const auto& each : (*folder)->certificates()) {
      if (std::find(each.addresses.begin(), each.addresses.end(), address) ==
          each.addresses.end()) {
        continue;
      }
      const KeyState state = (*folder)->state_of(each, now);
      const bool better = rank(state) < rank(fact.state) ||
                          (state == fact.state && best != nullptr && each.from > best->from);
      if (better) {
        fact.state = state;
        best = &each;
      }
    }
    if (fact.state == KeyState::valid || fact.state == KeyState::expired) {
      fact.fingerprint = best->fingerprint;
    }
    return fact;
  }

  Result<ProtectedMessage> encrypt(const mail::CapturedMessage& message,
                                   const FingerprintId& certificate, bool gcm,
                                   const std::string& spool_folder) override {
    const auto folder = current_folder();
    if (!folder) {
      return fail(folder.error());
    }
    const Timestamp now = system_clock().now();
    const auto* recipient = (*folder)->by_fingerprint(certificate);
    if (recipient == nullptr || (*folder)->state_of(*recipient, now) != KeyState::valid) {
      return fail(
          transient_fault("smime.certificate", "the recipient's certificate is no longer usable")
              .with("certificate", certificate.str()));
    }
    if (signer_) {
      if (auto current = check_signer_dates(*signer_, now); !current) {
        return fail(current);
      }
    }
    const ProtectionHeaders headers = protect_headers(message.headers);
    ProtectedMessage result(spool_folder);
    result.headers = headers.outer;
    result.headers.append("Content-Type", std::string(" application/pkcs7-mime; smime-type=") +
                                              (gcm ? "authEnveloped-data" : "enveloped-data") +
                                              ";\r\n name=\"smime.p7m\"");
    result.headers.append("Content-Transfer-Encoding", " base64");
    result.headers.append("Content-Disposition", " attachment; filename=\"smime.p7m\"");
    if (auto written = write_body(message, headers.inner, *recipient, gcm, result.body); !written) {
      return fail(written);
    }
    const bool rsa = recipient->algorithm.starts_with("rsa");
    result.algorithms = {gcm ? "AES-256-GCM" : "AES-256-CBC",
                         rsa ? "RSA PKCS#1 v1.5" : "ECDH SHA-256"};
    if (signer_) {
      result.algorithms.emplace_back("signed SHA-256");
    }
    return result;
  }

  Result<std::vector<CertificateDescription>> list() override {
    const auto folder = current_folder();
    if (!folder) {
      return fail(folder.error());
    }
    const Timestamp now = system_clock().now();
    std::vector<CertificateDescription> descriptions;
    for (const auto& each : (*folder)->certificates()) {
      CertificateDescription description{.fingerprint = each.fingerprint,
                                         .addresses = {},
                                         .state = (*folder)->state_of(each, now),
                                         .expires = each.until,
                                         .subject = each.subject,
                                         .algorithm = each.algorithm,
                                         .file = each.file};
      for (const auto& address : each.addresses) {
        description.addresses.push_back(address.spelled());
      }
      descriptions.push_back(std::move(description));
    }
    return descriptions;
  }

  Result<std::shared_ptr<const CertificateFolder>> current_folder() {
    const std::lock_guard lock(mutex_);
    auto stamp = CertificateFolder::stamp(options_.certificates, options_.ca_file);
    if (!stamp) {
      return fail(stamp);
    }
    if (folder_ && *stamp == stamp_) {
      return folder_;
    }
    // The stamp is older than what is read: what changes meanwhile is read again at the next call.
    auto folder = CertificateFolder::read(options_.certificates, options_.ca_file);
    if (!folder) {
      return fail(folder);
    }
    for (const auto& name : (*folder)->unreadable()) {
      // Files are often named after the person.
      const bool address = name.find('@') != std::string::npos;
      log::event(log::Level::warning, "-", "smime.unreadable",
                 {{"file", address ? redact_address(name) : name}});
    }
    folder_ = *folder;
    stamp_ = *stamp;
    return folder_;
  }

 private:
  // What is best said of several certificates.
  static int rank(KeyState state) {
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

  Status write_body(const mail::CapturedMessage& message, const mail::HeaderList& inner,
                    const RecipientCertificate& recipient, bool gcm, mail::ByteSink& out) const {
    auto envelope = CmsWriter::encrypting(recipient.certificate.get(), gcm, out);
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

  const SmimeOptions options_;
  const std::optional<Signer> signer_;
  std::mutex mutex_;  // of all below
  std::shared_ptr<const CertificateFolder> folder_;
  std::string stamp_;
};

}  // namespace

Result<std::unique_ptr<Smime>> open_smime(const SmimeOptions& options) {
  std::optional<Signer> signer;
  if (!options.sign_certificate.empty()) {
    auto read = read_signer(options);
    if (!read) {
      return fail(read);
    }
    if (auto current = check_signer_dates(*read, system_clock().now()); !current) {
      return fail(current);
    }
    signer = std::move(*read);
  }
  auto smime = std::make_unique<FolderSmime>(options, std::move(signer));
  if (auto folder = smime->current_folder(); !folder) {
    Fault fault = folder.error();
    fault.kind = FaultKind::configuration;
    return fail(std::move(fault).with("setting", "smime.certificates"));
  }
  return std::unique_ptr<Smime>(std::move(smime));
}

}  // namespace phimilter::protect
