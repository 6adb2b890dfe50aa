// SPDX-License-Identifier: Apache-2.0
//
// Argon2id for answers, codes and passphrases, a few at a time: it is slow on purpose, and a flood
// of answers must not keep the pages from everybody else. Threads: may be shared.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace phimilter::portal {

class SlowHash {
 public:
  static constexpr std::size_t kAtOnce = 2, kWaiting = 3;  // of the server's 8 workers
  explicit SlowHash(const Secret& pepper, std::size_t at_once = kAtOnce,
                    std::size_t waiting = kWaiting);

  // Transient fault "portal.busy": too many want it just now.
  Result<std::string> hash(const Secret& normalised);
  // Whether one of `readings` is right. Empty `hash`: the same work, and never right.
  Result<bool> check(const std::vector<Secret>& readings, const std::string& hash);
  std::size_t done() const;  // Argon2id computations so far

 private:
  class Turn;
  Status enter();
  void leave();

  Secret pepper_;
  std::string nobodys_;  // hash of a secret that nobody knows
  const std::size_t at_once_, most_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable free_;
  std::size_t running_ = 0, waiting_ = 0, done_ = 0;
};

}  // namespace phimilter::portal
