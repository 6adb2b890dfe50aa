// SPDX-License-Identifier: Apache-2.0
//
// Messages whose copies have all left and whose MTA has been told yes, until it has gone on. Only
// then they are written down as completed: were we killed before it read the answer, its client
// would come again, and has to find the submission open, with everybody served.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "audit/journal.h"
#include "delivery/ledger.h"

namespace phimilter::milter {

using SteadyTime = std::chrono::steady_clock::time_point;

struct OpenOutcome {
  audit::Record record;
  delivery::Ledger::Claim claim;
  std::vector<std::string> address_keys;
  SteadyTime awaited;  // when the MTA was last seen waiting
};

// Writes them down and lets their submissions go. Transient fault: they are still open.
Status complete(std::span<OpenOutcome* const> outcomes, audit::Journal& journal);

class OpenOutcomes {
 public:
  // `stood_still(since)`: the process stood still after that, so that an MTA may have given up
  // without having read what it was told. Such a submission stays open. `read_ms`: what an MTA that
  // does not go on takes to read an answer. Borrows the journal.
  OpenOutcomes(audit::Journal& journal, std::function<bool(SteadyTime)> stood_still,
               std::int64_t read_ms);
  // What is not written by then stays open.
  ~OpenOutcomes();
  OpenOutcomes(const OpenOutcomes&) = delete;
  OpenOutcomes& operator=(const OpenOutcomes&) = delete;

  using Ticket = std::uint64_t;
  // Thread-safe, all of them. Written after `read_ms`, or when the MTA goes on; a journal that
  // fails is asked again.
  Ticket keep(std::unique_ptr<OpenOutcome> outcome);
  // The MTA does something else on that connection, or has closed it. Unknown tickets: nothing.
  void went_on(Ticket ticket);
  // Returns when all are written, or after `most`.
  void drain(std::chrono::milliseconds most);

 private:
  struct Entry {
    Ticket ticket;
    SteadyTime due;
    std::unique_ptr<OpenOutcome> outcome;
  };
  void run();
  std::list<Entry> take_due(SteadyTime now);
  void write(std::list<Entry>& due);

  audit::Journal& journal_;
  const std::function<bool(SteadyTime)> stood_still_;
  const std::chrono::milliseconds read_;
  std::mutex mutex_;
  std::condition_variable wake_, written_;
  std::list<Entry> entries_;
  Ticket last_ = 0;
  bool writing_ = false, ending_ = false;
  std::thread thread_;
};

}  // namespace phimilter::milter
