// SPDX-License-Identifier: Apache-2.0
//
// Links of messages that are bound to them: random secrets, which stand in the notice and in this
// process's memory and nowhere else. While the process lives, every try of an intent makes the same
// link; after it, another one, and what was sealed under the first opens by the first alone.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "escrow/entry.h"

namespace phimilter::escrow {

class BoundLinks {  // thread-safe
 public:
  explicit BoundLinks(std::size_t most = 50'000) : most_(most) {}
  Link link_for(const TokenId& token);
  // nullopt: made by another process, or long ago.
  std::optional<EscrowId> known(const TokenId& token) const;
  // The notice has left: of the secret nothing stays here.
  void settled(const TokenId& token);

 private:
  struct Made {
    EscrowId id;
    Secret secret;  // empty once it is settled
  };
  const std::size_t most_;  // past it: the oldest is forgotten
  mutable std::mutex mutex_;
  std::map<TokenId, Made> made_;
  std::deque<TokenId> order_;
};

}  // namespace phimilter::escrow
