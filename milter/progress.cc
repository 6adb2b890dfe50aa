// SPDX-License-Identifier: Apache-2.0
#include "milter/progress.h"

#include <chrono>

namespace phimilter::milter {

ProgressClock::ProgressClock(std::int64_t every_ms, std::int64_t standstill_ms)
    : every_ms_(every_ms),
      standstill_(standstill_ms),
      last_beat_(std::chrono::steady_clock::now()),
      thread_([this] { run(); }) {}

ProgressClock::~ProgressClock() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void ProgressClock::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::milliseconds(every_ms_), [this] { return ending_; })) {
    // Held while telling: a ticket that is given back waits until its MTA has been told.
    for (const std::function<void()>& tell : waiting_) {
      tell();
    }
    beat();
  }
}

void ProgressClock::beat() {
  const std::lock_guard lock(beat_mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_beat_ > standstill_) {
    stood_still_until_ = now;
  }
  last_beat_ = now;
}

bool ProgressClock::stood_still_since(std::chrono::steady_clock::time_point since) const {
  const std::lock_guard lock(beat_mutex_);
  return stood_still_until_ >= since || std::chrono::steady_clock::now() - last_beat_ > standstill_;
}

ProgressClock::Ticket::Ticket(ProgressClock& clock, std::function<void()> tell) : clock_(clock) {
  const std::lock_guard lock(clock_.mutex_);
  entry_ = clock_.waiting_.insert(clock_.waiting_.end(), std::move(tell));
}

void ProgressClock::Ticket::tell_now() {
  const std::lock_guard lock(clock_.mutex_);
  if (running_) {
    (*entry_)();
  }
}

void ProgressClock::Ticket::stop() {
  if (!running_) {
    return;
  }
  const std::lock_guard lock(clock_.mutex_);
  clock_.waiting_.erase(entry_);
  running_ = false;
}

}  // namespace phimilter::milter
