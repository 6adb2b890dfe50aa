// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_folder.h"

namespace phimilter {
namespace {

using test::TempFolder;

TEST(Files, WritesDurablyAndReplacesWhole) {
  const TempFolder folder;
  const std::string path = folder.path("file");
  ASSERT_TRUE(write_file_durably(path, "one", 0640));
  ASSERT_TRUE(write_file_durably(path, "two", 0600));
  EXPECT_EQ(folder.read("file"), "two");
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
  const auto names = list_folder(folder.path());
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, std::vector<std::string>{"file"});
}

TEST(Files, AFolderThatIsAFileIsATransientFault) {
  const TempFolder folder;
  folder.write("plain", "x");
  const auto wrote = write_file_durably(folder.path("plain/file"), "one", 0600);
  ASSERT_FALSE(wrote);
  EXPECT_EQ(wrote.error().kind, FaultKind::transient);
  EXPECT_EQ(wrote.error().id, "file.create");
}

TEST(Files, ReadsUpToTheLimit) {
  const TempFolder folder;
  folder.write("file", "12345");
  EXPECT_EQ(read_file(folder.path("file"), 5).value_or(""), "12345");
  const auto over = read_file(folder.path("file"), 4);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().id, "file.too_large");
  EXPECT_FALSE(read_file(folder.path("absent"), 5));
}

}  // namespace
}  // namespace phimilter
