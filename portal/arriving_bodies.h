// SPDX-License-Identifier: Apache-2.0
//
// The memory that request bodies hold, from the end of their headers until they are answered. Who
// sends one is asked when the header is in: visitors who have given proof, and programs with a
// token, share one budget, everybody else a smaller one. What finds no room is read and thrown
// away, and answered 503. Small bodies, as of any form without files, are free.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "portal/http.h"
#include "portal/memory_budget.h"

namespace phimilter::portal {

// What all listeners of the program share. Threads: may be shared.
struct BodyBudgets {
  // By the header alone: the request's body is empty.
  std::function<bool(const Request&)> knows{};
  MemoryBudget strangers{limits::kBodiesOfStrangers}, visitors{limits::kBodiesOfVisitors};
};

// Of one listener. Not for several threads; what take() gives may live on in another.
class ArrivingBodies {
 public:
  // `largest`: what a body may hold whose size nobody said.
  ArrivingBodies(std::shared_ptr<BodyBudgets> budgets, std::vector<std::string> proxies,
                 std::size_t largest)
      : budgets_(std::move(budgets)), proxies_(std::move(proxies)), largest_(largest) {}

  void opened(std::uint64_t connection, std::string peer);
  void closed(std::uint64_t connection) { connections_.erase(connection); }

  // A header is in; nullopt: nobody said how long the body is. Whether it is to be held.
  bool admit(std::uint64_t connection, std::optional<std::uint64_t> length, RawRequest header);
  bool dropping(std::uint64_t connection) const;

  struct Arrival {
    MemoryBudget::Share share{};  // to be kept as long as the body
    bool refused = false;
  };
  Arrival take(std::uint64_t connection);  // the whole body is in

 private:
  struct Connection {
    std::string peer;
    Arrival arrival{};
  };
  std::shared_ptr<BodyBudgets> budgets_;
  std::vector<std::string> proxies_;
  std::size_t largest_;
  std::map<std::uint64_t, Connection> connections_;
};

}  // namespace phimilter::portal
