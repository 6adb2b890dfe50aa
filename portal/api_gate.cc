// SPDX-License-Identifier: Apache-2.0
#include "portal/api_gate.h"

#include <arpa/inet.h>

#include <array>

#include "base/encoding.h"

namespace phimilter::portal {

namespace {

constexpr int kTries = 10;
constexpr auto kWindow = std::chrono::minutes(1);
constexpr std::size_t kNetworks = 10'000;  // past it: the oldest are forgotten

}  // namespace

std::string network_of(std::string_view peer) {
  std::array<std::uint8_t, 16> bytes{};
  const std::string text(peer);
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return hex(ByteView(bytes).first(3));
  }
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
    const bool mapped = peer.starts_with("::ffff:") && peer.find('.') != std::string_view::npos;
    return mapped ? hex(ByteView(bytes).subspan(12, 3)) : hex(ByteView(bytes).first(8));
  }
  return "-";
}

std::int64_t ApiGate::closed_for(std::string_view peer) {
  const std::lock_guard lock(mutex_);
  const auto found = networks_.find(network_of(peer));
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
  Tries& tries = networks_[network_of(peer)];
  if (tries.count == 0) {
    tries.since = now;
  }
  ++tries.count;
}

}  // namespace phimilter::portal
