// SPDX-License-Identifier: Apache-2.0
#include "portal/message_index.h"

#include <algorithm>
#include <map>
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
  row.remind_days = facts.remind_days;
  row.receipt = facts.receipt;
  row.batch = facts.batch;
  row.facts_read = true;
}

constexpr std::chrono::seconds kFreshFor(3);

MessageRow& row_of(delivery::MessageRows& rows, const EscrowId& id) {
  return rows.try_emplace(id, MessageRow{id, {}, {}, {}, {}, {}}).first->second;
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
  const std::size_t known = rows_.size();
  delivery::note_record(rows_, record);
  if (rows_.size() > known) {
    ++met_;
  }
}

Status MessageIndex::refresh(escrow::VaultReader& vault) {
  const std::lock_guard one_at_a_time(refreshing_);
  const Timestamp now = clock_.now();
  const std::uint64_t met = [this] {
    const std::lock_guard lock(mutex_);
    return met_;
  }();
  const auto entries = vault.list(now);
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
      if (!rows_.at(entry.id).facts_read) {
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
    add_facts(row_of(rows_, id), *facts);
  }
  const std::lock_guard lock(mutex_);
  refreshed_ = now;
  met_before_refresh_ = met;
  return {};
}

Status MessageIndex::refresh_if_old(escrow::VaultReader& vault) {
  {
    const std::lock_guard lock(mutex_);
    const Timestamp now = clock_.now();
    if (met_ == met_before_refresh_ && now - refreshed_ < kFreshFor && now >= refreshed_) {
      return {};
    }
  }
  return refresh(vault);
}

Result<std::vector<escrow::EntryFacts>> MessageIndex::open_for(
    escrow::VaultReader& vault, const mail::Address& address,
    const escrow::AttachedAddresses* attached) {
  if (Status fresh = refresh_if_old(vault); !fresh) {
    return fail(fresh);
  }
  std::vector<std::pair<EscrowId, std::string>> open;
  for_each([&open](const MessageRow& row) {
    if (row.facts_read && row.entry && row.entry->state == escrow::EntryState::open) {
      open.emplace_back(row.id, row.recipient);
    }
  });
  std::map<std::string, bool> judged;  // by recipient: each is looked up once
  std::vector<escrow::EntryFacts> found;
  for (const auto& [id, spelled] : open) {
    const auto recipient = mail::Address::parse(spelled);
    if (!recipient) {
      continue;
    }
    auto judgement = judged.find(recipient->key());
    if (judgement == judged.end()) {
      const auto may = may_read(address, *recipient, attached);
      if (!may) {
        return fail(may.error());
      }
      judgement = judged.emplace(recipient->key(), *may).first;
    }
    // What cannot be read is in nobody's list; its own link says what is wrong.
    auto facts = judgement->second ? vault.facts(id) : Result<escrow::EntryFacts>(fail(Fault{}));
    if (facts) {
      found.push_back(std::move(*facts));
    }
  }
  std::ranges::sort(found, [](const escrow::EntryFacts& a, const escrow::EntryFacts& b) {
    return a.created > b.created;
  });
  return found;
}

bool MessageIndex::has_any(escrow::VaultReader& vault, const mail::Address& address) {
  bool found = false;
  const bool fresh = refresh_if_old(vault).has_value();
  for_each([&](const MessageRow& row) {
    const auto recipient = row.facts_read && row.entry ? mail::Address::parse(row.recipient)
                                                       : Result<mail::Address>(fail(Fault{}));
    found = found || (recipient && *recipient == address);
  });
  return fresh && found;
}

Result<bool> may_read(const mail::Address& address, const mail::Address& recipient,
                      const escrow::AttachedAddresses* attached) {
  if (address == recipient) {
    return true;
  }
  return attached == nullptr ? Result<bool>(false) : attached->is_attached(recipient, address);
}

Status MessageIndex::refresh(escrow::VaultReader& vault, const EscrowId& id) {
  auto entry = vault.status(id, clock_.now());
  if (!entry) {
    return fail(entry);
  }
  const std::lock_guard lock(mutex_);
  row_of(rows_, id).entry = std::move(*entry);
  return {};
}

void MessageIndex::forget_old() {
  const Timestamp now = clock_.now();
  std::erase_if(rows_, [now](const auto& each) {
    const MessageRow& row = each.second;
    return !row.entry && (row.events.empty() || now - row.events.back().at > kRemembered);
  });
}

MessageRow MessageIndex::completed(MessageRow row) const {
  const auto shown = first_shown_ && row.entry && !row.first(audit::Event::shown)
                         ? first_shown_(row.id)
                         : std::nullopt;
  if (shown) {
    const auto behind = std::ranges::find_if(
        row.events, [&shown](const delivery::MessageEvent& event) { return event.at > *shown; });
    row.events.insert(behind, {audit::Event::shown, *shown, {}, {}});
  }
  return row;
}

std::optional<MessageRow> MessageIndex::find(const EscrowId& id) const {
  std::optional<MessageRow> row;
  {
    const std::lock_guard lock(mutex_);
    const auto found = rows_.find(id);
    row = found == rows_.end() ? std::nullopt : std::optional(found->second);
  }
  return row ? std::optional(completed(std::move(*row))) : std::nullopt;
}

MessageIndex::Page MessageIndex::list(const delivery::MessageFilter& filter, std::size_t from,
                                      std::size_t most) const {
  std::unique_lock lock(mutex_);
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
  lock.unlock();
  for (MessageRow& row : page.rows) {
    row = completed(std::move(row));
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
