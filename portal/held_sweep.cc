// SPDX-License-Identifier: Apache-2.0
#include "portal/held_sweep.h"

namespace phimilter::portal {
namespace {

// A release that began in time may still be on its way through the filter.
constexpr auto kReleaseUnderWay = std::chrono::hours(1);

bool is_due(const escrow::EntryStatus& entry, Timestamp now) {
  const bool decided =
      entry.state == escrow::EntryState::released || entry.state == escrow::EntryState::retracted;
  return now >= entry.expires + (decided ? std::chrono::hours(0) : kReleaseUnderWay);
}

Status end_entry(const delivery::HeldParts& held, const escrow::EntryStatus& entry) {
  audit::Event event = audit::Event::held_expired;
  switch (entry.state) {
    case escrow::EntryState::released: {
      const auto removed = held.vault.remove(entry.id);
      return removed ? Status() : fail(removed.error());
    }
    case escrow::EntryState::retracted:
      event = audit::Event::held_refused;
      break;
    case escrow::EntryState::waiting_for_notice:
    case escrow::EntryState::open:
    case escrow::EntryState::expired:
      break;
  }
  const auto ended = delivery::end_held(held, entry.id, {event, "", ""});
  return ended ? Status() : fail(ended.error());
}

}  // namespace

SweepReport sweep_held(const delivery::HeldParts& held) {
  SweepReport report;
  const Timestamp now = held.clock.now();
  // What ends here is on record before it is begun.
  const auto half = held.vault.half_removed();
  if (!half) {
    report.faults.push_back(half.error());
  }
  for (const EscrowId& id : half.value_or(std::vector<EscrowId>())) {
    if (auto removed = held.vault.remove(id); !removed) {
      report.faults.push_back(std::move(removed.error()).with("entry", id.str()));
    }
  }
  auto entries = held.vault.list(now);
  if (!entries) {
    report.faults.push_back(std::move(entries.error()));
    return report;
  }
  report.entries = entries->size();
  for (const escrow::EntryStatus& entry : *entries) {
    if (!is_due(entry, now)) {
      continue;
    }
    auto ended = end_entry(held, entry);
    if (ended) {
      ++report.deleted;
    } else {
      report.faults.push_back(std::move(ended.error()).with("entry", entry.id.str()));
    }
  }
  return report;
}

}  // namespace phimilter::portal
