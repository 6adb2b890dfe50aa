// SPDX-License-Identifier: Apache-2.0
#include "portal/arriving_bodies.h"

#include <utility>

namespace phimilter::portal {

void ArrivingBodies::opened(std::uint64_t connection, std::string peer) {
  connections_.insert_or_assign(connection, Connection{std::move(peer)});
}

bool ArrivingBodies::admit(std::uint64_t connection, std::optional<std::uint64_t> length,
                           RawRequest header) {
  const auto known = connections_.find(connection);
  if (known == connections_.end()) {
    return false;
  }
  Connection& from = known->second;
  from.arrival = {};
  const std::uint64_t bytes = length.value_or(largest_);
  if (bytes <= limits::kPortalRequest) {
    return true;
  }
  header.peer = from.peer;
  header.proxies = proxies_;
  const Request request = understand(std::move(header));
  MemoryBudget& budget =
      budgets_->knows && budgets_->knows(request) ? budgets_->visitors : budgets_->strangers;
  from.arrival.share = budget.take(bytes, std::chrono::milliseconds(0));
  from.arrival.refused = !from.arrival.share;
  return !from.arrival.refused;
}

bool ArrivingBodies::dropping(std::uint64_t connection) const {
  const auto known = connections_.find(connection);
  return known == connections_.end() || known->second.arrival.refused;
}

ArrivingBodies::Arrival ArrivingBodies::take(std::uint64_t connection) {
  const auto known = connections_.find(connection);
  return known == connections_.end() ? Arrival{{}, true}
                                     : std::exchange(known->second.arrival, Arrival{});
}

}  // namespace phimilter::portal
