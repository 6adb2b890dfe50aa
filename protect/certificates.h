// SPDX-License-Identifier: Apache-2.0
//
// A folder of recipients' certificates (PEM or DER) as a table, and who may be encrypted to when.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "mail/address.h"
#include "policy/recipient_facts.h"
#include "protect/openssl_handles.h"
#include "protect/smime.h"

namespace phimilter::protect {

struct RecipientCertificate {
  Certificate certificate;
  FingerprintId fingerprint;
  std::vector<mail::Address> addresses;
  Timestamp from{}, until{};
  std::string file, subject, algorithm;
  bool fit = false;  // usage, extended usage and key allow encrypting mail (RFC 8550 4.4)
};

// X.509 names, times and digests as ours.
FingerprintId fingerprint_of(X509* certificate);
// rfc822Name and SmtpUTF8Mailbox of subjectAltName; where there is none, emailAddress of the
// subject (RFC 8550 3).
std::vector<mail::Address> addresses_of(X509* certificate);
Timestamp time_of(const ASN1_TIME* time);

class CertificateFolder {
 public:
  // Certificates that cannot be read are left out; their files are named in `unreadable`. Transient
  // fault: the folder cannot be read. Configuration fault: ca_file cannot.
  static Result<std::shared_ptr<const CertificateFolder>> read(const std::string& folder,
                                                               const std::string& ca_file);
  // Tells one state of folder and ca_file from another.
  static Result<std::string> stamp(const std::string& folder, const std::string& ca_file);

  const std::vector<RecipientCertificate>& certificates() const { return certificates_; }
  const std::vector<std::string>& unreadable() const { return unreadable_; }
  const RecipientCertificate* by_fingerprint(const FingerprintId& fingerprint) const;
  // Validity in time, fitness, and the chain to ca_file.
  policy::KeyState state_of(const RecipientCertificate& certificate, Timestamp now) const;

 private:
  CertificateFolder() = default;
  void take_file(const std::string& folder, const std::string& name);
  void take(const Certificate& certificate, const std::string& name);
  policy::KeyState chain_state(X509* certificate, Timestamp now) const;

  std::vector<RecipientCertificate> certificates_;
  std::vector<std::string> unreadable_;
  std::shared_ptr<X509_STORE> trusted_;  // null: the folder itself is the trust
  std::shared_ptr<STACK_OF(X509)>
      intermediates_;  // CA certificates in the folder: helpers, not trusted
};

}  // namespace phimilter::protect
