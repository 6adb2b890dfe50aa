// SPDX-License-Identifier: Apache-2.0
#include "protect/learning_budget.h"

#include "base/key_limits.h"

namespace phimilter::protect {

void LearningBudget::set_held(const Unasked& held) {
  const std::lock_guard lock(mutex_);
  held_ = held;
}

bool LearningBudget::take(const std::string& domain, bool known_domain, std::size_t bytes,
                          Timestamp now) {
  const std::lock_guard lock(mutex_);
  const auto day = std::chrono::floor<std::chrono::days>(now);
  if (day != day_) {
    day_ = day;
    today_ = 0;
    by_domain_.clear();
  }
  // Strangers never take the room of those whom the settings trust.
  const std::size_t shares = known_domain ? 2 : 1;
  if (today_ >= shares * limits::kLearnedADay || held_.keys >= shares * limits::kLearnedKeys ||
      held_.bytes + bytes > shares * limits::kLearnedBytes) {
    return false;
  }
  if (!known_domain && ++by_domain_[domain] > limits::kLearnedADomain) {
    return false;
  }
  ++today_;
  ++held_.keys;
  held_.bytes += bytes;
  return true;
}

}  // namespace phimilter::protect
