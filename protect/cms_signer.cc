// SPDX-License-Identifier: Apache-2.0
#include "protect/cms_signer.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/files.h"
#include "base/limits.h"
#include "base/secret.h"
#include "protect/certificate_facts.h"

namespace phimilter::protect {
namespace {

Fault signer_fault(std::string what) {
  return with_openssl_reason(configuration_fault(
      "smime.signer", "the organisation's signing certificate " + std::move(what)));
}

// Nobody sits at a terminal: a passphrase is a fault, not a question.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) {
  return -1;
}

}  // namespace

Result<Signer> read_signer(const std::string& certificate_file, const std::string& key_file) {
  const auto pem = read_file(certificate_file, limits::kMiB);
  if (!pem) {
    return fail(signer_fault("cannot be read").with("path", certificate_file));
  }
  Signer signer;
  const BioHandle certificates(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  while (X509* certificate =
             PEM_read_bio_X509(certificates.get(), nullptr, no_passphrase, nullptr)) {
    Certificate owner(certificate, X509_free);
    (signer.certificate ? signer.chain.emplace_back() : signer.certificate) = std::move(owner);
  }
  ERR_clear_error();
  const auto secret = read_secret_file(key_file, 0);
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

}  // namespace phimilter::protect
