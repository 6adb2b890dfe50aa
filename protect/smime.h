// SPDX-License-Identifier: Apache-2.0
//
// S/MIME (RFC 8551) with OpenSSL CMS: one CMS a recipient, signed inside when the organisation has
// a certificate.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/settings.h"
#include "policy/treatment.h"
#include "protect/key_source.h"
#include "protect/protected_message.h"

namespace phimilter::protect {

struct CertificateDescription {
  FingerprintId fingerprint;  // SHA-256
  std::vector<std::string> addresses;
  policy::KeyState state = policy::KeyState::none;
  Timestamp begins{}, expires{};
  std::string subject, issuer, serial, algorithm, file;
  std::string chain;   // "not checked", "good", or what is wrong with it
  std::string crl;     // "not checked", "fresh", "stale", "missing", "unread", "revoked"
  std::string reason;  // why it is not used, and what to do; empty: it is
  policy::CmsForm cms{};
};

class Smime : public KeySource {
 public:
  // EnvelopedData AES-256-CBC with issuerAndSerialNumber, RSA PKCS#1 v1.5 or ECDH with a SHA-256
  // KDF; with `form.gcm` AuthEnvelopedData AES-256-GCM, with `form.oaep` RSA-OAEP with SHA-256 (EC
  // keys as ever). Transient fault: the certificate is no longer there or no longer usable.
  virtual Result<ProtectedMessage> encrypt(const mail::CapturedMessage& message,
                                           const FingerprintId& certificate,
                                           const policy::CmsForm& form,
                                           const std::string& spool_folder) = 0;
  // A certificate (PEM) that is not in the folder yet, as it would be judged there. Never a fault.
  virtual policy::KeyState judge(std::string_view certificate, Timestamp now) = 0;
  // Newest validity first. Transient fault: the folder cannot be read.
  virtual Result<std::vector<CertificateDescription>> list() = 0;
};

struct SmimeOptions {
  // Folder of *.pem, *.crt, *.cer, *.der, *.p7b and *.p7c with recipients' certificates.
  std::string certificates;
  // A certificate must chain to one of these; empty: the folder itself is the trust.
  std::string ca_file;
  std::string sign_certificate = {};  // PEM, with its chain behind it; empty: not signed
  std::string sign_key = {};          // PEM
  std::string crl_folder = {};        // revocation lists; empty: revocation is not checked
  // What a certificate is whose issuer's lists are all over: unknown or unusable.
  policy::KeyState stale_crl = policy::KeyState::unknown;
  // ... whose issuer has no list in the folder: unknown, unusable or valid.
  policy::KeyState missing_crl = policy::KeyState::unknown;
  bool exact_local = false;  // local parts of addresses compared to the letter
};

// What the settings say of certificates; without the organisation's own key, which is the filter's
// business alone.
SmimeOptions smime_options(const Settings& settings);

// Configuration fault: they contradict each other.
Status check_smime_options(const SmimeOptions& options);

// Reads the folder; what changes in it is noticed at the next find(). Configuration fault: folder,
// CA file or key unreadable.
Result<std::unique_ptr<Smime>> open_smime(const SmimeOptions& options);

}  // namespace phimilter::protect
