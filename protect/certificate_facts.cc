// SPDX-License-Identifier: Apache-2.0
#include "protect/certificate_facts.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <chrono>
#include <ctime>

namespace phimilter::protect {
namespace {

constexpr int kRsaBits = 2048;       // NIST SP 800-57: less is no protection
constexpr int kRsaMostBits = 16384;  // more is an attempt to keep us busy
constexpr int kEcBits = 256;

template <typename T, auto release>
using Owned = std::unique_ptr<T, OpensslRelease<release>>;

void add_address(const std::string& text, std::vector<mail::Address>& addresses) {
  // A NUL would let "victim@example.org\0.attacker.example" be read in two ways.
  if (text.find('\0') != std::string::npos) {
    return;
  }
  if (auto address = mail::Address::parse(text)) {
    addresses.push_back(std::move(*address));
  }
}

std::string printed(const X509_NAME* name) {
  const BioHandle memory(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  return length <= 0 ? std::string() : std::string(text, static_cast<std::size_t>(length));
}

std::string serial_of(X509* certificate) {
  const Owned<BIGNUM, BN_free> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  if (!number) {
    return {};
  }
  char* text = BN_bn2hex(number.get());
  const std::string serial = text == nullptr ? "" : ascii_lower(text);
  OPENSSL_free(text);
  return serial;
}

// The algorithm that the certificate itself names for its key.
int key_algorithm(X509* certificate) {
  ASN1_OBJECT* object = nullptr;
  X509_PUBKEY_get0_param(&object, nullptr, nullptr, nullptr, X509_get_X509_PUBKEY(certificate));
  return OBJ_obj2nid(object);
}

std::string algorithm_of(X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  const std::string bits = key == nullptr ? "" : std::to_string(EVP_PKEY_get_bits(key));
  switch (key_algorithm(certificate)) {
    case NID_rsaEncryption:
      return "rsa" + bits;
    case NID_rsassaPss:
      return "rsa-pss" + bits;
    case NID_rsaesOaep:
      return "rsa-oaep";
    case NID_X9_62_id_ecPublicKey:
      return "ec" + bits;
    case NID_X25519:
      return "x25519";
    case NID_X448:
      return "x448";
    case NID_ED25519:
      return "ed25519";
    case NID_ED448:
      return "ed448";
    default:
      return "unsupported";
  }
}

std::string unfit_key(X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  const int bits = key == nullptr ? 0 : EVP_PKEY_get_bits(key);
  switch (key_algorithm(certificate)) {
    case NID_rsaEncryption:
      return key == nullptr        ? "its key cannot be read"
             : bits < kRsaBits     ? "its RSA key is shorter than 2048 bits"
             : bits > kRsaMostBits ? "its RSA key is longer than 16384 bits"
                                   : "";
    case NID_X9_62_id_ecPublicKey:
      return key == nullptr   ? "its key is on a curve that is not known here"
             : bits < kEcBits ? "its key is on a curve of less than 256 bits"
                              : "";
    case NID_rsassaPss:
    case NID_ED25519:
    case NID_ED448:
      return "its key is of a kind that only signs; ask for the owner's encryption certificate";
    case NID_rsaesOaep:
      return "its key is of the kind RSAES-OAEP, which hardly any software reads; ask for one "
             "whose key is plain RSA";
    case NID_X25519:
    case NID_X448:
      return "its key is of a kind that OpenSSL's CMS cannot encrypt to; ask for one whose key is "
             "RSA or on a NIST curve";
    default:
      return "its key is of a kind that is not known here";
  }
}

// RFC 8550 4.4.2 and 4.4.4. Absent extensions allow all (OpenSSL then gives UINT32_MAX).
std::string unfit_reason(X509* certificate) {
  std::string reason = unfit_key(certificate);
  if (!reason.empty()) {
    return reason;
  }
  if ((X509_get_extension_flags(certificate) & EXFLAG_INVALID) != 0) {
    return "its extensions are damaged";
  }
  if ((X509_get_extension_flags(certificate) & EXFLAG_CRITICAL) != 0) {
    return "it has a critical extension that is not known here";
  }
  const bool rsa = key_algorithm(certificate) == NID_rsaEncryption;
  const std::uint32_t needed = rsa ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT;
  if ((X509_get_key_usage(certificate) & needed) == 0) {
    return std::string("its key usage lacks ") + (rsa ? "keyEncipherment" : "keyAgreement") +
           ": it is meant for signing; ask for the owner's encryption certificate";
  }
  if ((X509_get_extended_key_usage(certificate) & (XKU_SMIME | XKU_ANYEKU)) == 0) {
    return "its extended key usage lacks emailProtection: it is not meant for mail";
  }
  return {};
}

policy::CmsForm form_in_extension(X509* certificate) {
  const int at = X509_get_ext_by_NID(certificate, NID_SMIMECapabilities, -1);
  X509_EXTENSION* extension = at < 0 ? nullptr : X509_get_ext(certificate, at);
  if (extension == nullptr) {
    return {};
  }
  const ASN1_OCTET_STRING* data = X509_EXTENSION_get_data(extension);
  return form_of_capabilities(
      {ASN1_STRING_get0_data(data), static_cast<std::size_t>(ASN1_STRING_length(data))});
}

void add_alternative_names(X509* certificate, bool& named, std::vector<mail::Address>& addresses) {
  const Owned<GENERAL_NAMES, GENERAL_NAMES_free> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
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
}

}  // namespace

std::string text_of(const ASN1_STRING* string) {
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, string);
  if (length < 0) {
    ERR_clear_error();
    return {};
  }
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
  OPENSSL_free(utf8);
  return text;
}

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
  add_alternative_names(certificate, named, addresses);
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
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    ERR_clear_error();
    return Timestamp{};
  }
  return Timestamp(std::chrono::seconds(timegm(&parts)));
}

