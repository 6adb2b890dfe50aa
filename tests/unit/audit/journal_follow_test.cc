// SPDX-License-Identifier: Apache-2.0
#include "audit/journal_follow.h"

#include <gtest/gtest.h>

#include "base/files.h"
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

}  // namespace
}  // namespace phimilter::audit
