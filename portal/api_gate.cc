// SPDX-License-Identifier: Apache-2.0
#include "portal/api_gate.h"

#include "portal/networks.h"

namespace phimilter::portal {
namespace {

constexpr int kTries = 10;
constexpr auto kWindow = std::chrono::minutes(1);
constexpr std::size_t kNetworks = 10'000;  // past it: the oldest are forgotten
constexpr PrefixBits kOneHousehold{24, 64};

}  // namespace

std::int64_t ApiGate::closed_for(std::string_view peer) {
  const std::lock_guard lock(mutex_);
  const auto found = networks_.find(network_of(peer, kOneHousehold));
  if (found == networks_.end()) {
    return 0;
  }
  const auto left = found->second.since + kWindow - clock_.now();
  if (left <= std::chrono::seconds(0)) {
    networks_.erase(found);
    return 0;
  }
  return found->second.count < kTries
             ? 0
             : std::chrono::duration_cast<std::chrono::seconds>(left).count() + 1;
}

void ApiGate::count_wrong(std::string_view peer) {
  const std::lock_guard lock(mutex_);
  const Timestamp now = clock_.now();
  if (networks_.size() >= kNetworks) {
    std::erase_if(networks_,
                  [now](const auto& entry) { return now - entry.second.since >= kWindow; });
  }
  if (networks_.size() >= kNetworks) {
    networks_.erase(networks_.begin());
  }
  Tries& tries = networks_[network_of(peer, kOneHousehold)];
  if (tries.count == 0) {
    tries.since = now;
  }
  ++tries.count;
}

}  // namespace phimilter::portal
