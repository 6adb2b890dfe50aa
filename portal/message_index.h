// SPDX-License-Identifier: Apache-2.0
//
// What the portal knows of its messages, in memory: rows made of the vault's entries and of the
// portal's own records, so that a list of thousands is quick. Threads: may be shared.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "base/clock.h"
#include "delivery/message_rows.h"
#include "escrow/attached.h"
#include "escrow/vault.h"

namespace phimilter::portal {

class MessageIndex {
 public:
  explicit MessageIndex(const Clock& clock) : clock_(clock) {}

  // When a message was first shown, as the portals that share their state know it: another one's
  // journal is not read here. Set before anything is asked.
  using FirstShown = std::function<std::optional<Timestamp>(const EscrowId& id)>;
  void ask_for_first_shown(FirstShown ask) { first_shown_ = std::move(ask); }
  // Once, before anything is asked. Transient fault: the journal cannot be read.
  Status read(const std::string& journal_folder);
  void note(const audit::Record& record);
  // What waits in the vault just now; of a new entry its facts are read once. An entry that cannot
  // be read is left out of what senders see, and comes with the next round.
  Status refresh(escrow::VaultReader& vault);
  // Of one entry, after it was changed.
  Status refresh(escrow::VaultReader& vault, const EscrowId& id);

  // What is open for who has this address, the newest first; not older than a few seconds, and
  // never without what has been noted. Of other recipients to whom the clinic has attached it, too.
  // Transient fault: could not tell.
  Result<std::vector<escrow::EntryFacts>> open_for(escrow::VaultReader& vault,
                                                   const mail::Address& address,
                                                   const escrow::AttachedAddresses* attached);
  bool has_any(escrow::VaultReader& vault, const mail::Address& address);

  std::optional<delivery::MessageRow> find(const EscrowId& id) const;
  struct Page {
    std::vector<delivery::MessageRow> rows;  // the newest first
    std::size_t all = 0;
  };
  Page list(const delivery::MessageFilter& filter, std::size_t from, std::size_t most) const;
  // While `use` runs, nothing changes; it must not ask the index.
  void for_each(const std::function<void(const delivery::MessageRow&)>& use) const;

 private:
  void forget_old();
  delivery::MessageRow completed(delivery::MessageRow row) const;
  Status refresh_if_old(escrow::VaultReader& vault);

  const Clock& clock_;
  std::mutex refreshing_;  // taken first
  mutable std::mutex mutex_;
  Timestamp refreshed_{};
  // Messages that a record told of before the vault was listed: who has just opened one by its link
  // finds it in the next list.
  std::uint64_t met_ = 0;
  std::uint64_t met_before_refresh_ = 0;
  delivery::MessageRows rows_;
  FirstShown first_shown_;
};

// Whether who has `address` may read what was sent to `recipient`.
Result<bool> may_read(const mail::Address& address, const mail::Address& recipient,
                      const escrow::AttachedAddresses* attached);

// A journal that tells the index what it has written.
class IndexedJournal final : public audit::Journal {
 public:
  IndexedJournal(audit::Journal& journal, MessageIndex& index, const Clock& clock)
      : journal_(journal), index_(index), clock_(clock) {}
  using audit::Journal::append;
  Result<std::uint64_t> append(std::span<const audit::Record> records) override;
  std::uint64_t last_sequence() const override { return journal_.last_sequence(); }
  std::uint64_t wait_for_more(std::uint64_t after, std::int64_t timeout_ms) override {
    return journal_.wait_for_more(after, timeout_ms);
  }

 private:
  audit::Journal& journal_;
  MessageIndex& index_;
  const Clock& clock_;
};

}  // namespace phimilter::portal
