// SPDX-License-Identifier: Apache-2.0
#include "phictl/certificates.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::phictl {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};

using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using X509Holder = std::unique_ptr<X509, Freed<X509_free>>;
using KeyHolder = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

Bio memory_bio(std::string_view bytes) {
  return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

std::string drain(BIO* bio) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(length));
}

Timestamp end_of(const X509& certificate) {
  std::tm when{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &when) != 1) {
    return {};
  }
  return Timestamp(std::chrono::seconds(timegm(&when)));
}

Result<Certificate> describe(X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const Bio subject(BIO_new(BIO_s_mem()));
  const Bio pem(BIO_new(BIO_s_mem()));
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &length) != 1 ||
      X509_NAME_print_ex(subject.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_ONELINE) <
          0 ||
      PEM_write_bio_X509(pem.get(), &certificate) != 1) {
    return fail(bug_fault("phictl.certificate", "OpenSSL could not describe a certificate"));
  }
  const auto fingerprint = FingerprintId::parse(hex(ByteView(digest.data(), length)));
  require(fingerprint.has_value(), "a SHA-256 digest has the form of a fingerprint");
  return Certificate{*fingerprint, drain(subject.get()), end_of(certificate), drain(pem.get())};
}

int refuse_passphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

Result<std::vector<Certificate>> read_certificates(std::string_view bytes) {
  std::vector<Certificate> found;
  if (bytes.empty() || bytes.size() > 16 * limits::kMiB) {
    return found;
  }
  const auto* position = reinterpret_cast<const unsigned char*>(bytes.data());
  if (const X509Holder der(d2i_X509(nullptr, &position, static_cast<long>(bytes.size()))); der) {
    auto certificate = describe(*der);
    if (!certificate) {
      return fail(certificate);
    }
    found.push_back(std::move(*certificate));
    return found;
  }
  const Bio bio = memory_bio(bytes);
  while (const X509Holder pem{PEM_read_bio_X509(bio.get(), nullptr, refuse_passphrase, nullptr)}) {
    auto certificate = describe(*pem);
    if (!certificate) {
      return fail(certificate);
    }
    found.push_back(std::move(*certificate));
  }
  ERR_clear_error();
  if (found.empty() && bytes.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos) {
    return fail(permanent_fault("phictl.certificate", "the certificate cannot be parsed"));
  }
  return found;
}

Result<bool> key_belongs(std::string_view certificate_pem, std::string_view key_pem) {
  const Bio certificate_bio = memory_bio(certificate_pem);
  const X509Holder certificate(
      PEM_read_bio_X509(certificate_bio.get(), nullptr, refuse_passphrase, nullptr));
  const Bio key_bio = memory_bio(key_pem);
  const KeyHolder key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, refuse_passphrase, nullptr));
  ERR_clear_error();
  if (!certificate || !key) {
    return fail(configuration_fault("phictl.key",
                                    "the file holds no private key in PEM without a passphrase"));
  }
  const bool belongs = X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  return belongs;
}

bool looks_like_openpgp_key(std::string_view bytes) {
  if (bytes.find("-----BEGIN PGP PUBLIC KEY BLOCK-----") != std::string_view::npos) {
    return true;
  }
  // Packet tag 6 in the old and in the new packet format.
  const unsigned first = bytes.empty() ? 0U : static_cast<unsigned char>(bytes.front());
  return (first & 0xfcU) == 0x98U || first == 0xc6U;
}

}  // namespace phimilter::phictl
