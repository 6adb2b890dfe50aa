// SPDX-License-Identifier: Apache-2.0
#include "portal/guess_limits.h"

#include <gtest/gtest.h>

#include <thread>

#include "portal/fakes.h"
#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

constexpr std::string_view kPat = "pat@example.org";

struct GuessLimitsTest : ::testing::Test {
  GuessOptions options{.recipient = {.tries = 4},
                       .network = {.tries = 6, .longest_lock = std::chrono::hours(4)}};
  FixedClock clock{test_time()};
  Secret pepper{std::string_view("0123456789abcdef0123456789abcdef")};
  FakeShared* redis = nullptr;
  std::unique_ptr<GuessLimits> limits = make(nullptr);

  std::unique_ptr<GuessLimits> make(std::unique_ptr<FakeShared> shared) {
    redis = shared.get();
    return std::make_unique<GuessLimits>(memory_record_store(), std::move(shared), pepper, clock,
                                         options);
  }
  int counted_until_locked(GuessLimits& by, std::string_view who) {
    int counted = 0;
    while (*by.count(GuessScope::recipient, who) == 0) {
      ++counted;
    }
    return counted;
  }
};

TEST_F(GuessLimitsTest, LocksAfterSoManyAndOnlyThem) {
  EXPECT_EQ(counted_until_locked(*limits, kPat), 4);
  EXPECT_EQ(*limits->locked_s(GuessScope::recipient, kPat), 900);
  EXPECT_EQ(*limits->count(GuessScope::recipient, "sam@example.org"), 0);
  EXPECT_EQ(*limits->count(GuessScope::account, kPat), 0) << "another scope";
  clock.advance(std::chrono::seconds(900));
  EXPECT_EQ(*limits->count(GuessScope::recipient, kPat), 0);
}

TEST_F(GuessLimitsTest, EachLockLastsTwiceAsLongUpToTheDocumentedLength) {
  for (std::int64_t expected : {900, 1800, 3600, 7200, 14400, 28800, 57600, 86400, 86400}) {
    counted_until_locked(*limits, kPat);
    EXPECT_EQ(*limits->locked_s(GuessScope::recipient, kPat), expected);
    clock.advance(std::chrono::seconds(expected));
  }
  clock.advance(kLocksForgotten);
  counted_until_locked(*limits, kPat);
  EXPECT_EQ(*limits->locked_s(GuessScope::recipient, kPat), 900);
  EXPECT_EQ(lock_time(options.network, 1000), std::chrono::hours(4));
}

TEST_F(GuessLimitsTest, TheWindowEnds) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(*limits->count(GuessScope::recipient, kPat), 0);
  }
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(counted_until_locked(*limits, kPat), 4);
}

TEST_F(GuessLimitsTest, WhatIsTakenBackNeverHappened) {
  for (int i = 0; i < 40; ++i) {
    ASSERT_EQ(*limits->count(GuessScope::network, "n"), 0) << i;
    ASSERT_TRUE(limits->take_back(GuessScope::network, "n").has_value());
  }
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(*limits->count(GuessScope::network, "n"), 0);
  }
  ASSERT_EQ(*limits->count(GuessScope::network, "n"), 0) << "the last one, which locks";
  ASSERT_TRUE(limits->take_back(GuessScope::network, "n").has_value());
  EXPECT_EQ(*limits->locked_s(GuessScope::network, "n"), 0);
  EXPECT_EQ(*limits->count(GuessScope::network, "n"), 0);
  EXPECT_GT(*limits->count(GuessScope::network, "n"), 0) << "the others still count";
}

TEST_F(GuessLimitsTest, ForgettingUnlocks) {
  counted_until_locked(*limits, kPat);
  ASSERT_TRUE(limits->forget(GuessScope::recipient, kPat).has_value());
  EXPECT_EQ(counted_until_locked(*limits, kPat), 4);
}

TEST_F(GuessLimitsTest, SweepDeletesWhatIsOver) {
  auto owned = memory_record_store();
  RecordStore& records = *owned;
  GuessLimits swept(std::move(owned), nullptr, pepper, clock, options);
  counted_until_locked(swept, kPat);
  EXPECT_EQ(*swept.count(GuessScope::recipient, "sam@example.org"), 0);
  swept.sweep();
  EXPECT_EQ(records.names("")->size(), 2U) << "both still count";
  clock.advance(std::chrono::hours(1));
  swept.sweep();
  EXPECT_EQ(records.names("")->size(), 1U) << "a lock is remembered for the next one's length";
  clock.advance(kLocksForgotten);
  swept.sweep();
  EXPECT_TRUE(records.names("")->empty());
}

