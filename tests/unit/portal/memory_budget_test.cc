// SPDX-License-Identifier: Apache-2.0
#include "portal/memory_budget.h"

#include <gtest/gtest.h>

#include <thread>

namespace phimilter::portal {
namespace {

using std::chrono::milliseconds;

TEST(MemoryBudget, GivesWhatThereIsAndNoMore) {
  MemoryBudget budget(100);
  MemoryBudget::Share all = budget.take(1000, milliseconds(0));
  EXPECT_TRUE(all) << "more than there is counts as all";
  EXPECT_FALSE(budget.take(1, milliseconds(0)));
  all.shrink(60);
  {
    const MemoryBudget::Share some = budget.take(40, milliseconds(0));
    EXPECT_TRUE(some);
    EXPECT_FALSE(budget.take(1, milliseconds(0)));
  }
  EXPECT_TRUE(budget.take(40, milliseconds(0)));
  const MemoryBudget::Share moved = std::move(all);
  EXPECT_FALSE(budget.take(41, milliseconds(0)));
}

TEST(MemoryBudget, WhoWaitsGetsWhatOthersGiveBack) {
  MemoryBudget budget(100);
  MemoryBudget::Share all = budget.take(100, milliseconds(0));
  std::thread waiting([&budget] { EXPECT_TRUE(budget.take(50, milliseconds(60'000))); });
  all.shrink(0);
  waiting.join();
}

}  // namespace
}  // namespace phimilter::portal
