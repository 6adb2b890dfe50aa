// SPDX-License-Identifier: Apache-2.0
//
// Whether one more message can be taken in: measured by what is in work and how fast it gets done,
// so that a client hears "later" in milliseconds and not after its own patience. Idle and slow
// connections do not count.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/limits.h"

namespace phimilter::milter {

struct AdmissionLimits {
  std::size_t always = limits::kMessagesAlways;  // so many in work are never too many
  std::size_t most = limits::kMessagesInWork;
  std::chrono::milliseconds longest_wait{limits::kQueueMs};
  std::size_t bytes = limits::kBytesInWork;
};

class Admission {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  explicit Admission(AdmissionLimits limits = {},
                     std::function<SteadyTime()> now = std::chrono::steady_clock::now)
      : limits_(limits), now_(std::move(now)) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // At MAIL. `announced`: SIZE, 0 where the client said nothing.
  bool admits(std::size_t announced) const;
  // From now on nobody is admitted; who is in work goes on.
  void close();
  std::size_t in_work() const;

  // A message in work, for as long as it lives.
  class Place {
   public:
    Place(Place&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)), size_(other.size_) {}
    Place& operator=(Place&&) = delete;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();

   private:
    friend class Admission;
    Place(Admission& admission, std::size_t size) : admission_(&admission), size_(size) {}
    Admission* admission_;
    std::size_t size_;
  };
  // At the end of the message. Waits while others' bytes leave no room for these; nullopt: longer
  // than the longest wait, or it shows before that it would be. A message that is larger than all
  // the room has it alone.
  std::optional<Place> enter(std::size_t size);

 private:
  using Ticket = std::uint64_t;
  std::chrono::milliseconds expected_wait() const;
  bool has_room(std::size_t size) const;
  bool waits(std::unique_lock<std::mutex>& lock, std::size_t size);
  bool hopeless(Ticket ticket, SteadyTime since) const;
  void leave(std::size_t size);

  const AdmissionLimits limits_;
  const std::function<SteadyTime()> now_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::size_t in_work_ = 0, bytes_ = 0;
  std::map<Ticket, std::size_t> line_;  // bytes of those who wait
  Ticket next_ = 0;
  // Of the time since somebody has waited: its begin, and the bytes that got done.
  SteadyTime crowded_since_{};
  std::size_t done_ = 0;
  bool closed_ = false;
  // Of the time since nothing was in work: its begin, and the latest ends.
  SteadyTime busy_since_{};
  std::deque<SteadyTime> ends_;
};

}  // namespace phimilter::milter
