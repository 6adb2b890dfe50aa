// SPDX-License-Identifier: Apache-2.0
//
// Brokers that die, hang or lie. A fake broker is a shell script that speaks gpg_frames.h as far as
// it needs to.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "gpg_fixture.h"
#include "messages.h"
#include "protect/pgp_mime.h"

namespace phimilter::protect {
namespace {

using testing::must_run;

const std::string kProgram = PHIMILTER_BIN_DIR "/phimilter-gpg";
const std::string kGreeting = "printf 'K\\000\\000\\000\\000' >&3\n";
constexpr std::int64_t kShortMs = 3000;

class GpgBrokersFault : public ::testing::Test {
 protected:
  // A program that does `first` once, and is the real broker from then on.
  std::string broker_that(const std::string& first) {
    const std::string mark = folder_.file("was-here");
    testing::write_file(folder_.file("broker"),
                        "#!/bin/bash\nif [ ! -e " + mark + " ]; then\ntouch " + mark + "\n" +
                            first + "fi\nexec " + kProgram + " \"$@\"\n",
                        0700);
    return folder_.file("broker");
  }
  Result<std::unique_ptr<Pgp>> start(const std::string& program,
                                     std::int64_t timeout_ms = kShortMs) {
    return start_pgp(
        {.program = program, .home = folder_.home("g"), .brokers = 1, .timeout_ms = timeout_ms});
  }
  static policy::KeyState state(Pgp& pgp) {
    return pgp.find(*mail::Address::parse("ann@example.org"), system_clock().now()).state;
  }

  testing::TestFolder folder_;
};

TEST_F(GpgBrokersFault, OneThatEndsInTheMiddleIsATransientFaultAndReplaced) {
  auto pgp = start(broker_that(kGreeting + "head -c 4 <&3 >/dev/null; exit 7\n"));
  ASSERT_TRUE(pgp.has_value()) << pgp.error().describe();
  const auto failed = (*pgp)->list();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind, FaultKind::transient);
  EXPECT_EQ(failed.error().id, "pgp.broker_died");
  const auto next = (*pgp)->list();
  EXPECT_TRUE(next.has_value()) << next.error().describe();
}

TEST_F(GpgBrokersFault, OneThatHangsIsKilledWithItsWholeGroup) {
  const std::string pids = folder_.file("pids");
  auto pgp = start(broker_that(kGreeting + "sleep 1000 &\necho $$ $! > " + pids + "\nwait\n"));
  ASSERT_TRUE(pgp.has_value()) << pgp.error().describe();
  const auto failed = (*pgp)->list();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().id, "pgp.broker_hung");
  EXPECT_EQ(failed.error().kind, FaultKind::transient);
  const auto next = (*pgp)->list();
  EXPECT_TRUE(next.has_value()) << next.error().describe();
  EXPECT_TRUE(testing::eventually([&] {
    return testing::run("ps -o stat= -p $(cut -d' ' -f1 " + pids + ") -p $(cut -d' ' -f2 " + pids +
                        ") | grep -v Z")
        .output.empty();
  }));
}

TEST_F(GpgBrokersFault, AKeyringThatCannotBeAskedIsUnknownNotNone) {
  auto pgp = start(broker_that(kGreeting + "sleep 1000\n"));
  ASSERT_TRUE(pgp.has_value());
  EXPECT_EQ(state(**pgp), policy::KeyState::unknown);
  EXPECT_EQ(state(**pgp), policy::KeyState::unknown);  // and asked again only after a while
  EXPECT_TRUE(testing::eventually([&] { return state(**pgp) == policy::KeyState::none; }));
}

TEST_F(GpgBrokersFault, OneThatDoesNotKeepToTheProtocolIsReplaced) {
  struct Case {
    std::string name, answer;
  };
  const Case cases[] = {
      {"unknown kind", "printf 'Z\\000\\000\\000\\000' >&3; sleep 1000\n"},
      {"frame too long", "printf 'D\\377\\000\\000\\000' >&3; sleep 1000\n"},
      {"two outcomes", "printf 'K\\000\\000\\000\\000K\\000\\000\\000\\000' >&3; sleep 1000\n"},
      {"not a key list",
       "printf 'D\\000\\000\\000\\002x\\nK\\000\\000\\000\\000' >&3; sleep 1000\n"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    testing::run("rm -f " + folder_.file("was-here"));
    auto pgp = start(broker_that(kGreeting + "head -c 5 <&3 >/dev/null\n" + each.answer));
    ASSERT_TRUE(pgp.has_value());
    const auto failed = (*pgp)->list();
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().kind, FaultKind::transient);
  }
}

