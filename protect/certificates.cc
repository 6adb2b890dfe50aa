// SPDX-License-Identifier: Apache-2.0
#include "protect/certificates.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "base/encoding.h"
#include "base/files.h"
#include "base/limits.h"

namespace phimilter::protect {
namespace {

using policy::KeyState;

constexpr std::size_t kCertificateFile = limits::kMiB;  // past it: unreadable
constexpr int kRsaBits = 2048;                          // NIST SP 800-57: less is no protection
constexpr int kChainLevel = 2;  // OpenSSL: 112 bits, so no SHA-1 and no short RSA in the chain

std::string text_of(const ASN1_STRING* string) {
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, string);
  if (length < 0) {
    ERR_clear_error();
    return {};
  }
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(
      utf8, [](unsigned char* bytes) { OPENSSL_free(bytes); });
  return {reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length)};
}

void add_address(const std::string& text, std::vector<mail::Address>& addresses) {
  // A NUL would let "victim@example.org\0.attacker.example" be read in two ways.
  if (text.find('\0') != std::string::npos) {
    return;
  }
  if (auto address = mail::Address::parse(text)) {
    addresses.push_back(std::move(*address));
  }
}

std::string subject_of(X509* certificate) {
  const BioHandle memory(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(memory.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  return length <= 0 ? std::string() : std::string(text, static_cast<std::size_t>(length));
}

bool is_rsa(const EVP_PKEY* key) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
}
bool is_ec(const EVP_PKEY* key) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
}

std::string algorithm_of(X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) {
    return "unknown";
  }
  const std::string bits = std::to_string(EVP_PKEY_get_bits(key));
  return is_rsa(key) ? "rsa" + bits : is_ec(key) ? "ec" + bits : "unsupported";
}

// RFC 8550 4.4.2 and 4.4.4. Absent extensions allow all (OpenSSL then gives UINT32_MAX).
bool fit_for_mail(X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) {
    return false;
  }
  const bool strong = (is_rsa(key) && EVP_PKEY_get_bits(key) >= kRsaBits) ||
                      (is_ec(key) && EVP_PKEY_get_bits(key) >= 256);
  const std::uint32_t usage = X509_get_key_usage(certificate);
  const std::uint32_t needed = is_rsa(key) ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT;
  const std::uint32_t extended = X509_get_extended_key_usage(certificate);
  return strong && (usage & needed) != 0 && (extended & (XKU_SMIME | XKU_ANYEKU)) != 0;
}

using CertificateStack = std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)>;

std::vector<Certificate> certificates_in(const std::string& bytes) {
  std::vector<Certificate> found;
  const BioHandle memory(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  if (bytes.find("-----BEGIN ") == std::string::npos) {
    if (X509* der = d2i_X509_bio(memory.get(), nullptr)) {
      found.emplace_back(der, X509_free);
    }
  } else {
    while (X509* pem = PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr)) {
      found.emplace_back(pem, X509_free);
    }
  }
  ERR_clear_error();
  return found;
}

bool is_certificate_file(const std::string& name) {
  const std::string lower = ascii_lower(name);
  return lower.ends_with(".pem") || lower.ends_with(".crt") || lower.ends_with(".cer") ||
         lower.ends_with(".der");
}

void add_stamp(const std::string& path, std::string& stamp) {
  struct stat file {};
  if (stat(path.c_str(), &file) == 0) {
    stamp += std::to_string(file.st_ino) + "." + std::to_string(file.st_size) + "." +
             std::to_string(file.st_mtim.tv_sec) + "." + std::to_string(file.st_mtim.tv_nsec) + " ";
  }
}

}  // namespace

FingerprintId fingerprint_of(X509* certificate) {
  Sha256 digest{};
  unsigned length = 0;
  require(X509_digest(certificate, EVP_sha256(), digest.data(), &length) == 1 &&
              length == digest.size(),
          "a certificate has a SHA-256");
  return *FingerprintId::parse(hex(digest));
}

std::vector<mail::Address> addresses_of(X509* certificate) {
  std::vector<mail::Address> addresses;
  bool named = false;
  const std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_EMAIL) {
      named = true;
      add_address(text_of(name->d.rfc822Name), addresses);
    } else if (name->type == GEN_OTHERNAME &&
               OBJ_obj2nid(name->d.otherName->type_id) == NID_id_on_SmtpUTF8Mailbox &&
               name->d.otherName->value->type == V_ASN1_UTF8STRING) {
      named = true;
      add_address(text_of(name->d.otherName->value->value.utf8string), addresses);
    }
  }
  const X509_NAME* subject = X509_get_subject_name(certificate);
  for (int at = -1; !named;) {
    at = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, at);
    if (at < 0) {
      break;
    }
    add_address(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))), addresses);
  }
  ERR_clear_error();
  return addresses;
}

