// SPDX-License-Identifier: Apache-2.0
//
// The policy in force. A message takes it once and keeps it to its end, whatever is loaded
// meanwhile.
#pragma once

#include <memory>
#include <mutex>

#include "policy/policy.h"

namespace phimilter::milter {

class PolicySlot {
 public:
  explicit PolicySlot(std::shared_ptr<const policy::Policy> policy) : policy_(std::move(policy)) {}
  std::shared_ptr<const policy::Policy> get() const {
    const std::lock_guard lock(mutex_);
    return policy_;
  }
  void set(std::shared_ptr<const policy::Policy> policy) {
    const std::lock_guard lock(mutex_);
    policy_ = std::move(policy);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const policy::Policy> policy_;
};

}  // namespace phimilter::milter
