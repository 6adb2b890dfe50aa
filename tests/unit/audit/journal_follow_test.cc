// SPDX-License-Identifier: Apache-2.0
#include "audit/journal_follow.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/files.h"
#include "base/log.h"
#include "support/temp_folder.h"

namespace phimilter::audit {
namespace {

TEST(FollowedJournal, SeesWhatAnotherWrote) {
  const test::TempFolder folder;
  const auto follower = follow_journal(folder.path("journal"));
  EXPECT_EQ(follower->wait_for_more(0, 1), 0U) << "there is no such folder yet";
  ASSERT_TRUE(make_folder(folder.path("journal"), 0700));
  EXPECT_EQ(follower->wait_for_more(0, 1), 0U);
  for (std::uint64_t number = 1; number <= 3; ++number) {
    const auto journal = open_journal(folder.path("journal"), "phictl", system_clock());
    ASSERT_TRUE(journal.has_value());
    ASSERT_TRUE((*journal)->append(Record{}).has_value());
    EXPECT_EQ(follower->wait_for_more(number - 1, 1), number);
    EXPECT_EQ(follower->wait_for_more(number, 1), number);
    EXPECT_EQ(follower->last_sequence(), number);
  }
  EXPECT_FALSE(follower->append(Record{}).has_value());
  // After a restart its shipper asks at once how far the journal goes.
  EXPECT_EQ(follow_journal(folder.path("journal"))->last_sequence(), 3U);
}

// What this process has read until now, as the kernel counts it.
std::uint64_t bytes_read() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t bytes = 0;
  io >> name >> bytes;
  return name == "rchar:" ? bytes : 0;
}

TEST(FollowedJournal, ReadsNothingTwice) {
  const test::TempFolder folder;
  const auto journal = open_journal(folder.path(), "phictl", system_clock());
  ASSERT_TRUE(journal.has_value());
  Record record;
  record.sender = std::string(900, 's');
  ASSERT_EQ((*journal)->append(std::vector<Record>(1000, record)).value_or(0), 1000U);
  const auto follower = follow_journal(folder.path());
  ASSERT_EQ(follower->last_sequence(), 1000U);
  const std::uint64_t before = bytes_read();
  ASSERT_GT(before, 900'000U);
  for (int look = 0; look < 10; ++look) {
    EXPECT_EQ(follower->wait_for_more(1000, 1), 1000U);
  }
  EXPECT_LT(bytes_read() - before, 900'000U);
}

TEST(FollowedJournal, SaysOnceThatItCannotGoOnAndGoesOnWhenItCan) {
  const test::TempFolder folder;
  const auto follower = follow_journal(folder.path());
  const auto journal = open_journal(folder.path(), "phictl", system_clock());
  ASSERT_TRUE(journal.has_value());
  ASSERT_TRUE((*journal)->append(Record{}).has_value());
  const std::string name = list_folder(folder.path())->front();
  const std::string good = folder.read(name);
  folder.write(name, good + "not a line of a journal\n");
  ::testing::internal::CaptureStderr();
  for (int look = 0; look < 3; ++look) {
    EXPECT_EQ(follower->wait_for_more(1, 1), 1U);
  }
  const std::string said = ::testing::internal::GetCapturedStderr();
  const auto at = said.find("audit.journal_line");
  EXPECT_NE(at, std::string::npos) << said;
  EXPECT_EQ(said.find("audit.journal_line", at + 1), std::string::npos) << said;
  folder.write(name, good);
  ASSERT_TRUE((*journal)->append(Record{}).has_value());
  EXPECT_EQ(follower->wait_for_more(1, 1), 2U);
}

}  // namespace
}  // namespace phimilter::audit
