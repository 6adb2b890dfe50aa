// SPDX-License-Identifier: Apache-2.0
//
// The portal's messages as a person at the command line sees and manages them: the vault's entries
// joined with what the journals say.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "audit/journal.h"
#include "base/secret.h"
#include "delivery/message_rows.h"
#include "escrow/vault.h"
#include "phictl/console.h"

namespace phimilter::phictl {

struct MessagesDesk {
  Settings settings;
  std::string person;
  Secret act_key;  // of escrow/acts.h; only where it was asked for
  std::unique_ptr<escrow::VaultWriter> vault;
  std::unique_ptr<audit::Journal> journal;  // phictl's own; only where something is changed
  delivery::MessageRows rows;
  std::optional<Fault> journal_fault;  // rows are without names and events then
};

enum class DeskUse {
  look,
  order,          // is the owner of the folder with orders to the portal from then on
  change,         // is the owner of the vault from then on
  change_signed,  // reads portal.pepper as well, which makes an act authentic
};
// Configuration fault: a folder or key cannot be read.
Result<MessagesDesk> open_messages_desk(const Settings& settings, DeskUse use);

// Of escrow/acts.h, from portal.pepper. Configuration fault: it cannot be read.
Result<Secret> read_act_key(const Settings& settings);

// `name`: an id or a reference. Configuration fault: none, or more than one.
Result<delivery::MessageRow> find_message(const MessagesDesk& desk, const std::string& name);

// What the person does, on record before it is done.
Status record_change(const MessagesDesk& desk, const delivery::MessageRow& row, audit::Event event,
                     const std::string& note);

// "it was shown", "retracted by dr.lee"
std::string event_words(const delivery::MessageEvent& event);

// 2026-11-01 or 2026-11-01T08:00:00Z. False: neither. Empty: nothing is set.
bool read_time(const std::string& text, std::optional<Timestamp>& time);

}  // namespace phimilter::phictl
