// SPDX-License-Identifier: Apache-2.0
//
// Keeps the MTA waiting while a message is in work: one thread tells all waiting MTAs, every
// limits::kProgressMs, that we are there.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace phimilter::milter {

class ProgressClock {
 public:
  explicit ProgressClock(std::int64_t every_ms);
  ~ProgressClock();
  ProgressClock(const ProgressClock&) = delete;
  ProgressClock& operator=(const ProgressClock&) = delete;

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

  const std::int64_t every_ms_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::list<std::function<void()>> waiting_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace phimilter::milter
