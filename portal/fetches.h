// SPDX-License-Identifier: Apache-2.0
//
// Notes that somebody or something has looked up a link by GET. That changes nothing about the
// message; it goes into the journal behind the request, at most once an hour for each entry and
// network, kAnEntryADay times a day for each entry and kAnHour times an hour in all, so that no
// flood fills it. What is over that is not noted. Threads: may be shared.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "audit/journal.h"
#include "base/clock.h"
#include "base/ids.h"
#include "escrow/vault.h"

namespace phimilter::portal {

class Fetches {
 public:
  explicit Fetches(const Clock& clock) : clock_(clock) {}
  void note(const EscrowId& id, const std::string& peer);
  // Into the journal; what cannot be written is dropped with a fault.
  Status write(audit::Journal& journal, escrow::VaultReader& reader);

  static constexpr std::size_t kAnEntryADay = 24, kAnHour = 5'000;

 private:
  struct Fetch {
    EscrowId id;
    std::string peer;
  };
  void forget_old(Timestamp now);

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Timestamp> seen_;  // "<entry> <network>" of the last hour
  std::map<EscrowId, std::pair<Timestamp, std::size_t>> of_entry_;
  std::pair<Timestamp, std::size_t> in_all_{};
  std::deque<Fetch> waiting_;
};

}  // namespace phimilter::portal
