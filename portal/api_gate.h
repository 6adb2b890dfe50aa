// SPDX-License-Identifier: Apache-2.0
//
// Wrong tokens are counted by network, and a network with too many of them is not listened to for a
// while. In memory: a secret of 256 bits cannot be guessed, this only keeps the noise down.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace phimilter::portal {

class ApiGate {
 public:
  explicit ApiGate(const Clock& clock) : clock_(clock) {}
  // Seconds to wait; 0: come in.
  std::int64_t closed_for(std::string_view peer);
  void count_wrong(std::string_view peer);

 private:
  struct Tries {
    int count = 0;
    Timestamp since{};
  };
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Tries, std::less<>> networks_;
};

}  // namespace phimilter::portal
