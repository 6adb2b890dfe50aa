// SPDX-License-Identifier: Apache-2.0
//
// What is kept of a recipient's own account, sealed (record_store.h). The name of a record is an
// HMAC of the address: the folder tells nobody's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "mail/address.h"
#include "portal/record_store.h"

namespace phimilter::portal {

struct Account {
  std::string address;          // as it was spelled when the account was made
  std::string passphrase_hash;  // SlowHash
  std::string totp_secret;      // base64; empty: no authenticator
  std::string totp_pending;     // base64; shown, and not confirmed yet
  std::int64_t totp_last_step = 0;
  std::vector<std::string> recovery;  // HMACs of the codes that are left
  std::string reset_hash;             // SlowHash of the mailed code; empty: none waits
  std::optional<Timestamp> reset_expires;
  Timestamp made{};
  bool operator==(const Account&) const = default;
};

class AccountStore {
 public:
  AccountStore(std::unique_ptr<RecordStore> records, const Secret& pepper)
      : records_(std::move(records)), pepper_(pepper.duplicate()) {}
  std::string name_of(const mail::Address& address) const;  // 64 hex digits
  // nullopt: no such account. Transient fault: could not tell.
  Result<std::optional<Account>> load(const std::string& name);
  Status save(const std::string& name, const Account& account);  // on the disk then
  Status remove(const std::string& name);

 private:
  std::unique_ptr<RecordStore> records_;
  Secret pepper_;
};

}  // namespace phimilter::portal
