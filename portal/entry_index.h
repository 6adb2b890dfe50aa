// SPDX-License-Identifier: Apache-2.0
//
// Which entries are for whom, in memory: who signs in sees all of theirs. Recipients stand inside
// the seal, so each entry is opened once. Threads: may be shared.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "escrow/attached.h"
#include "escrow/vault.h"

namespace phimilter::portal {

class EntryIndex {
 public:
  EntryIndex(escrow::VaultReader& vault, const Clock& clock) : vault_(vault), clock_(clock) {}

  // The newest first; not older than a few seconds. Of other recipients to whom the clinic has
  // attached this address, too. Transient fault: could not tell.
  Result<std::vector<escrow::EntryFacts>> open_for(const mail::Address& address,
                                                   const escrow::AttachedAddresses* attached);
  bool has_any(const mail::Address& address);

 private:
  Status refresh();

  struct Known {
    mail::Address recipient;
    bool open = false;
  };
  escrow::VaultReader& vault_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<EscrowId, Known> known_;
  Timestamp refreshed_{};
};

// Whether who has `address` may read what was sent to `recipient`.
Result<bool> may_read(const mail::Address& address, const mail::Address& recipient,
                      const escrow::AttachedAddresses* attached);

}  // namespace phimilter::portal
