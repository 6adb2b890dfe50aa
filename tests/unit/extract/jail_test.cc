// SPDX-License-Identifier: Apache-2.0
#include "extract/jail.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace phimilter::extract {
namespace {

// What became of the probe that did so in the jail.
int status_of(const std::string& deed, const char* jail = nullptr) {
  const pid_t child = ::fork();
  if (child == 0) {
    const char* first = jail == nullptr ? deed.c_str() : jail;
    const char* second = jail == nullptr ? nullptr : deed.c_str();
    ::execl(PHIMILTER_JAIL_PROBE, PHIMILTER_JAIL_PROBE, first, second, nullptr);
    ::_exit(127);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST(Jail, LetsQuietWorkersLive) {
  const int status = status_of("nothing");
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Jail, KillsWhoReachesOut) {
  for (const char* deed : {"open", "openat", "socket", "connect", "execve", "fork", "ptrace",
                           "kill", "getcwd", "mmap code", "mprotect code", "setrlimit"}) {
    const int status = status_of(deed);
    EXPECT_TRUE(WIFSIGNALED(status)) << deed;
    EXPECT_EQ(WTERMSIG(status), SIGSYS) << deed;
  }
}

#ifndef PHIMILTER_SANITIZED
TEST(Jail, MemoryIsBounded) {
  const int status = status_of("memory");
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGABRT);
}
#endif

TEST(Jail, TimeIsBounded) {
  const int status = status_of("time");
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGXCPU);
}

#ifndef PHIMILTER_SANITIZED  // the sanitizers' runtime makes calls of its own at the end of the
                             // probe
TEST(ToolJail, ShowsLibrariesAndNothingElse) {
  struct Case {
    const char* deed;
    int status;
  };
  for (const Case& test :
       {Case{"nothing", 0}, Case{"read libraries", 4}, Case{"read secrets", 0}, Case{"write", 0}}) {
    const int status = status_of(test.deed, "tool");
    ASSERT_TRUE(WIFEXITED(status)) << test.deed;
    EXPECT_EQ(WEXITSTATUS(status), test.status) << test.deed;
  }
}
#endif

TEST(ToolJail, KillsWhoReachesOut) {
  for (const char* deed : {"socket", "connect", "fork", "ptrace", "kill"}) {
    const int status = status_of(deed, "tool");
    EXPECT_TRUE(WIFSIGNALED(status)) << deed;
    EXPECT_EQ(WTERMSIG(status), SIGSYS) << deed;
  }
}

}  // namespace
}  // namespace phimilter::extract
