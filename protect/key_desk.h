// SPDX-License-Identifier: Apache-2.0
//
// Which key is used for a recipient: what the keyring and the certificate folder hold, as far as
// the key book and the rules allow it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/settings.h"
#include "protect/key_finder.h"
#include "protect/key_intake.h"

namespace phimilter::protect {

// Thread-safe.
class KeyDesk {
 public:
  // `pgp` and `smime` are borrowed; a null pointer: not configured. Configuration fault: settings
  // of [keys] that cannot be understood, a folder that cannot be used.
  static Result<std::unique_ptr<KeyDesk>> open(const Settings& settings, Pgp* pgp, Smime* smime);

  // The key of the recipient's domain where one is configured and can be used, else the
  // recipient's own. Never a fault: what could not be read is unknown.
  policy::KeyFact find(KeyKind kind, const mail::Address& recipient, Timestamp now);
  // A message was encrypted to the key. Faults are logged: the message is on its way.
  void note_use(KeyKind kind, const mail::Address& recipient, const FingerprintId& fingerprint,
                Timestamp now);

  // Asks the key servers that the settings name; see KeyFinder::search. Empty: there are none.
  std::vector<HeardOf> search(std::span<const mail::Address> recipients);

  KeyFinder* finder() { return finder_.get(); }  // null: the settings name no key server
  KeyBook& book() { return *book_; }
  KeyIntake& intake() { return *intake_; }
  const KeyRules& rules() const { return rules_; }

 private:
  KeyDesk() = default;
  KeySource* store(KeyKind kind) const;
  bool is_partner_key(const mail::Address& recipient, const FingerprintId& fingerprint) const;

  Pgp* pgp_ = nullptr;
  Smime* smime_ = nullptr;
  KeyRules rules_;
  std::unique_ptr<KeyBook> book_;
  std::unique_ptr<KeyIntake> intake_;
  std::unique_ptr<KeyFinder> finder_;
};

}  // namespace phimilter::protect
