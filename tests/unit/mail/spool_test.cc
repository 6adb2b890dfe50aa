// SPDX-License-Identifier: Apache-2.0
#include "mail/spool.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/limits.h"
#include "support/temp_folder.h"

namespace phimilter::mail {
namespace {

TEST(Spool, KeepsBytesAcrossTheBorderOfMemory) {
  const test::TempFolder folder;
  Spool spool(folder.path(), 10);
  ASSERT_TRUE(spool.write("12345"));
  EXPECT_EQ(spool.view().value_or(""), "12345");
  ASSERT_TRUE(spool.write("67890"));
  EXPECT_EQ(spool.view().value_or(""), "1234567890");
  ASSERT_TRUE(spool.write("x"));
  EXPECT_EQ(spool.view().value_or(""), "1234567890x");
  ASSERT_TRUE(spool.write("y"));
  EXPECT_EQ(spool.view().value_or(""), "1234567890xy");
  EXPECT_EQ(spool.size(), 12U);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "the file has no name";
}

TEST(Spool, SixtyNineMegabytes) {
  const test::TempFolder folder;
  Spool spool(folder.path());
  const std::string piece(65535, 'a');
  std::size_t written = 0;
  while (written < 69 * limits::kMiB) {
    ASSERT_TRUE(spool.write(piece));
    written += piece.size();
  }
  const auto view = spool.view();
  ASSERT_TRUE(view);
  EXPECT_EQ(view->size(), written);
  EXPECT_EQ(view->find_first_not_of('a'), std::string_view::npos);
  spool.rest();
  EXPECT_EQ(view->find_first_not_of('a'), std::string_view::npos) << "a view that rested is valid";
}

TEST(Spool, AFolderThatIsNoneIsATransientFaultAndLosesNothingSilently) {
  const test::TempFolder folder;
  folder.write("file", "");
  Spool spool(folder.path("file"), 4);
  ASSERT_TRUE(spool.write("1234"));
  const auto wrote = spool.write("5");
  ASSERT_FALSE(wrote);
  EXPECT_EQ(wrote.error().kind, FaultKind::transient);
  EXPECT_EQ(wrote.error().id, "spool.open");
}

TEST(Spool, EmptyIsEmpty) {
  const Spool spool("/nonexistent");
  EXPECT_EQ(spool.view().value_or("x"), "");
}

}  // namespace
}  // namespace phimilter::mail