policy::CmsForm form_of_capabilities(ByteView der) {
  const unsigned char* at = der.data();
  const Owned<ASN1_SEQUENCE_ANY,
              [](ASN1_SEQUENCE_ANY* all) { sk_ASN1_TYPE_pop_free(all, ASN1_TYPE_free); }>
      capabilities(d2i_ASN1_SEQUENCE_ANY(nullptr, &at, static_cast<long>(der.size())));
  policy::CmsForm form;
  for (int i = 0; capabilities && i < sk_ASN1_TYPE_num(capabilities.get()); ++i) {
    const ASN1_TYPE* each = sk_ASN1_TYPE_value(capabilities.get(), i);
    if (each->type != V_ASN1_SEQUENCE) {
      continue;
    }
    const unsigned char* inside = ASN1_STRING_get0_data(each->value.sequence);
    const unsigned char* end = inside + ASN1_STRING_length(each->value.sequence);
    long length = 0;
    int tag = 0;
    int tag_class = 0;
    if ((ASN1_get_object(&inside, &length, &tag, &tag_class, end - inside) & 0x80) != 0) {
      continue;
    }
    const Owned<ASN1_OBJECT, ASN1_OBJECT_free> object(
        d2i_ASN1_OBJECT(nullptr, &inside, static_cast<long>(end - inside)));
    const int algorithm = OBJ_obj2nid(object.get());
    form.gcm = form.gcm || algorithm == NID_aes_256_gcm;
    form.oaep = form.oaep || algorithm == NID_rsaesOaep;
  }
  ERR_clear_error();
  return form;
}

CertificateFacts facts_of(X509* certificate) {
  CertificateFacts facts{.fingerprint = fingerprint_of(certificate),
                         .addresses = addresses_of(certificate),
                         .from = time_of(X509_get0_notBefore(certificate)),
                         .until = time_of(X509_get0_notAfter(certificate)),
                         .subject = printed(X509_get_subject_name(certificate)),
                         .issuer = printed(X509_get_issuer_name(certificate)),
                         .serial = serial_of(certificate),
                         .algorithm = algorithm_of(certificate),
                         .is_ca = X509_check_ca(certificate) > 0,
                         .unfit = unfit_reason(certificate),
                         .cms = form_in_extension(certificate)};
  ERR_clear_error();
  return facts;
}

}  // namespace phimilter::protect
