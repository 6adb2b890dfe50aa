// SPDX-License-Identifier: Apache-2.0
//
// A desk over the vault in memory.
#pragma once

#include <gtest/gtest.h>

#include "portal/fakes.h"
#include "portal/message_desk.h"

namespace phimilter::portal {

// Changes what FakeVault holds; what the portal never asks of a writer does nothing.
class FakeWriter final : public escrow::VaultWriter {
 public:
  explicit FakeWriter(FakeVault& vault) : vault_(vault) {}
  bool broken = false;
  std::vector<std::string> done;

  Status seal(const escrow::EntryFacts& /*facts*/, const std::optional<escrow::Proof>& /*proof*/,
              const std::function<Status(mail::ByteSink&)>& /*write_message*/) override {
    return {};
  }
  Status mark_noticed(const EscrowId& /*id*/) override { return {}; }
  Status retract(const EscrowId& id, const std::string& by, Timestamp /*now*/) override {
    if (auto bad = note("retract " + by); !bad) {
      return bad;
    }
    vault_.entries.at(id).state = escrow::EntryState::retracted;
    return {};
  }
  Status extend(const EscrowId& id, const escrow::Extension& extension,
                const Secret& /*act_key*/) override {
    if (auto bad = note("extend " + extension.act.by + " " + rfc3339(extension.expires)); !bad) {
      return bad;
    }
    vault_.entries.at(id).facts.expires = extension.expires;
    vault_.entries.at(id).state = escrow::EntryState::open;
    return {};
  }
  Status ask_unlock(const EscrowId& /*id*/, const escrow::Act& act,
                    const Secret& /*act_key*/) override {
    return note("unlock " + act.by);
  }
  Status mark_released(const EscrowId& /*id*/) override { return {}; }
  Result<std::optional<escrow::EntryStatus>> status(const EscrowId& id, Timestamp now) override {
    return vault_.status(id, now);
  }
  Result<std::vector<escrow::EntryStatus>> list(Timestamp now) override { return vault_.list(now); }

 private:
  Status note(const std::string& what) {
    if (broken) {
      return fail(transient_fault("test.vault", "the disk said no"));
    }
    done.push_back(what);
    return {};
  }
  FakeVault& vault_;
};

struct DeskBench : AccessBench {
  MessageIndex index{clock};
  IndexedJournal indexed{journal, index, clock};
  FakeWriter writer{vault};
  Secret act_key{std::string_view("0123456789abcdef0123456789abcdef")};
  std::vector<std::string> mailed;
  std::optional<Fault> mail_fault;
  MessageDesk desk{{index, vault, writer, indexed, clock, act_key,
                    [this](const escrow::EntryFacts& facts) -> Status {
                      if (mail_fault) {
                        return fail(*mail_fault);
                      }
                      mailed.push_back(facts.recipient);
                      return {};
                    }}};

  DeskBench() {
    vault.entries.at(id).facts.link_secret = std::string(43, 'A');
    EXPECT_TRUE(index.refresh(vault));
  }
  delivery::MessageRow row() const { return *index.find(id); }
};

}  // namespace phimilter::portal
