// SPDX-License-Identifier: Apache-2.0
//
// The codes that were mailed to senders and wait to be typed in: one sealed record an address, in a
// folder that all hosts share. It holds an HMAC of the code, and its name is one of the address.
// Threads: may be shared, as may the folder.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "escrow/vault_claims.h"
#include "portal/record_store.h"

namespace phimilter::portal {

class SentCodes {
 public:
  // `claim`: a file of the shared folder, locked while codes are looked at; empty: this is the only
  // host. The pepper is copied.
  SentCodes(std::unique_ptr<RecordStore> records, std::string claim, const Secret& pepper,
            const Clock& clock);

  // In place of an older one. False: too many wait.
  Result<bool> keep(const std::string& address, std::string_view code);
  // Whether it is right. One that is right, or was tried too often, is void. A fault: nobody may be
  // let in.
  Result<bool> take(const std::string& address, std::string_view code);

  static constexpr int kTries = 5;
  static constexpr std::size_t kMost = 20'000;

 private:
  struct Held {
    std::unique_lock<std::mutex> here;
    std::unique_ptr<escrow::VaultClaim> everywhere;
  };
  struct Waiting;
  Result<Held> hold();
  std::string hmac(std::string_view what, const std::string& address, std::string_view code) const;
  std::string name_of(const std::string& address) const;
  Result<std::optional<Waiting>> load(const std::string& name);
  Status forget_old();

  std::unique_ptr<RecordStore> records_;
  std::string claim_;
  Secret pepper_;
  const Clock& clock_;
  std::mutex mutex_;
  Timestamp forgot_{};
};

// In `folder`, which is made. Configuration fault: cannot be made or written to.
Result<std::unique_ptr<SentCodes>> open_sent_codes(const std::string& folder, const Secret& pepper,
                                                   const Clock& clock);

}  // namespace phimilter::portal
