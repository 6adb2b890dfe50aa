// SPDX-License-Identifier: Apache-2.0
#include "protect/learning_budget.h"

#include <gtest/gtest.h>

#include "base/key_limits.h"

namespace phimilter::protect {
namespace {

// Forged mail of a day leaves room for those whom the settings trust, and not without end.
TEST(LearningBudget, StrangersLeaveTheTrustedTheirRoom) {
  LearningBudget budget;
  const Timestamp now{std::chrono::days(20'000)};
  std::size_t taken = 0;
  for (std::size_t i = 0; i < 2 * limits::kLearnedADay; ++i) {
    const std::string domain = "d" + std::to_string(i / limits::kLearnedADomain) + ".example";
    taken += budget.take(domain, false, 100, now) ? 1 : 0;
  }
  EXPECT_EQ(taken, limits::kLearnedADay);
  for (std::size_t i = 0; i < limits::kLearnedADay; ++i) {
    ASSERT_TRUE(budget.take("partner.example", true, 100, now)) << i;
  }
  EXPECT_FALSE(budget.take("partner.example", true, 100, now));
  EXPECT_TRUE(budget.take("d.example", false, 100, now + std::chrono::days(1)));
  budget.set_held({.keys = limits::kLearnedKeys, .bytes = 0});
  EXPECT_FALSE(budget.take("d.example", false, 100, now + std::chrono::days(1)));
  EXPECT_TRUE(budget.take("partner.example", true, 100, now + std::chrono::days(1)));
}

}  // namespace
}  // namespace phimilter::protect
