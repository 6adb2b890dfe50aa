// SPDX-License-Identifier: Apache-2.0
//
// Time, so that tests can set it. All times are UTC, in microseconds since 1970.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace phimilter {

using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

// Lives as long as the program.
const Clock& system_clock();

class FixedClock final : public Clock {
 public:
  explicit FixedClock(Timestamp at) : at_(at) {}
  Timestamp now() const override { return at_; }
  void advance(std::chrono::microseconds by) { at_ += by; }

 private:
  Timestamp at_;
};

std::string rfc3339(Timestamp at);                         // 2026-11-21T21:08:33.123456Z
std::string rfc5322_date(Timestamp at);                    // Sat, 21 Nov 2026 21:08:33 +0000
Result<Timestamp> parse_rfc3339(const std::string& text);  // permanent fault: not such a time

}  // namespace phimilter
