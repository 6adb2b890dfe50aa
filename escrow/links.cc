// SPDX-License-Identifier: Apache-2.0
#include "escrow/links.h"

#include "base/encoding.h"

namespace phimilter::escrow {

Link BoundLinks::link_for(const TokenId& token) {
  const std::lock_guard lock(mutex_);
  auto found = made_.find(token);
  if (found == made_.end() || found->second.secret.empty()) {
    const Secret raw = random_secret(32);
    const std::string secret = base64url(raw.span());
    Made made{*id_of_link_secret(secret), Secret(std::string_view(secret))};
    if (found == made_.end()) {
      order_.push_back(token);
    }
    found = made_.insert_or_assign(token, std::move(made)).first;
    while (order_.size() > most_) {
      made_.erase(order_.front());
      order_.pop_front();
    }
  }
  const Made& made = found->second;
  return Link{made.id, std::string(made.secret.view()), reference_of(made.id)};
}

std::optional<EscrowId> BoundLinks::known(const TokenId& token) const {
  const std::lock_guard lock(mutex_);
  const auto found = made_.find(token);
  return found == made_.end() ? std::nullopt : std::optional(found->second.id);
}

void BoundLinks::settled(const TokenId& token) {
  const std::lock_guard lock(mutex_);
  const auto found = made_.find(token);
  if (found != made_.end()) {
    found->second.secret = Secret();
  }
}

}  // namespace phimilter::escrow
