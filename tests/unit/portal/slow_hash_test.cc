// SPDX-License-Identifier: Apache-2.0
#include "portal/slow_hash.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace phimilter::portal {
namespace {

std::vector<Secret> readings(std::initializer_list<std::string_view> texts) {
  std::vector<Secret> all;
  for (const std::string_view text : texts) {
    all.emplace_back(text);
  }
  return all;
}

TEST(SlowHash, NobodysHashCostsTheSameAndIsNeverRight) {
  SlowHash slow(Secret(std::string_view("pepper")));
  const std::string hash = *slow.hash(Secret(std::string_view("rex")));
  const std::size_t before = slow.done();
  EXPECT_TRUE(*slow.check(readings({"rex"}), hash));
  EXPECT_EQ(slow.done(), before + 1);
  EXPECT_FALSE(*slow.check(readings({"rex"}), ""));
  EXPECT_EQ(slow.done(), before + 2);
  EXPECT_TRUE(*slow.check(readings({"max", "rex"}), hash));
  EXPECT_TRUE(*slow.check(readings({"rex", "max"}), hash));
  EXPECT_EQ(slow.done(), before + 6) << "all readings, whichever is right";
  EXPECT_FALSE(*slow.check(readings({"max"}), hash));
}

TEST(SlowHash, AFloodIsTurnedAway) {
  SlowHash slow(Secret(std::string_view("pepper")), 1, 1);
  std::atomic<int> done = 0;
  std::atomic<int> busy = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const auto hash = slow.hash(Secret(std::string_view("rex")));
      ++(hash ? done : busy);
      EXPECT_TRUE(hash || hash.error().id == "portal.busy");
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(done + busy, 16);
  EXPECT_GE(done, 2);
  EXPECT_TRUE(slow.hash(Secret(std::string_view("rex"))).has_value()) << "free again";
}

}  // namespace
}  // namespace phimilter::portal