TEST_F(GpgBrokersFault, WhatIsNoCiphertextNeverBecomesAMessage) {
  struct Case {
    std::string name, output, reason;
  };
  const Case cases[] = {
      {"plaintext", "Dear Ann\\n", "no armor"},
      {"plaintext in armor",
       "-----BEGIN PGP MESSAGE-----\\n\\nDear Ann\\n-----END PGP MESSAGE-----\\n", "no armor"},
      {"armor that breaks off", "-----BEGIN PGP MESSAGE-----\\n\\n", "breaks off"},
      {"nothing", "", "breaks off"},
  };
  const auto message = testing::message_from("From: a@b.example\n\nDear Ann\n");
  const FingerprintId keys[] = {*FingerprintId::parse(std::string(40, 'a'))};
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    testing::run("rm -f " + folder_.file("was-here"));
    // Reads request and data up to the end frame, then answers.
    auto pgp = start(broker_that(kGreeting + "x=$(printf -- '" + each.output + "x'); x=${x%x}\n" +
                                 "while :; do IFS= read -r -N1 -d '' -u3 c; [ \"$c\" = . ] && "
                                 "break; done; head -c 4 <&3 >/dev/null\n" +
                                 "n=$(printf '\\\\%03o' ${#x}); printf "
                                 "\"D\\\\000\\\\000\\\\000$n\" >&3; printf '%s' \"$x\" >&3\n" +
                                 "printf 'K\\000\\000\\000\\0019' >&3; sleep 1000\n"));
    ASSERT_TRUE(pgp.has_value());
    const auto result = (*pgp)->encrypt(message, keys, "/tmp");
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().id, "pgp.output");
    EXPECT_NE(result.error().text.find(each.reason), std::string::npos)
        << result.error().describe();
  }
}

TEST_F(GpgBrokersFault, AStoppedOrKilledRealBrokerIsReplaced) {
  const testing::GpgFixture gpg;
  auto pgp = start_pgp(
      {.program = kProgram, .home = gpg.gateway_home(), .brokers = 1, .timeout_ms = 8000});
  ASSERT_TRUE(pgp.has_value()) << pgp.error().describe();
  ASSERT_TRUE((*pgp)->import(gpg.exported("ann@example.org")).has_value());
  const auto message = testing::message_from(testing::sample_text(testing::kSamples[0]));
  const FingerprintId keys[] = {*FingerprintId::parse(gpg.fingerprint("ann@example.org"))};
  const auto broker = [] {
    return static_cast<pid_t>(
        std::stol(must_run("pgrep -P " + std::to_string(getpid()) + " phimilter-gpg")));
  };
  // Killed while idle: the caller does not notice.
  kill(broker(), SIGKILL);
  ASSERT_TRUE(
      testing::eventually([&] { return (*pgp)->encrypt(message, keys, "/tmp").has_value(); }));
  kill(broker(), SIGSTOP);
  const auto failed = (*pgp)->encrypt(message, keys, "/tmp");
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().id, "pgp.broker_hung");
  EXPECT_TRUE((*pgp)->encrypt(message, keys, "/tmp").has_value());
}

TEST_F(GpgBrokersFault, AHomeOrProgramThatCannotBeUsedIsAConfigurationFault) {
  struct Case {
    std::string name, program, home, fault;
  };
  const std::string open = folder_.file("open");
  mkdir(open.c_str(), 0750);
  chmod(open.c_str(), 0750);
  const std::string conf_is_folder = folder_.home("c");
  must_run("mkdir " + conf_is_folder + "/gpg.conf");
  const Case cases[] = {
      {"no such home", kProgram, folder_.file("nowhere"), "pgp.home"},
      {"open to others", kProgram, open, "pgp.home"},
      {"relative", kProgram, "here", "pgp.home"},
      {"too long", kProgram, "/" + std::string(100, 'x'), "pgp.home"},
      {"gpg.conf cannot be written", kProgram, conf_is_folder, "pgp.home"},
      {"no such program", "/nowhere/phimilter-gpg", folder_.home("g"), "pgp.program"},
  };
  for (const auto& each : cases) {
    const auto pgp = start_pgp({.program = each.program, .home = each.home, .brokers = 2});
    ASSERT_FALSE(pgp.has_value()) << each.name;
    EXPECT_EQ(pgp.error().kind, FaultKind::configuration) << each.name;
    EXPECT_EQ(pgp.error().id, each.fault) << each.name;
  }
}

TEST_F(GpgBrokersFault, NoBrokerOutlivesItsOwner) {
  auto pgp = start(kProgram);
  ASSERT_TRUE(pgp.has_value());
  must_run("pgrep -P " + std::to_string(getpid()) + " phimilter-gpg");
  pgp->reset();
  EXPECT_EQ(testing::run("pgrep -P " + std::to_string(getpid()) + " phimilter-gpg").output, "");
}

}  // namespace
}  // namespace phimilter::protect
