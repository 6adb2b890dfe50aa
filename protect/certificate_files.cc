// SPDX-License-Identifier: Apache-2.0
#include "protect/certificate_files.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

#include <algorithm>
#include <limits>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::protect {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kDashes = "-----";

template <typename T, auto release>
using Owned = std::unique_ptr<T, OpensslRelease<release>>;

// Nobody sits at a terminal: a passphrase is a failure, not a question.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) {
  return -1;
}

bool add_pkcs7(PKCS7* bundle, CertificateFile& file) {
  STACK_OF(X509)* certificates = nullptr;
  if (PKCS7_type_is_signed(bundle) && bundle->d.sign != nullptr) {
    certificates = bundle->d.sign->cert;
  }
  for (int i = 0; i < sk_X509_num(certificates); ++i) {
    X509* certificate = sk_X509_value(certificates, i);
    X509_up_ref(certificate);
    file.certificates.emplace_back(certificate, X509_free);
  }
  if (sk_X509_num(certificates) <= 0) {
    file.problems.emplace_back("the PKCS #7 file holds no certificate");
  }
  return true;
}

std::string about_other_der(const unsigned char* bytes, long length) {
  const unsigned char* at = bytes;
  if (const Owned<PKCS12, PKCS12_free> key(d2i_PKCS12(nullptr, &at, length)); key) {
    return "this is a PKCS #12 file, which holds somebody's private key; it has no business here. "
           "The certificate alone: openssl pkcs12 -in FILE -nokeys -clcerts -out certificate.pem";
  }
  at = bytes;
  if (const Owned<X509_CRL, X509_CRL_free> list(d2i_X509_CRL(nullptr, &at, length)); list) {
    return "this is a revocation list, not a certificate; put it into smime.crl_folder";
  }
  at = bytes;
  if (const Owned<X509_REQ, X509_REQ_free> request(d2i_X509_REQ(nullptr, &at, length)); request) {
    return "this is a certificate request, not a certificate; the CA turns one into the other";
  }
  return {};
}

// One after the other, as long as something is left. False: not DER of a kind that is known.
bool add_der(std::string_view bytes, CertificateFile& file) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* end = at + bytes.size();
  bool known = false;
  while (at < end && *at == 0x30) {
    const unsigned char* next = at;
    if (X509* certificate = d2i_X509(nullptr, &next, static_cast<long>(end - at))) {
      file.certificates.emplace_back(certificate, X509_free);
    } else {
      next = at;
      const Owned<PKCS7, PKCS7_free> bundle(d2i_PKCS7(nullptr, &next, static_cast<long>(end - at)));
      if (!bundle) {
        break;
      }
      add_pkcs7(bundle.get(), file);
    }
    known = true;
    at = next;
  }
  if (!known && bytes.starts_with('\x30')) {
    const auto what = about_other_der(at, static_cast<long>(end - at));
    if (!what.empty()) {
      file.problems.push_back(what);
      known = true;
    }
  }
  ERR_clear_error();
  return known;
}

std::string about_other_block(std::string_view label) {
  if (label.find("PRIVATE KEY") != std::string_view::npos) {
    return "a private key stands in the file; it is not taken, and should not be where others can "
           "read it";
  }
  if (label == "X509 CRL") {
    return "a revocation list stands in the file; it belongs into smime.crl_folder";
  }
  if (label.find("CERTIFICATE REQUEST") != std::string_view::npos) {
    return "a certificate request stands in the file; the CA turns it into a certificate";
  }
  return "a block of another kind stands in the file: " + std::string(label.substr(0, 40));
}

// `block` begins with "-----BEGIN ".
void add_block(std::string_view block, const std::string& where, CertificateFile& file) {
  const auto label_end = block.find(kDashes, kBegin.size());
  const std::string_view label =
      block.substr(kBegin.size(), label_end == std::string_view::npos
                                      ? std::min<std::size_t>(40, block.size() - kBegin.size())
                                      : label_end - kBegin.size());
  const bool certificate =
      label == "CERTIFICATE" || label == "X509 CERTIFICATE" || label == "TRUSTED CERTIFICATE";
  const bool bundle = label == "PKCS7" || label == "CMS" || label == "PKCS #7 SIGNED DATA";
  if (!certificate && !bundle) {
    file.problems.push_back(where + about_other_block(label));
    return;
  }
  const BioHandle memory(BIO_new_mem_buf(block.data(), static_cast<int>(block.size())));
  if (certificate) {
    if (X509* found = PEM_read_bio_X509_AUX(memory.get(), nullptr, no_passphrase, nullptr)) {
      file.certificates.emplace_back(found, X509_free);
    } else {
      file.problems.push_back(where + "a certificate is damaged; ask its owner for it again");
    }
  } else {
    const Owned<PKCS7, PKCS7_free> found(
        PEM_read_bio_PKCS7(memory.get(), nullptr, no_passphrase, nullptr));
    if (found) {
      add_pkcs7(found.get(), file);
    } else {
      file.problems.push_back(where + "a PKCS #7 bundle is damaged; ask for it again");
    }
  }
  ERR_clear_error();
}

void add_pem(std::string_view bytes, CertificateFile& file) {
  auto at = bytes.find(kBegin);
  std::size_t line = 1;
  std::size_t counted = 0;
  while (at != std::string_view::npos) {
    const auto next = bytes.find(kBegin, at + kBegin.size());
    const auto lines = std::count(bytes.begin() + static_cast<std::ptrdiff_t>(counted),
                                  bytes.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    line += static_cast<std::size_t>(lines);
    counted = at;
    add_block(bytes.substr(at, next == std::string_view::npos ? next : next - at),
              "line " + std::to_string(line) + ": ", file);
    at = next;
  }
}

// DER in base64 without the lines around it.
bool add_bare_base64(std::string_view bytes, CertificateFile& file) {
  std::string text;
  for (const char c : bytes) {
    if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) {
      text += c;
    }
  }
  const auto der = text.starts_with("MI") ? unbase64(text) : std::nullopt;
  return der && add_der(as_text(*der), file);
}

}  // namespace

CertificateFile read_certificate_file(std::string_view bytes) {
  CertificateFile file;
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    file.problems.emplace_back("the file is too long for certificates");
  } else if (trim(bytes).empty()) {
    file.problems.emplace_back("the file is empty");
  } else if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) {
    file.problems.emplace_back("the file is UTF-16 text; save it as plain text (UTF-8) again");
  } else if (bytes.find(kBegin) != std::string_view::npos && !bytes.starts_with('\x30')) {
    add_pem(bytes, file);
  } else if (!add_der(bytes, file) && !add_bare_base64(bytes, file)) {
    file.problems.emplace_back("the file holds no certificate: neither PEM nor DER nor PKCS #7");
  }
  return file;
}

std::string pem_of(X509* certificate) {
  const BioHandle memory(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(memory.get(), certificate) == 1, "a certificate can be written");
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace phimilter::protect