TEST_F(GuessLimitsTest, Networks) {
  const struct {
    const char* peer;
    const char* network;
  } cases[] = {
      {"192.0.2.77", "192.0.2.0/24"},
      {"::ffff:192.0.2.77", "192.0.2.0/24"},
      {"2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"},
      {"2001:db8:1:300::1", "2001:db8:1:300::/56"},
      {"", "unknown"},
      {"192.0.2", "unknown"},
      {"192.0.2.1; x", "unknown"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(limits->network_of(test.peer), test.network) << test.peer;
  }
  options.v4_bits = 9;
  options.v6_bits = 128;
  const auto wide = make(nullptr);
  EXPECT_EQ(wide->network_of("10.255.1.1"), "10.128.0.0/9");
  EXPECT_EQ(wide->network_of("::1"), "::1/128");
}

TEST_F(GuessLimitsTest, WithRedisTheStricterOfBothCounts) {
  const auto here = make(std::make_unique<FakeShared>());
  redis->elsewhere = 3;  // tries on other hosts
  EXPECT_EQ(counted_until_locked(*here, kPat), 1);
  EXPECT_EQ(redis->keys.size(), 1U);
  EXPECT_EQ(redis->keys.begin()->find("pat"), std::string::npos);
  EXPECT_EQ(redis->keys.begin()->size(), 64U);
}

TEST_F(GuessLimitsTest, WithoutItsRedisAHostIsStricter) {
  const auto here = make(std::make_unique<FakeShared>());
  EXPECT_EQ(*here->count(GuessScope::recipient, kPat), 0);
  redis->away = true;
  EXPECT_EQ(counted_until_locked(*here, kPat), 1) << "two of four, with the one from before";
  bool away = false;
  EXPECT_EQ(here->count_link("x", options.recipient, away), 0);
  EXPECT_TRUE(away);
  redis->away = false;
  EXPECT_EQ(here->count_link("x", options.recipient, away), 0);
  EXPECT_FALSE(away);
  EXPECT_EQ(limits->count_link("x", options.recipient, away), 0) << "a host without Redis";
  EXPECT_FALSE(away);
}

TEST_F(GuessLimitsTest, WhatCannotBeCountedIsAFault) {
  auto records = std::make_unique<FailingRecords>();
  FailingRecords& disk = *records;
  GuessLimits here(std::move(records), nullptr, pepper, clock, options);
  disk.broken_save = true;
  EXPECT_FALSE(here.count(GuessScope::recipient, kPat).has_value());
  disk.broken_save = false;
  EXPECT_EQ(*here.count(GuessScope::recipient, kPat), 0);
  disk.broken_load = true;
  EXPECT_FALSE(here.count(GuessScope::recipient, kPat).has_value());
  EXPECT_FALSE(here.locked_s(GuessScope::recipient, kPat).has_value());
}

TEST_F(GuessLimitsTest, ParallelTriesAreAllCounted) {
  std::atomic<int> counted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto locked = limits->count(GuessScope::recipient, kPat);
      counted += locked && *locked == 0 ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(counted, 4);
}

TEST_F(GuessLimitsTest, CountsOutliveARestartAndTellNoAddress) {
  const TempFolder temp;
  const auto open = [&] {
    return std::make_unique<GuessLimits>(*open_record_store(temp.path(), pepper), nullptr, pepper,
                                         clock, options);
  };
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(*open()->count(GuessScope::recipient, kPat), 0);
  }
  EXPECT_EQ(*open()->count(GuessScope::recipient, kPat), 900);
  const ToolResult found = run_tool("ls " + temp.path() + "; grep -ral pat@ " + temp.path());
  EXPECT_EQ(found.output.find("pat"), std::string::npos) << found.output;
  open()->sweep();
  EXPECT_EQ(*open()->count(GuessScope::recipient, kPat), 900);
  clock.advance(kLocksForgotten);
  open()->sweep();
  EXPECT_EQ(run_tool("ls -A " + temp.path()).output, "");
}

}  // namespace
}  // namespace phimilter::portal
