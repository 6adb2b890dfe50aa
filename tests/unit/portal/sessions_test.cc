// SPDX-License-Identifier: Apache-2.0
#include "portal/sessions.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "portal/fakes.h"
#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

const Subject kEntry = Subject::entry(*EscrowId::parse(std::string(32, '1')));
const Subject kOther = Subject::entry(*EscrowId::parse(std::string(32, '2')));

struct SessionsTest : ::testing::Test {
  std::string begin(const Subject& subject, std::string_view old_cookie = {}) {
    const auto cookie = sessions.begin(subject, old_cookie);
    EXPECT_TRUE(cookie.has_value());
    return cookie.value_or("");
  }
  bool open(std::string_view cookie, const Subject& subject) {
    return sessions.find(cookie, subject).has_value();
  }
  FixedClock clock{test_time()};
  Sessions sessions{clock};
};

TEST_F(SessionsTest, BelongToOneSubjectAndOneCookie) {
  const std::string cookie = begin(kEntry);
  EXPECT_EQ(cookie.size(), 43U);
  EXPECT_TRUE(open(cookie, kEntry));
  EXPECT_FALSE(open(cookie, kOther));
  EXPECT_FALSE(open("", kEntry));
  EXPECT_FALSE(open(cookie.substr(1) + "A", kEntry));
  EXPECT_NE(sessions.find(cookie, kEntry)->form_token, cookie);
}

TEST_F(SessionsTest, ABrowserIsKnownAsLongAsAnyGrantLives) {
  EXPECT_FALSE(sessions.knows(""));
  EXPECT_FALSE(sessions.knows(std::string(43, 'A')));
  const std::string first = begin(kEntry);
  EXPECT_TRUE(sessions.knows(first));
  clock.advance(std::chrono::seconds(limits::kSessionIdleS - 1));
  EXPECT_TRUE(sessions.knows(first));
  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(sessions.knows(first)) << "to be asked about is no use";
  const std::string second = begin(kEntry), other = begin(kEntry);
  EXPECT_FALSE(sessions.knows(second)) << "another browser has its grant";
  EXPECT_TRUE(sessions.knows(other));
  EXPECT_TRUE(sessions.end_all(kEntry));
  EXPECT_FALSE(sessions.knows(other));
}

TEST_F(SessionsTest, IdleTimeBeginsAnewWithEachUse) {
  const std::string cookie = begin(kEntry);
  clock.advance(std::chrono::seconds(limits::kSessionIdleS - 1));
  EXPECT_TRUE(open(cookie, kEntry));
  clock.advance(std::chrono::seconds(limits::kSessionIdleS - 1));
  EXPECT_TRUE(open(cookie, kEntry));
  clock.advance(std::chrono::seconds(limits::kSessionIdleS));
  EXPECT_FALSE(open(cookie, kEntry));
}

TEST_F(SessionsTest, EndForGoodAfterTheAbsoluteTime) {
  const std::string cookie = begin(kEntry);
  std::int64_t passed = 0;
  while (passed + limits::kSessionIdleS / 2 < limits::kSessionS) {
    clock.advance(std::chrono::seconds(limits::kSessionIdleS / 2));
    passed += limits::kSessionIdleS / 2;
    ASSERT_TRUE(open(cookie, kEntry)) << passed;
  }
  clock.advance(std::chrono::seconds(limits::kSessionS - passed));
  EXPECT_FALSE(open(cookie, kEntry));
}

TEST_F(SessionsTest, ClockTurnedBackEndsThem) {
  const std::string cookie = begin(kEntry);
  clock.advance(-std::chrono::hours(1));
  EXPECT_FALSE(open(cookie, kEntry));
}

TEST_F(SessionsTest, AnotherBrowserTakesTheMessageAndTheFirstIsTold) {
  const std::string first = begin(kEntry);
  const std::string second = begin(kEntry);
  EXPECT_FALSE(open(first, kEntry));
  EXPECT_TRUE(sessions.moved(first, kEntry));
  EXPECT_TRUE(open(second, kEntry));
  EXPECT_FALSE(sessions.moved(second, kEntry));
  EXPECT_FALSE(sessions.moved("", kEntry));
}

TEST_F(SessionsTest, TheCookieChangesWithEachGrantAndKeepsTheOthers) {
  const std::string first = begin(kEntry);
  const std::string token = sessions.find(first, kEntry)->form_token;
  const std::string second = begin(kOther, first);
  EXPECT_NE(first, second);
  EXPECT_FALSE(open(first, kEntry)) << "a cookie known from before the proof is worth nothing";
  EXPECT_FALSE(open(first, kOther));
  EXPECT_TRUE(open(second, kEntry));
  EXPECT_TRUE(open(second, kOther));
  EXPECT_EQ(sessions.find(second, kEntry)->form_token, token) << "pages that are open still work";
  const std::string third = begin(kOther, second);
  EXPECT_FALSE(sessions.moved(third, kOther));
  EXPECT_TRUE(open(third, kEntry));
}

