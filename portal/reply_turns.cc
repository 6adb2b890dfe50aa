// SPDX-License-Identifier: Apache-2.0
#include "portal/reply_turns.h"

#include <chrono>

namespace phimilter::portal {
namespace {

constexpr std::chrono::seconds kPatience(1);
constexpr std::size_t kWaiting = 2;

}  // namespace

ReplyTurns::Turn ReplyTurns::take(const EscrowId& id, std::string_view reply_token) {
  std::unique_lock lock(mutex_);
  auto found = under_way_.find(id);
  if (found != under_way_.end() && found->second == reply_token && waiting_ < kWaiting) {
    ++waiting_;
    ended_.wait_for(lock, kPatience, [this, &id] { return !under_way_.contains(id); });
    --waiting_;
    found = under_way_.find(id);
  }
  if (found != under_way_.end()) {
    return {this, id, found->second == reply_token ? Standing::same_reply : Standing::other_reply};
  }
  if (under_way_.size() >= at_once_) {
    return {this, id, Standing::crowded};
  }
  under_way_.emplace(id, reply_token);
  return {this, id, Standing::mine};
}

ReplyTurns::Turn::~Turn() {
  if (standing_ == Standing::mine) {
    {
      const std::lock_guard lock(turns_->mutex_);
      turns_->under_way_.erase(id_);
    }
    turns_->ended_.notify_all();
  }
}

}  // namespace phimilter::portal
