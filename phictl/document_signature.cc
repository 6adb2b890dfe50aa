// SPDX-License-Identifier: Apache-2.0
#include "phictl/document_signature.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "base/files.h"
#include "base/limits.h"
#include "base/secret.h"

namespace phimilter::phictl {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(CMS_ContentInfo* cms) const { CMS_ContentInfo_free(cms); }
  void operator()(STACK_OF(X509) * chain) const { sk_X509_pop_free(chain, X509_free); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Fault cannot_sign(const SigningKey& with) {
  ERR_clear_error();
  return configuration_fault("phictl.sign",
                             "the document cannot be signed: certificate and key are not of one "
                             "pair, or cannot be used for signing")
      .with("certificate", with.certificate)
      .with("key", with.key);
}

Owned<BIO> memory(std::string_view bytes) {
  return Owned<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

int no_passphrase(char*, int, int, void*) {
  return 0;
}

}  // namespace

Result<SigningKey> signing_key(const Settings& settings) {
  if (!settings.smime_sign_certificate.empty() && !settings.smime_sign_key.empty()) {
    return SigningKey{settings.smime_sign_certificate, settings.smime_sign_key};
  }
  if (!settings.portal_certificate.empty() && !settings.portal_certificate_key.empty()) {
    return SigningKey{settings.portal_certificate, settings.portal_certificate_key};
  }
  return fail(configuration_fault("phictl.sign",
                                  "there is no key to sign with: set smime.sign_certificate and "
                                  "smime.sign_key, or portal.certificate and its key"));
}

Result<std::string> sign_document(std::string_view document, const SigningKey& with) {
  const auto certificates = read_file(with.certificate, limits::kMiB);
  const auto key_text = read_secret_file(with.key, 0);
  if (!certificates || !key_text) {
    return fail(certificates ? key_text.error() : certificates.error());
  }
  const Owned<BIO> chain_bio = memory(*certificates);
  const Owned<X509> own(PEM_read_bio_X509(chain_bio.get(), nullptr, no_passphrase, nullptr));
  const Owned<STACK_OF(X509)> chain(sk_X509_new_null());
  while (X509* next = PEM_read_bio_X509(chain_bio.get(), nullptr, no_passphrase, nullptr)) {
    sk_X509_push(chain.get(), next);
  }
  ERR_clear_error();
  const Owned<BIO> key_bio = memory(key_text->view());
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, no_passphrase, nullptr));
  const Owned<BIO> content = memory(document);
  const Owned<CMS_ContentInfo> cms(own && key ? CMS_sign(own.get(), key.get(), chain.get(),
                                                         content.get(), CMS_DETACHED | CMS_BINARY)
                                              : nullptr);
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  char* start = nullptr;
  if (!cms || !out || PEM_write_bio_CMS_stream(out.get(), cms.get(), nullptr, 0) != 1) {
    return fail(cannot_sign(with));
  }
  const long size = BIO_get_mem_data(out.get(), &start);
  return std::string(start, static_cast<std::size_t>(size));
}

}  // namespace phimilter::phictl