TEST_F(SessionsTest, AGrantThatMovedIsNotTakenBack) {
  const std::string first = begin(kEntry);
  const std::string elsewhere = begin(kEntry);
  const std::string next = begin(kOther, first);
  EXPECT_FALSE(open(next, kEntry));
  EXPECT_TRUE(open(elsewhere, kEntry));
}

TEST_F(SessionsTest, LogoutAndRetractEndThem) {
  const std::string cookie = begin(kOther, begin(kEntry));
  const auto others = sessions.end(cookie, kEntry);
  ASSERT_TRUE(others.has_value());
  EXPECT_TRUE(*others);
  EXPECT_FALSE(open(cookie, kEntry));
  EXPECT_TRUE(open(cookie, kOther));
  ASSERT_TRUE(sessions.end_all(kOther).has_value());
  EXPECT_FALSE(open(cookie, kOther));
  EXPECT_FALSE(sessions.moved(cookie, kOther));
}

TEST_F(SessionsTest, WhoLostTheGrantEndsNobodysSession) {
  const std::string first = begin(kEntry);
  const std::string second = begin(kEntry);
  ASSERT_TRUE(sessions.end(first, kEntry).has_value());
  EXPECT_TRUE(open(second, kEntry));
}

TEST_F(SessionsTest, AreBounded) {
  Sessions few(clock, {.most = 8}, memory_record_store());
  const std::string first = *few.begin(kEntry);
  std::string last;
  for (int i = 0; i < 128; ++i) {
    clock.advance(std::chrono::microseconds(1));
    const std::string number = std::to_string(i);
    last = *few.begin(Subject::account(number));
  }
  EXPECT_LE(few.sweep(), 8U + 64U);
  EXPECT_FALSE(few.find(first, kEntry).has_value()) << "the one idle longest goes";
  EXPECT_TRUE(few.find(last, Subject::account("127")).has_value());
}

TEST_F(SessionsTest, SweepDeletesWhatIsOver) {
  const std::string cookie = begin(kEntry);
  clock.advance(std::chrono::minutes(10));
  const std::string later = begin(kOther);
  clock.advance(std::chrono::minutes(10));
  EXPECT_EQ(sessions.sweep(), 1U);
  EXPECT_TRUE(open(later, kOther));
}

TEST(SessionsOnDisk, OutliveARestartAndHoldNoCookie) {
  const TempFolder temp;
  const Secret pepper(std::string_view("0123456789abcdef0123456789abcdef"));
  FixedClock clock(test_time());
  Sessions before(clock, {}, *open_record_store(temp.path() + "/sessions", pepper));
  const std::string cookie = *before.begin(kEntry, {}, "note");
  Sessions after(clock, {}, *open_record_store(temp.path() + "/sessions", pepper));
  ASSERT_TRUE(after.find(cookie, kEntry).has_value());
  EXPECT_EQ(after.find(cookie, kEntry)->note, "note");
  const ToolResult found = run_tool("grep -raF -e '" + cookie + "' " + temp.path() + "; ls " +
                                    temp.path() + "/sessions");
  EXPECT_EQ(found.output.find(cookie), std::string::npos);
  Sessions other_pepper(
      clock, {},
      *open_record_store(temp.path() + "/sessions",
                         Secret(std::string_view("another-pepper-of-32-bytes-here"))));
  EXPECT_FALSE(other_pepper.find(cookie, kEntry).has_value());
}

TEST(SessionsOnABadDisk, GrantNothing) {
  FixedClock clock(test_time());
  auto records = std::make_unique<FailingRecords>();
  FailingRecords& disk = *records;
  Sessions sessions(clock, {}, std::move(records));
  const std::string cookie = *sessions.begin(kEntry);
  disk.broken_load = true;
  EXPECT_FALSE(sessions.find(cookie, kEntry).has_value());
  EXPECT_FALSE(sessions.end(cookie, kEntry).has_value()) << "a log-out that did not happen is told";
  disk.broken_load = false;
  disk.broken_save = true;
  EXPECT_FALSE(sessions.begin(kOther).has_value());
  EXPECT_TRUE(sessions.find(cookie, kEntry).has_value());
  EXPECT_FALSE(sessions.end_all(kEntry).has_value());
}

}  // namespace
}  // namespace phimilter::portal
