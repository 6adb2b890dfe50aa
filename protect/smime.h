// SPDX-License-Identifier: Apache-2.0
//
// S/MIME (RFC 8551) with OpenSSL CMS: one CMS a recipient, signed inside when the organisation has
// a certificate.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "protect/key_source.h"
#include "protect/protected_message.h"

namespace phimilter::protect {

struct CertificateDescription {
  FingerprintId fingerprint;  // SHA-256
  std::vector<std::string> addresses;
  policy::KeyState state = policy::KeyState::none;
  Timestamp expires{};
  std::string subject, algorithm, file;
};

class Smime : public KeySource {
 public:
  // EnvelopedData AES-256-CBC with issuerAndSerialNumber, RSA PKCS#1 v1.5 or ECDH with a SHA-256
  // KDF; with `gcm` AuthEnvelopedData AES-256-GCM. Transient fault: the certificate is no longer
  // there or no longer usable.
  virtual Result<ProtectedMessage> encrypt(const mail::CapturedMessage& message,
                                           const FingerprintId& certificate, bool gcm,
                                           const std::string& spool_folder) = 0;
  virtual Result<std::vector<CertificateDescription>> list() = 0;
};

struct SmimeOptions {
  std::string certificates;  // folder of *.pem, *.crt, *.cer with recipients' certificates
  std::string
      ca_file;  // a certificate must chain to one of these; empty: the folder itself is the trust
  std::string sign_certificate;  // PEM, with its chain behind it; empty: not signed
  std::string sign_key;          // PEM
};

// Reads the folder; a file that changes is noticed at the next find(). Configuration fault: folder
// or key unreadable.
Result<std::unique_ptr<Smime>> open_smime(const SmimeOptions& options);

}  // namespace phimilter::protect
