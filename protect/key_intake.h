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
#include "protect/learning_budget.h"
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
  // Forgets what came unasked and was not seen for limits::kLearnedDays; to be called now and then.
  Status tidy(Timestamp now);

 private:
  // Puts a candidate where it is used. Transient or configuration fault: it could not be written.
  Status adopt(KeyKind kind, const std::string& owner, const Candidate& candidate, Timestamp now);
  bool may_be_used(KeyKind kind, const OfferedKey& key, Timestamp now) const;
  bool is_worth_keeping(const KeyRecord& record, const mail::Address& owner, const OfferedKey& key,
                        bool by_rule, Timestamp now);
  Result<Offered> take(KeyKind kind, const mail::Address& owner, OfferedKey key, Timestamp now);
  KeySource* store(KeyKind kind) const;

  const IntakePorts ports_;
  LearningBudget budget_;
};

// A certificate comes into the folder for one owner, and the folder finds it for every address that
// it names: the others wait (wait_beside). To be called before it is stored. Transient fault: that
// cannot be written down, so it must not be stored.
Status let_others_wait(KeyBook& book, const std::string& owner, const Candidate& certificate,
                       Timestamp now);

// Writes a certificate into the folder, named by its fingerprint, so that the same one again
// changes nothing.
Status store_certificate(const std::string& folder, const FingerprintId& fingerprint,
                         std::string_view bytes);

}  // namespace phimilter::protect
