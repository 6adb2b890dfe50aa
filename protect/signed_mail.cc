// SPDX-License-Identifier: Apache-2.0
#include "protect/signed_mail.h"

#include <openssl/cms.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"
#include "protect/autocrypt.h"
#include "protect/certificate_facts.h"
#include "protect/certificate_files.h"
#include "protect/clear_parts.h"
#include "protect/openssl_handles.h"

namespace phimilter::protect {
namespace {

struct SignedParts {
  std::string signature;     // DER
  std::string_view content;  // of a detached signature
  bool detached = false;
};

struct ReleaseCertificates {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using CertificateList = std::unique_ptr<STACK_OF(X509), ReleaseCertificates>;

bool is_one_of(const std::string& value, std::string_view plain, std::string_view old) {
  return value == plain || value == old;
}

// Base64 with its line ends; nullopt: too long, or not that.
std::optional<std::string> decoded(std::string_view text) {
  if (text.size() > 2 * limits::kSignatureBytes) {
    return std::nullopt;
  }
  std::string compact;
  std::copy_if(text.begin(), text.end(), std::back_inserter(compact),
               [](char c) { return c != '\r' && c != '\n' && c != ' ' && c != '\t'; });
  const auto bytes = unbase64(compact);
  if (!bytes || bytes->empty() || bytes->size() > limits::kSignatureBytes) {
    return std::nullopt;
  }
  return std::string(as_text(*bytes));
}

bool is_base64(std::string_view part_headers) {
  const auto lines = split(part_headers, '\n');
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    const std::string lower = ascii_lower(trim(line));
    return lower.starts_with("content-transfer-encoding:") &&
           trim(lower.substr(lower.find(':') + 1)) == "base64";
  });
}

// What stands between two lines with the boundary, without the line end that belongs to the second.
std::optional<std::string_view> next_part(std::string_view& body, const std::string& delimiter) {
  const auto end = body.find("\r\n" + delimiter);
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view part = body.substr(0, end);
  body.remove_prefix(end + 2 + delimiter.size());
  const auto line_end = body.find("\r\n");
  body.remove_prefix(line_end == std::string_view::npos ? body.size() : line_end + 2);
  return part;
}

std::optional<SignedParts> detached_parts(std::string_view body, const std::string& boundary) {
  const std::string delimiter = "--" + boundary;
  if (boundary.empty()) {
    return std::nullopt;
  }
  const auto start = body.starts_with(delimiter) ? 0 : body.find("\r\n" + delimiter);
  const auto line_end = start == std::string_view::npos ? start : body.find("\r\n", start + 2);
  if (line_end == std::string_view::npos) {
    return std::nullopt;
  }
  body.remove_prefix(line_end + 2);
  const auto content = next_part(body, delimiter);
  const auto signature = content ? next_part(body, delimiter) : std::nullopt;
  const auto blank = signature ? signature->find("\r\n\r\n") : std::string_view::npos;
  if (blank == std::string_view::npos || !is_base64(signature->substr(0, blank))) {
    return std::nullopt;
  }
  auto der = decoded(signature->substr(blank + 4));
  return der ? std::optional(SignedParts{std::move(*der), *content, true}) : std::nullopt;
}

std::optional<SignedParts> signed_parts(const mail::HeaderList& headers, std::string_view body) {
  const auto type = content_type(headers);
  if (!type) {
    return std::nullopt;
  }
  if (type->media_type == "multipart/signed") {
    return detached_parts(body, type->parameter("boundary"));
  }
  const auto* encoding = headers.first("Content-Transfer-Encoding");
  if (encoding == nullptr || ascii_lower(trim(encoding->value)) != "base64") {
    return std::nullopt;
  }
  auto der = decoded(body);
  return der ? std::optional(SignedParts{std::move(*der), {}, false}) : std::nullopt;
}

CmsHandle parsed(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  CmsHandle cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));
  const bool is_signed = cms && OBJ_obj2nid(CMS_get0_type(cms.get())) == NID_pkcs7_signed;
  ERR_clear_error();
  return is_signed ? std::move(cms) : nullptr;
}

bool strong_digest(CMS_SignerInfo* signer) {
  X509_ALGOR* digest = nullptr;
  CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &digest, nullptr);
  const int nid = digest == nullptr ? NID_undef : OBJ_obj2nid(digest->algorithm);
  return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

