// SPDX-License-Identifier: Apache-2.0
//
// The only door through which a key from outside comes in: it is looked at, kept as a candidate,
// and put into the keyring or the certificate folder once it is trusted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protect/key_book.h"
#include "protect/key_rules.h"
#include "protect/pgp_mime.h"
#include "protect/smime.h"

namespace phimilter::protect {

// Borrowed. A null pointer: there is no place for keys of that kind.
struct IntakePorts {
  KeyBook* book = nullptr;
  Pgp* pgp = nullptr;
  Smime* smime = nullptr;
  std::string certificates;  // folder
  KeyRules rules;
};

// Thread-safe.
class KeyIntake {
 public:
  explicit KeyIntake(IntakePorts ports) : ports_(std::move(ports)) {}

  // OpenPGP, armored or binary. Permanent fault: there is no key for the address in it that can be
  // used. Transient fault: gpg or the book could not be asked.
  Result<Offered> offer_pgp(const mail::Address& owner, std::string_view source,
                            std::string_view bytes, Timestamp now);
  // A certificate (DER or PEM). `form`: what a signature said that its owner's software reads.
  // Faults as above.
  Result<Offered> offer_certificate(const mail::Address& owner, std::string_view source,
                                    std::string_view bytes, std::optional<policy::CmsForm> form,
                                    Timestamp now);
  // Puts a candidate where it is used. Transient or configuration fault: it could not be written.
  Status adopt(KeyKind kind, const Candidate& candidate);

 private:
  Result<Offered> take(KeyKind kind, const mail::Address& owner, OfferedKey key, Timestamp now);
  KeySource* store(KeyKind kind) const;

  const IntakePorts ports_;
};

// Writes a certificate into the folder, named by its fingerprint, so that the same one again
// changes nothing.
Status store_certificate(const std::string& folder, const FingerprintId& fingerprint,
                         std::string_view bytes);

}  // namespace phimilter::protect
