// SPDX-License-Identifier: Apache-2.0
//
// Keeps the MTA waiting while a message is in work: one thread tells all waiting MTAs, every
// limits::kProgressMs, that we are there.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace phimilter::milter {

class ProgressClock {
 public:
  ProgressClock(std::int64_t every_ms, std::int64_t standstill_ms);
  ~ProgressClock();
  ProgressClock(const ProgressClock&) = delete;
  ProgressClock& operator=(const ProgressClock&) = delete;

  // The process, or this clock, stood still for longer than `standstill_ms` after `since`: MTAs
  // that waited then may have given up, whether or not their connections are still open.
  // Thread-safe.
  bool stood_still_since(std::chrono::steady_clock::time_point since) const;

  // Calls `tell` from the clock's thread until it goes or stop() returns; never after that, so that
  // the MTA's connection is never written to from two threads.
  class Ticket {
   public:
    Ticket(ProgressClock& clock, std::function<void()> tell);
    ~Ticket() { stop(); }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    // From the caller's thread, and never at the same time as the clock; nothing after stop().
    void tell_now();
    void stop();

   private:
    ProgressClock& clock_;
    std::list<std::function<void()>>::iterator entry_;
    bool running_ = true;
  };

 private:
  void run();
  void beat();

  const std::int64_t every_ms_;
  const std::chrono::milliseconds standstill_;
  mutable std::mutex beat_mutex_;
  std::chrono::steady_clock::time_point last_beat_, stood_still_until_{};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::list<std::function<void()>> waiting_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace phimilter::milter
