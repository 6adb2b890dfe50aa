// SPDX-License-Identifier: Apache-2.0
#include "phictl/ownership.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/temp_folder.h"

namespace phimilter::phictl {
namespace {

TEST(May, FollowsOwnerGroupAndOthers) {
  const test::TempFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  const std::string file = folder.write("file", "x");
  struct Case {
    mode_t mode;
    uid_t uid;
    gid_t gid;
    bool reads, writes;
  };
  const uid_t owner = geteuid();
  const gid_t group = getegid();
  const std::vector<Case> cases = {
      {0640, 64001, group, true, false},  {0660, 64001, group, true, true},
      {0604, 64001, group, false, false}, {0604, 64001, 64001, true, false},
      {0600, 64001, 64001, false, false}, {0602, 64001, 64001, false, true},
  };
  for (const Case& c : cases) {
    ASSERT_EQ(::chmod(file.c_str(), c.mode), 0);
    const User user{"somebody", c.uid, {c.gid}};
    EXPECT_EQ(may(user, file, Access::read), c.reads) << std::oct << c.mode;
    EXPECT_EQ(may(user, file, Access::write), c.writes) << std::oct << c.mode;
  }
  ASSERT_EQ(::chmod(file.c_str(), 0400), 0);
  EXPECT_EQ(may(User{"owner", owner, {group}}, file, Access::write), owner == 0);
}

TEST(May, AClosedFolderAboveClosesEverything) {
  const test::TempFolder folder;
  const std::string file = folder.write("file", "x");
  ASSERT_EQ(::chmod(file.c_str(), 0666), 0);
  const User user{"somebody", 64001, {64001}};
  ASSERT_EQ(::chmod(folder.path().c_str(), 0700), 0);
  EXPECT_FALSE(may(user, file, Access::read));
  ASSERT_EQ(::chmod(folder.path().c_str(), 0711), 0);
  EXPECT_TRUE(may(user, file, Access::read));
  EXPECT_FALSE(may(user, folder.path(), Access::read));
  EXPECT_FALSE(may(user, folder.path("missing"), Access::read));
}

TEST(FindUser, KnowsNamesAndNumbers) {
  EXPECT_EQ(find_user("root")->uid, 0U);
  EXPECT_EQ(find_user("0")->name, "root");
  EXPECT_EQ(find_user("64001")->uid, 64001U);
  EXPECT_FALSE(find_user("no-such-user-here").has_value());
  EXPECT_FALSE(find_user("").has_value());
}

TEST(BecomeOwner, RootBecomesTheFoldersOwnerForGood) {
  ASSERT_EQ(geteuid(), 0U) << "needs root";
  const test::TempFolder folder;
  ASSERT_EQ(::chown(folder.path().c_str(), 64001, 64002), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool became = become_owner_of(folder.path()).has_value();
    const bool all =
        geteuid() == 64001 && getuid() == 64001 && getegid() == 64002 && getgroups(0, nullptr) == 0;
    _exit(became && all && setuid(0) != 0 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(geteuid(), 0U);
}

TEST(BecomeOwner, AMissingFolderIsAFault) {
  EXPECT_FALSE(become_owner_of("/no/such/folder").has_value());
}

}  // namespace
}  // namespace phimilter::phictl
