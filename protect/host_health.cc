// SPDX-License-Identifier: Apache-2.0
#include "protect/host_health.h"

#include <algorithm>
#include <chrono>

namespace phimilter::protect {
namespace {

constexpr int kFailures = 3;
constexpr std::chrono::seconds kFirstRest{60};
constexpr int kDoublings = 4;               // at the longest sixteen minutes
constexpr std::size_t kMostHosts = 10'000;  // past it: those that are not resting are forgotten

}  // namespace

bool HostHealth::resting(const std::string& host, Timestamp now) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(host);
  return found != states_.end() && now < found->second.rests_until;
}

void HostHealth::answered(const std::string& host) {
  const std::lock_guard lock(mutex_);
  states_.erase(host);
}

void HostHealth::failed(const std::string& host, Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (states_.size() >= kMostHosts) {
    std::erase_if(states_, [&](const auto& each) { return each.second.rests_until <= now; });
  }
  State& state = states_[host];
  ++state.failures;
  if (state.failures >= kFailures) {
    state.rests_until = now + kFirstRest * (1 << std::min(state.failures - kFailures, kDoublings));
  }
}

}  // namespace phimilter::protect
