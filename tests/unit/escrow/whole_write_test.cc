// SPDX-License-Identifier: Apache-2.0
#include "escrow/whole_write.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "escrow/support.h"

namespace phimilter::escrow {
namespace {

using test::fault_of;

// A folder in which nothing can take the place of "b" until what stands there is gone.
class Whole : public ::testing::Test {
 protected:
  Whole() { folder_.write("a", "old"); }
  void block() { std::filesystem::create_directories(folder_.path("b/full")); }
  void unblock() { std::filesystem::remove_all(folder_.path("b")); }
  Status write(const std::vector<NamedContent>& files) {
    return write_whole(folder_.path(), files, 0660);
  }
  bool exists(const char* name) { return std::filesystem::exists(folder_.path(name)); }

  phimilter::test::TempFolder folder_;
};

TEST_F(Whole, WhatCountsIsNeverTakenBackByTheNextOne) {
  block();
  const auto first = write({{"a", "new"}, {"b", "new"}, {"c", "new"}});
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().id, "escrow.import_unfinished");
  EXPECT_EQ(first.error().kind, FaultKind::transient);
  EXPECT_FALSE(hold_folder(folder_.path(), {})) << "the disk still says no";
  EXPECT_FALSE(finish_whole(folder_.path()));
  EXPECT_TRUE(exists("b.new"));
  EXPECT_TRUE(exists("c.new"));
  unblock();
  EXPECT_EQ(fault_of(hold_folder(folder_.path(), {})), "");
  EXPECT_EQ(folder_.read("a") + folder_.read("b") + folder_.read("c"), "newnewnew");
  EXPECT_FALSE(exists(".import") || exists("b.new") || exists("c.new"));
}

TEST_F(Whole, WhatCannotBeWrittenLeavesNothing) {
  std::filesystem::create_directories(folder_.path("b.new/full"));
  const auto written = write({{"a", "new"}, {"b", "new"}});
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().id, "escrow.import_unfinished");
  EXPECT_EQ(folder_.read("a"), "old");
  EXPECT_FALSE(exists(".import") || exists("a.new"));
}

TEST_F(Whole, OneHoldsAtATime) {
  auto held = hold_folder(folder_.path(), {});
  ASSERT_EQ(fault_of(held), "");
  EXPECT_EQ(hold_folder(folder_.path(), {}).error().id, "escrow.import_busy");
  EXPECT_EQ(fault_of(finish_whole(folder_.path())), "");
  held->reset();
  EXPECT_EQ(fault_of(hold_folder(folder_.path(), {})), "");
}

}  // namespace
}  // namespace phimilter::escrow
