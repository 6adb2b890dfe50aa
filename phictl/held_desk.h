// SPDX-License-Identifier: Apache-2.0
//
// Where a person decides about held messages: the sealed store with the key that opens it, the
// journal of what people did, and the way to the MTA.
#pragma once

#include <memory>
#include <string>

#include "audit/journal.h"
#include "base/secret.h"
#include "base/settings.h"
#include "delivery/held_end.h"
#include "escrow/vault.h"

namespace phimilter::phictl {

inline constexpr std::string_view kPhictlWriter = "phictl";

// What people did at the command line; its lock keeps two from deciding at once.
Result<std::unique_ptr<audit::Journal>> open_own_journal(const Settings& settings);

std::string held_folder(const Settings& settings);

struct HeldDesk {
  Settings settings;
  std::string person;
  Secret link_key;
  std::unique_ptr<escrow::VaultReader> vault;
  std::unique_ptr<audit::Journal> journal;  // its lock keeps two people from deciding at once
  std::unique_ptr<delivery::CopySender> sender;

  delivery::HeldParts parts() const {
    return {*vault, *sender, *journal, system_clock(), settings.milter_spool};
  }
};

// Reads the keys first, and is the owner of the store from then on. Configuration fault: a key
// cannot be read (who may not read it may not decide), there is no store, or another phictl is at
// work.
Result<HeldDesk> open_held_desk(const Settings& settings);

struct HeldEntry {
  escrow::EntryStatus status;
  escrow::EntryFacts facts;
};
// `name`: an id or a reference of `phictl held list`. Configuration fault: none, or more than one.
Result<HeldEntry> find_held(const HeldDesk& desk, const std::string& name);

}  // namespace phimilter::phictl
