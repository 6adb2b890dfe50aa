// SPDX-License-Identifier: Apache-2.0
//
// How much of what strangers send is kept. Whoever writes a mail brings keys under names of their
// own choice; without a bound they would fill the disk that the journal is on.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "protect/key_book.h"

namespace phimilter::protect {

// Thread-safe.
class LearningBudget {
 public:
  // What waits on the disk by now.
  void set_held(const Unasked& held);
  // Room for one more key of `bytes` bytes from the domain: limits::kLearnedADomain and
  // kLearnedADay a day, kLearnedKeys and kLearnedBytes in all. false: it is not kept.
  // `known_domain`: the settings trust it, so there is no limit to its domain, and for all such
  // ones together as much room again as for strangers.
  bool take(const std::string& domain, bool known_domain, std::size_t bytes, Timestamp now);

 private:
  std::mutex mutex_;  // of all below
  Unasked held_;
  std::chrono::sys_days day_{};
  std::size_t today_ = 0;
  std::map<std::string, std::size_t> by_domain_;  // today
};

}  // namespace phimilter::protect
