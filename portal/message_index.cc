// SPDX-License-Identifier: Apache-2.0
#include "portal/message_index.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/log.h"

namespace phimilter::portal {
namespace {

using delivery::MessageRow;

constexpr std::chrono::hours kRemembered(400 * 24);  // rows of what is deleted

void add_facts(MessageRow& row, const escrow::EntryFacts& facts) {
  row.sender = facts.sender;
  row.recipient = facts.recipient;
  row.queue_id = facts.queue_id;
}

}  // namespace

Status MessageIndex::read(const std::string& journal_folder) {
  std::optional<Fault> broken;
  const auto read = audit::read_journal(journal_folder, 0, [&](const audit::JournalLine& line) {
    const auto record = audit::record_from_json(line.json);
    if (!record) {
      broken = record.error();
      broken->with("file", line.file);
      return false;
    }
    note(*record);
    return true;
  });
  return broken ? fail(*broken) : read;
}

void MessageIndex::note(const audit::Record& record) {
  const std::lock_guard lock(mutex_);
  delivery::note_record(rows_, record);
}

Status MessageIndex::refresh(escrow::VaultReader& vault) {
  const auto entries = vault.list(clock_.now());
  if (!entries) {
    return fail(entries.error());
  }
  std::vector<EscrowId> unknown;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, row] : rows_) {
      row.entry.reset();
    }
    for (const escrow::EntryStatus& entry : *entries) {
      delivery::note_entry(rows_, entry);
      if (rows_.at(entry.id).recipient.empty()) {
        unknown.push_back(entry.id);
      }
    }
    forget_old();
  }
  // Without the lock: to open thousands of seals takes a while.
  for (const EscrowId& id : unknown) {
    const auto facts = vault.facts(id);
    if (!facts) {
      continue;  // the sweep says it
    }
    const std::lock_guard lock(mutex_);
    add_facts(rows_.try_emplace(id, MessageRow{id, {}, {}, {}, {}, {}}).first->second, *facts);
  }
  return {};
}

Status MessageIndex::refresh(escrow::VaultReader& vault, const EscrowId& id) {
  auto entry = vault.status(id, clock_.now());
  if (!entry) {
    return fail(entry);
  }
  const std::lock_guard lock(mutex_);
  rows_.try_emplace(id, MessageRow{id, {}, {}, {}, {}, {}}).first->second.entry = std::move(*entry);
  return {};
}

void MessageIndex::forget_old() {
  const Timestamp now = clock_.now();
  std::erase_if(rows_, [now](const auto& each) {
    const MessageRow& row = each.second;
    return !row.entry && (row.events.empty() || now - row.events.back().at > kRemembered);
  });
}

std::optional<MessageRow> MessageIndex::find(const EscrowId& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = rows_.find(id);
  return found == rows_.end() ? std::nullopt : std::optional(found->second);
}

MessageIndex::Page MessageIndex::list(const delivery::MessageFilter& filter, std::size_t from,
                                      std::size_t most) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<Timestamp, const MessageRow*>> fitting;
  for (const auto& [id, row] : rows_) {
    if (filter.fits(row)) {
      fitting.emplace_back(row.created(), &row);
    }
  }
  std::sort(fitting.begin(), fitting.end(), [](const auto& one, const auto& other) {
    return one.first != other.first ? one.first > other.first : one.second->id < other.second->id;
  });
  Page page;
  page.all = fitting.size();
  for (std::size_t i = from; i < fitting.size() && i - from < most; ++i) {
    page.rows.push_back(*fitting[i].second);
  }
  return page;
}

void MessageIndex::for_each(const std::function<void(const MessageRow&)>& use) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, row] : rows_) {
    use(row);
  }
}

Result<std::uint64_t> IndexedJournal::append(std::span<const audit::Record> records) {
  auto written = journal_.append(records);
  if (!written) {
    return written;
  }
  for (audit::Record record : records) {
    // The journal's own time is a moment older.
    record.time = clock_.now();
    record.writer = "portal";
    index_.note(record);
  }
  return written;
}

}  // namespace phimilter::portal
