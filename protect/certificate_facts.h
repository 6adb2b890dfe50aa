// SPDX-License-Identifier: Apache-2.0
//
// What one X.509 certificate says, as values of ours. For this room's S/MIME files only; not a
// contract.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/ids.h"
#include "mail/address.h"
#include "policy/treatment.h"
#include "protect/openssl_handles.h"

namespace phimilter::protect {

struct CertificateFacts {
  FingerprintId fingerprint;  // SHA-256
  std::vector<mail::Address> addresses;
  Timestamp from{}, until{};
  std::string subject, issuer, serial, algorithm;
  bool is_ca = false;
  std::string unfit;      // why mail cannot be encrypted to it (RFC 8550 4.4); empty: it can
  policy::CmsForm cms{};  // what it says that its owner's software reads (RFC 4262)
};

CertificateFacts facts_of(X509* certificate);

FingerprintId fingerprint_of(X509* certificate);
// rfc822Name and SmtpUTF8Mailbox of subjectAltName; where there is none, emailAddress of the
// subject (RFC 8550 3).
std::vector<mail::Address> addresses_of(X509* certificate);
Timestamp time_of(const ASN1_TIME* time);  // 1970: not readable
// X.509 text as UTF-8; empty: not readable.
std::string text_of(const ASN1_STRING* string);

// SMIMECapabilities (RFC 8551 2.5.2), as they stand in a signature's attribute and in a
// certificate's extension. What cannot be read promises nothing.
policy::CmsForm form_of_capabilities(ByteView der);

}  // namespace phimilter::protect
