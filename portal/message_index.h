// SPDX-License-Identifier: Apache-2.0
//
// What the portal knows of its messages, in memory: rows made of the vault's entries and of the
// portal's own records, so that a list of thousands is quick. Threads: may be shared.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "base/clock.h"
#include "delivery/message_rows.h"
#include "escrow/vault.h"

namespace phimilter::portal {

class MessageIndex {
 public:
  explicit MessageIndex(const Clock& clock) : clock_(clock) {}

  // Once, before anything is asked. Transient fault: the journal cannot be read.
  Status read(const std::string& journal_folder);
  void note(const audit::Record& record);
  // What waits in the vault just now; of a new entry its facts are read once. An entry that cannot
  // be read is left out of what senders see, and comes with the next round.
  Status refresh(escrow::VaultReader& vault);
  // Of one entry, after it was changed.
  Status refresh(escrow::VaultReader& vault, const EscrowId& id);

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

  const Clock& clock_;
  mutable std::mutex mutex_;
  delivery::MessageRows rows_;
};

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
