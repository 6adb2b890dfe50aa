// SPDX-License-Identifier: Apache-2.0
//
// What time it is for destroying. A clock that jumps forward must not destroy what is not due: this
// one keeps pace with the time since the boot, stands on the disk over restarts, and catches up
// with a wall clock that is ahead no faster than time passes; with one that is more than 14 days
// ahead not at all, until a person removes the file. With a clock that is back it goes back at
// once.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"

namespace phimilter::portal {

struct Ticks {
  std::string boot;  // which one
  std::chrono::microseconds since{};
};
Ticks ticks_of_this_boot();

class DueClock final : public Clock {
 public:
  DueClock(const Clock& wall, std::string file, std::function<Ticks()> ticks = ticks_of_this_boot)
      : wall_(wall), file_(std::move(file)), ticks_(std::move(ticks)) {}

  // Of the last step; before the first one, long ago.
  Timestamp now() const override;
  // Once a round. A fault is for the admin: the clock is ahead, or the file cannot be used; then
  // nothing more falls due than before.
  std::optional<Fault> step();

 private:
  struct Kept {
    Timestamp time{};
    Ticks ticks;
  };
  Result<std::optional<Kept>> read() const;
  Status write(const Kept& kept);
  std::optional<Fault> advance(Kept& kept, const Ticks& ticks);

  const Clock& wall_;
  const std::string file_;
  const std::function<Ticks()> ticks_;
  mutable std::mutex mutex_;
  Timestamp due_ = Timestamp::min();
  std::optional<Kept> kept_, written_;
  std::chrono::microseconds behind_{};  // how long the wall clock has been back
};

}  // namespace phimilter::portal
