// SPDX-License-Identifier: Apache-2.0
//
// Which hosts are left alone for a while because they did not answer, so that one that is down does
// not slow every message.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"

namespace phimilter::protect {

// Thread-safe.
class HostHealth {
 public:
  // It failed so often in a row that it is not asked now.
  bool resting(const std::string& host, Timestamp now) const;
  void answered(const std::string& host);
  void failed(const std::string& host, Timestamp now);

 private:
  struct State {
    int failures = 0;
    Timestamp rests_until{};
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::string, State> states_;
};

}  // namespace phimilter::protect