bool verifies(CMS_ContentInfo* cms, const SignedParts& parts) {
  const BioHandle content(
      parts.detached ? BIO_new_mem_buf(parts.content.data(), static_cast<int>(parts.content.size()))
                     : nullptr);
  const BioHandle nowhere(BIO_new(BIO_s_null()));
  const int good = CMS_verify(cms, nullptr, nullptr, content.get(), nowhere.get(),
                              CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY);
  ERR_clear_error();
  return good == 1;
}

bool names(X509* certificate, const mail::Address& address) {
  const auto addresses = addresses_of(certificate);
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

// The signer's own certificate, or where that is for signing alone, another one of theirs from the
// same issuer that came with it (RFC 8551 2.5.3).
X509* certificate_to_use(X509* signer, STACK_OF(X509) * all, const mail::Address& author) {
  if (facts_of(signer).unfit.empty()) {
    return signer;
  }
  for (int i = 0; i < sk_X509_num(all); ++i) {
    X509* other = sk_X509_value(all, i);
    const bool same_issuer =
        X509_NAME_cmp(X509_get_issuer_name(other), X509_get_issuer_name(signer)) == 0;
    if (same_issuer && names(other, author) && facts_of(other).unfit.empty()) {
      return other;
    }
  }
  return nullptr;
}

std::optional<policy::CmsForm> form_said_by(CMS_SignerInfo* signer) {
  const int at = CMS_signed_get_attr_by_NID(signer, NID_SMIMECapabilities, -1);
  X509_ATTRIBUTE* attribute = at < 0 ? nullptr : CMS_signed_get_attr(signer, at);
  const ASN1_TYPE* value = attribute == nullptr ? nullptr : X509_ATTRIBUTE_get0_type(attribute, 0);
  if (value == nullptr || value->type != V_ASN1_SEQUENCE) {
    return std::nullopt;
  }
  const ASN1_STRING* sequence = value->value.sequence;
  return form_of_capabilities(ByteView(ASN1_STRING_get0_data(sequence),
                                       static_cast<std::size_t>(ASN1_STRING_length(sequence))));
}

}  // namespace

bool looks_signed(const mail::HeaderList& headers) {
  const auto type = content_type(headers);
  if (!type) {
    return false;
  }
  if (type->media_type == "multipart/signed") {
    return is_one_of(ascii_lower(type->parameter("protocol")), "application/pkcs7-signature",
                     "application/x-pkcs7-signature");
  }
  return is_one_of(type->media_type, "application/pkcs7-mime", "application/x-pkcs7-mime") &&
         ascii_lower(type->parameter("smime-type")) == "signed-data";
}

std::optional<LearnedCertificate> learn_from_signature(const mail::HeaderList& headers,
                                                       std::string_view body) {
  const auto author = only_author(headers);
  const auto parts = author && looks_signed(headers) ? signed_parts(headers, body) : std::nullopt;
  const CmsHandle cms = parts ? parsed(parts->signature) : nullptr;
  if (!cms) {
    return std::nullopt;
  }
  STACK_OF(CMS_SignerInfo)* infos = CMS_get0_SignerInfos(cms.get());
  if (sk_CMS_SignerInfo_num(infos) != 1 || !strong_digest(sk_CMS_SignerInfo_value(infos, 0)) ||
      !verifies(cms.get(), *parts)) {
    return std::nullopt;
  }
  CMS_SignerInfo* info = sk_CMS_SignerInfo_value(infos, 0);
  X509* signer = nullptr;
  CMS_SignerInfo_get0_algs(info, nullptr, &signer, nullptr, nullptr);
  if (signer == nullptr || !names(signer, *author)) {
    return std::nullopt;
  }
  const CertificateList all(CMS_get1_certs(cms.get()));
  X509* used = certificate_to_use(signer, all.get(), *author);
  if (used == nullptr) {
    return std::nullopt;
  }
  // What another certificate of the bundle belongs to, its owner did not say: an issuer's name can
  // be imitated, and the capabilities would be the forger's.
  return LearnedCertificate{*author, pem_of(used),
                            used == signer ? form_said_by(info) : std::nullopt};
}

}  // namespace phimilter::protect
