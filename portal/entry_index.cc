// SPDX-License-Identifier: Apache-2.0
#include "portal/entry_index.h"

#include <algorithm>
#include <set>

namespace phimilter::portal {
namespace {

constexpr std::chrono::seconds kRefreshAfter(3);

bool is_open(const escrow::EntryStatus& entry) {
  return entry.state == escrow::EntryState::open;
}

}  // namespace

Result<bool> may_read(const mail::Address& address, const mail::Address& recipient,
                      const escrow::AttachedAddresses* attached) {
  if (address == recipient) {
    return true;
  }
  return attached == nullptr ? Result<bool>(false) : attached->is_attached(recipient, address);
}

Status EntryIndex::refresh() {
  const Timestamp now = clock_.now();
  if (now - refreshed_ < kRefreshAfter && now >= refreshed_) {
    return {};
  }
  const auto entries = vault_.list(now);
  if (!entries) {
    return fail(entries.error());
  }
  std::map<EscrowId, Known> fresh;
  for (const escrow::EntryStatus& entry : *entries) {
    if (const auto known = known_.find(entry.id); known != known_.end()) {
      fresh.insert_or_assign(entry.id, Known{known->second.recipient, is_open(entry)});
      continue;
    }
    // What cannot be read is in nobody's list; its own link says what is wrong.
    const auto facts = vault_.facts(entry.id);
    auto recipient =
        facts ? mail::Address::parse(facts->recipient) : Result<mail::Address>(fail(facts.error()));
    if (recipient) {
      fresh.insert_or_assign(entry.id, Known{std::move(*recipient), is_open(entry)});
    }
  }
  known_ = std::move(fresh);
  refreshed_ = now;
  return {};
}

Result<std::vector<escrow::EntryFacts>> EntryIndex::open_for(
    const mail::Address& address, const escrow::AttachedAddresses* attached) {
  const std::lock_guard lock(mutex_);
  if (Status done = refresh(); !done) {
    return fail(done);
  }
  std::map<std::string, bool> judged;  // by recipient: each is looked up once
  std::vector<escrow::EntryFacts> found;
  for (const auto& [id, known] : known_) {
    if (!known.open) {
      continue;
    }
    auto judgement = judged.find(known.recipient.key());
    if (judgement == judged.end()) {
      const auto may = may_read(address, known.recipient, attached);
      if (!may) {
        return fail(may.error());
      }
      judgement = judged.emplace(known.recipient.key(), *may).first;
    }
    auto facts = judgement->second ? vault_.facts(id) : Result<escrow::EntryFacts>(fail(Fault{}));
    if (facts) {
      found.push_back(std::move(*facts));
    }
  }
  std::ranges::sort(found, [](const escrow::EntryFacts& a, const escrow::EntryFacts& b) {
    return a.created > b.created;
  });
  return found;
}

bool EntryIndex::has_any(const mail::Address& address) {
  const std::lock_guard lock(mutex_);
  return refresh() && std::ranges::any_of(known_, [&address](const auto& entry) {
           return entry.second.recipient == address;
         });
}

}  // namespace phimilter::portal