Timestamp time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    ERR_clear_error();
    return Timestamp{};  // 1970: a certificate without a readable end is over
  }
  return Timestamp(std::chrono::seconds(timegm(&parts)));
}

Result<std::string> CertificateFolder::stamp(const std::string& folder,
                                             const std::string& ca_file) {
  auto names = list_folder(folder);
  if (!names) {
    return fail(names);
  }
  std::string stamp;
  for (const auto& name : *names) {
    stamp += name + " ";
    add_stamp(folder + "/" + name, stamp);
  }
  if (!ca_file.empty()) {
    add_stamp(ca_file, stamp);
  }
  return stamp;
}

Result<std::shared_ptr<const CertificateFolder>> CertificateFolder::read(
    const std::string& folder, const std::string& ca_file) {
  auto names = list_folder(folder);
  if (!names) {
    return fail(names);
  }
  std::shared_ptr<CertificateFolder> result(new CertificateFolder);
  result->intermediates_ = std::shared_ptr<STACK_OF(X509)>(
      sk_X509_new_null(), [](STACK_OF(X509) * all) { sk_X509_pop_free(all, X509_free); });
  if (!ca_file.empty()) {
    result->trusted_ = std::shared_ptr<X509_STORE>(X509_STORE_new(), X509_STORE_free);
    if (X509_STORE_load_file(result->trusted_.get(), ca_file.c_str()) != 1) {
      return fail(with_openssl_reason(
          configuration_fault("smime.ca_file", "the CA certificates cannot be read")
              .with("path", ca_file)));
    }
  }
  for (const auto& name : *names) {
    if (is_certificate_file(name)) {
      result->take_file(folder, name);
    }
  }
  return std::shared_ptr<const CertificateFolder>(std::move(result));
}

void CertificateFolder::take_file(const std::string& folder, const std::string& name) {
  const auto bytes = read_file(folder + "/" + name, kCertificateFile);
  const auto found = bytes ? certificates_in(*bytes) : std::vector<Certificate>();
  if (found.empty()) {
    unreadable_.push_back(name);
  }
  for (const auto& certificate : found) {
    take(certificate, name);
  }
}

void CertificateFolder::take(const Certificate& certificate, const std::string& name) {
  if (X509_check_ca(certificate.get()) > 0) {
    X509_up_ref(certificate.get());
    sk_X509_push(intermediates_.get(), certificate.get());
  }
  auto addresses = addresses_of(certificate.get());
  if (addresses.empty()) {
    return;
  }
  certificates_.push_back({.certificate = certificate,
                           .fingerprint = fingerprint_of(certificate.get()),
                           .addresses = std::move(addresses),
                           .from = time_of(X509_get0_notBefore(certificate.get())),
                           .until = time_of(X509_get0_notAfter(certificate.get())),
                           .file = name,
                           .subject = subject_of(certificate.get()),
                           .algorithm = algorithm_of(certificate.get()),
                           .fit = fit_for_mail(certificate.get())});
}

const RecipientCertificate* CertificateFolder::by_fingerprint(
    const FingerprintId& fingerprint) const {
  const auto found = std::find_if(
      certificates_.begin(), certificates_.end(),
      [&](const RecipientCertificate& each) { return each.fingerprint == fingerprint; });
  return found == certificates_.end() ? nullptr : &*found;
}

KeyState CertificateFolder::state_of(const RecipientCertificate& certificate, Timestamp now) const {
  if (!certificate.fit || now < certificate.from) {
    return KeyState::unusable;
  }
  if (now >= certificate.until) {
    return KeyState::expired;
  }
  return trusted_ ? chain_state(certificate.certificate.get(), now) : KeyState::valid;
}

KeyState CertificateFolder::chain_state(X509* certificate, Timestamp now) const {
  const std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> context(X509_STORE_CTX_new(),
                                                                           X509_STORE_CTX_free);
  if (X509_STORE_CTX_init(context.get(), trusted_.get(), certificate, intermediates_.get()) != 1) {
    ERR_clear_error();
    return KeyState::unknown;
  }
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(parameters, kChainLevel);
  X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(
                                             std::chrono::floor<std::chrono::seconds>(now)));
  if (X509_verify_cert(context.get()) == 1) {
    return KeyState::valid;
  }
  ERR_clear_error();
  const int error = X509_STORE_CTX_get_error(context.get());
  return error == X509_V_ERR_CERT_HAS_EXPIRED ? KeyState::expired : KeyState::unusable;
}

}  // namespace phimilter::protect
