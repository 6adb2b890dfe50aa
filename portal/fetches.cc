// SPDX-License-Identifier: Apache-2.0
#include "portal/fetches.h"

#include <utility>

#include "portal/events.h"
#include "portal/networks.h"

namespace phimilter::portal {
namespace {

constexpr std::chrono::hours kHour(1), kDay(24);

// One more within the time that began with the first; false: there were enough.
bool count(std::pair<Timestamp, std::size_t>& counted, Timestamp now, std::chrono::hours span,
           std::size_t most) {
  if (now - counted.first >= span) {
    counted = {now, 0};
  }
  if (counted.second >= most) {
    return false;
  }
  ++counted.second;
  return true;
}

}  // namespace

void Fetches::forget_old(Timestamp now) {
  std::erase_if(seen_, [now](const auto& each) { return now - each.second >= kHour; });
  std::erase_if(of_entry_, [now](const auto& each) { return now - each.second.first >= kDay; });
}

void Fetches::note(const EscrowId& id, const std::string& peer) {
  const std::lock_guard lock(mutex_);
  const Timestamp now = clock_.now();
  if (now - in_all_.first >= kHour) {
    forget_old(now);
  }
  const std::string key = id.str() + " " + network_of(peer);
  const auto before = seen_.find(key);
  if (before != seen_.end() && now - before->second < kHour) {
    return;
  }
  if (!count(of_entry_[id], now, kDay, kAnEntryADay) || !count(in_all_, now, kHour, kAnHour)) {
    return;
  }
  seen_[key] = now;
  waiting_.push_back({id, peer});
}

Status Fetches::write(audit::Journal& journal, escrow::VaultReader& reader) {
  std::deque<Fetch> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (const Fetch& fetch : waiting) {
    const auto facts = reader.facts(fetch.id);
    if (!facts) {
      return fail(facts.error());
    }
    if (auto written = record_events(journal, *facts, fetch.peer, {audit::Event::fetched});
        !written) {
      return written;
    }
  }
  return {};
}

}  // namespace phimilter::portal
