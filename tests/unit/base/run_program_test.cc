// SPDX-License-Identifier: Apache-2.0
#include "base/run_program.h"

#include <gtest/gtest.h>

namespace phimilter {
namespace {

TEST(RunProgram, GivesBothStreamsAndTheExitCode) {
  const auto answer = run_program({"sh", "-c", "echo out; echo err >&2; exit 3"});
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->exit_code, 3);
  EXPECT_EQ(answer->output, "out\n");
  EXPECT_EQ(answer->complaint, "err\n");
}

TEST(RunProgram, PassesArgumentsWithoutAShell) {
  const auto answer = run_program({"printf", "%s|", "a b", "$HOME", "';'"});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->output, "a b|$HOME|';'|");
}

TEST(RunProgram, HasNoInput) {
  const auto answer = run_program({"cat"});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->output, "");
}

TEST(RunProgram, IsNotThere) {
  const auto answer = run_program({"/nowhere/postconf"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, FaultKind::configuration);
  EXPECT_NE(answer.error().describe().find("/nowhere/postconf"), std::string::npos);
}

// The child of the program holds the streams open, too: it must go as well.
TEST(RunProgram, IsKilledWithItsChildrenWhenItIsTooSlow) {
  const auto answer = run_program({"sh", "-c", "sleep 600 & echo $!; wait"}, {.timeout_ms = 300});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().id, "program.slow");
  EXPECT_EQ(answer.error().kind, FaultKind::transient);
}

TEST(RunProgram, MayNotSayTooMuch) {
  const auto answer = run_program({"yes"}, {.longest_output = 100'000});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().id, "program.output");
}

TEST(RunProgram, DiesOfASignal) {
  const auto answer = run_program({"sh", "-c", "kill -9 $$"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().id, "program.killed");
}

}  // namespace
}  // namespace phimilter
