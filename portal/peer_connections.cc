// SPDX-License-Identifier: Apache-2.0
#include "portal/peer_connections.h"

#include <algorithm>
#include <utility>

#include "portal/networks.h"

namespace phimilter::portal {
namespace {

constexpr PrefixBits kOneClient{32, 56};

}  // namespace

PeerConnections::PeerConnections(std::size_t most, std::vector<std::string> proxies)
    : most_(most), proxies_(std::move(proxies)) {}

PeerConnections::Ticket::Ticket(PeerConnections* counts, std::string client)
    : counts_(counts), client_(std::move(client)) {}

PeerConnections::Ticket::Ticket(Ticket&& other) noexcept
    : counts_(std::exchange(other.counts_, nullptr)), client_(std::move(other.client_)) {}

PeerConnections::Ticket::~Ticket() {
  if (counts_ != nullptr) {
    counts_->leave(client_);
  }
}

bool PeerConnections::is_proxy(const std::string& peer) const {
  return std::ranges::any_of(
      proxies_, [&peer](const std::string& network) { return in_network(peer, network); });
}

std::optional<PeerConnections::Ticket> PeerConnections::enter(const std::string& peer) {
  if (is_proxy(peer)) {
    return Ticket(nullptr, {});
  }
  std::string client = network_of(peer, kOneClient);
  const std::lock_guard lock(mutex_);
  std::size_t& held = held_[client];
  if (held >= most_) {
    return std::nullopt;
  }
  ++held;
  return Ticket(this, std::move(client));
}

void PeerConnections::leave(const std::string& client) {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(client);
  if (found != held_.end() && --found->second == 0) {
    held_.erase(found);
  }
}

void PeerConnections::opened(std::uint64_t number, const std::string& peer) {
  if (is_proxy(peer)) {
    return;
  }
  std::string client = network_of(peer, kOneClient);
  const std::lock_guard lock(mutex_);
  if (open_.try_emplace(number, this, client).second) {
    ++held_[client];
  }
}

void PeerConnections::closed(std::uint64_t number) {
  decltype(open_)::node_type ended;  // its ticket takes the lock once it is free again
  {
    const std::lock_guard lock(mutex_);
    ended = open_.extract(number);
  }
}

}  // namespace phimilter::portal
