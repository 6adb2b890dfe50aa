// SPDX-License-Identifier: Apache-2.0
#include "portal/sessions.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "portal/fakes.h"

namespace phimilter::portal {
namespace {

const EscrowId kEntry = *EscrowId::parse(std::string(32, '1'));
const EscrowId kOther = *EscrowId::parse(std::string(32, '2'));

TEST(Sessions, BelongToOneEntryAndOneCookie) {
  FixedClock clock(test_time());
  Sessions sessions(clock);
  const std::string cookie = sessions.begin(kEntry);
  EXPECT_EQ(cookie.size(), 43U);
  EXPECT_TRUE(sessions.find(cookie, kEntry).has_value());
  EXPECT_FALSE(sessions.find(cookie, kOther).has_value());
  EXPECT_FALSE(sessions.find("", kEntry).has_value());
  EXPECT_FALSE(sessions.find(cookie.substr(1) + "A", kEntry).has_value());
  EXPECT_NE(sessions.begin(kEntry), cookie);
  EXPECT_NE(sessions.find(cookie, kEntry)->form_token, cookie);
}

TEST(Sessions, IdleTimeBeginsAnewWithEachUse) {
  FixedClock clock(test_time());
  Sessions sessions(clock);
  const std::string cookie = sessions.begin(kEntry);
  clock.advance(std::chrono::seconds(limits::kSessionIdleS - 1));
  EXPECT_TRUE(sessions.find(cookie, kEntry).has_value());
  clock.advance(std::chrono::seconds(limits::kSessionIdleS - 1));
  EXPECT_TRUE(sessions.find(cookie, kEntry).has_value());
  clock.advance(std::chrono::seconds(limits::kSessionIdleS));
  EXPECT_FALSE(sessions.find(cookie, kEntry).has_value());
}

TEST(Sessions, EndForGoodAfterTheAbsoluteTime) {
  FixedClock clock(test_time());
  Sessions sessions(clock);
  const std::string cookie = sessions.begin(kEntry);
  std::int64_t passed = 0;
  while (passed + limits::kSessionIdleS / 2 < limits::kSessionS) {
    clock.advance(std::chrono::seconds(limits::kSessionIdleS / 2));
    passed += limits::kSessionIdleS / 2;
    ASSERT_TRUE(sessions.find(cookie, kEntry).has_value()) << passed;
  }
  clock.advance(std::chrono::seconds(limits::kSessionS - passed));
  EXPECT_FALSE(sessions.find(cookie, kEntry).has_value());
}

TEST(Sessions, ClockTurnedBackEndsThem) {
  FixedClock clock(test_time());
  Sessions sessions(clock);
  const std::string cookie = sessions.begin(kEntry);
  clock.advance(-std::chrono::hours(1));
  EXPECT_FALSE(sessions.find(cookie, kEntry).has_value());
}

TEST(Sessions, LogoutAndRetractEndThem) {
  FixedClock clock(test_time());
  Sessions sessions(clock);
  const std::string first = sessions.begin(kEntry);
  const std::string second = sessions.begin(kEntry);
  const std::string other = sessions.begin(kOther);
  sessions.end(first);
  EXPECT_FALSE(sessions.find(first, kEntry).has_value());
  EXPECT_TRUE(sessions.find(second, kEntry).has_value());
  sessions.end_all(kEntry);
  EXPECT_FALSE(sessions.find(second, kEntry).has_value());
  EXPECT_TRUE(sessions.find(other, kOther).has_value());
}

TEST(Sessions, AreBounded) {
  FixedClock clock(test_time());
  Sessions sessions(clock);
  const std::string first = sessions.begin(kEntry);
  clock.advance(std::chrono::seconds(1));
  for (int i = 0; i < 20'000; ++i) {
    sessions.begin(kEntry);
  }
  EXPECT_EQ(sessions.size(), 20'000U);
  EXPECT_FALSE(sessions.find(first, kEntry).has_value()) << "the one idle longest goes";
}

}  // namespace
}  // namespace phimilter::portal
