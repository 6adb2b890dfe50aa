// SPDX-License-Identifier: Apache-2.0
//
// What the portal does by itself, every few seconds: takes in proofs, lifts locks when asked to,
// notes what has expired, and destroys what was retracted, what never got a notice, and what has
// expired and is past its retention. The portal alone deletes from the vault.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "delivery/held_end.h"
#include "portal/access.h"
#include "portal/due_clock.h"
#include "portal/reply_store.h"
#include "portal/sessions.h"

namespace phimilter::portal {

struct SweepParts {  // borrowed; all must outlive the sweep
  Access& access;
  Sessions& sessions;
  escrow::VaultReader& vault;
  StateStore& states;
  audit::Journal& journal;
  const Clock& clock;
  const delivery::HeldParts* held = nullptr;  // null: there is no store of held messages
  std::chrono::hours retention{0};            // kept so long after it expired
  DueClock* due = nullptr;                    // for destroying; null: the clock
  ReplyStore* replies = nullptr;              // null: none are kept
  GuessLimits* guesses = nullptr;             // swept once a day; null: none
};

struct SweepReport {
  std::size_t entries = 0, deleted = 0;
  std::vector<Fault> faults;
  std::chrono::steady_clock::duration looking{};  // for what there is to do
};

// One round. A fault at one entry leaves it for the next round.
SweepReport sweep_once(SweepParts& parts);

struct EndsReport {
  std::size_t forgotten = 0;
  std::vector<Fault> faults;
};

// Once a day, over all states: ends what destruction.h says of those that were begun, and forgets
// what ended long ago.
EndsReport look_at_ends(SweepParts& parts);

// Rounds come every few seconds, and a fault often stays for hours: it is said when it is new, then
// once an hour.
class FaultMemory {
 public:
  std::vector<Fault> worth_saying(std::vector<Fault> faults, Timestamp now);

 private:
  std::map<std::string, Timestamp> said_;  // of the round before
};

// Until the next round: nine times what this one took to look, so that a vault of a million entries
// keeps no core busy, but at least 5 s and at most a minute.
std::chrono::steady_clock::duration pause_behind(std::chrono::steady_clock::duration looking);

class Sweeper {
 public:
  explicit Sweeper(SweepParts parts);  // the first round begins at once
  ~Sweeper();
  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

 private:
  void run();
  SweepReport sweep_if_claimed(bool first_of_the_day);
  SweepParts parts_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace phimilter::portal
