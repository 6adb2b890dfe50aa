// SPDX-License-Identifier: Apache-2.0
//
// Whose reply is being made and sent just now, in this portal: one of an entry, and so many at
// once, since each keeps a worker for as long as the filter reads. A second tap waits for a moment,
// as long as few do: mostly it then finds what the first has sent.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace phimilter::portal {

class ReplyTurns {
 public:
  enum class Standing {
    mine,         // until the turn ends
    same_reply,   // another tap on the same form is sending it
    other_reply,  // to the same message
    crowded,
  };
  class Turn {
   public:
    Turn(ReplyTurns* turns, EscrowId id, Standing standing)
        : turns_(turns), id_(std::move(id)), standing_(standing) {}
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Standing standing() const { return standing_; }

   private:
    ReplyTurns* turns_;
    EscrowId id_;
    Standing standing_;
  };

  explicit ReplyTurns(std::size_t at_once) : at_once_(at_once) {}
  Turn take(const EscrowId& id, std::string_view reply_token);

 private:
  const std::size_t at_once_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t waiting_ = 0;
  std::map<EscrowId, std::string> under_way_;  // the reply's token
};

}  // namespace phimilter::portal
