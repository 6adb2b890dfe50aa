// SPDX-License-Identifier: Apache-2.0
//
// The program phimilter with real rooms behind it, driven by a fake MTA.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "delivery/fake_listener.h"
#include "milter/running_filter.h"
#include "support/run_program.h"

namespace phimilter::milter {
namespace {

using test::EndOfMessage;
using test::FakeMta;
using test::RunningFilter;
using ::testing::HasSubstr;
using ::testing::Not;

// The one file of so short a journal.
constexpr const char* kJournalFile = "journal/journal-0000000001.jsonl";

std::string journal_of(const RunningFilter& filter) {
  return filter.folder().read(kJournalFile);
}

std::size_t files_ending(const std::string& folder, const std::string& ending) {
  std::size_t number = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    number += file.path().extension() == ending ? 1U : 0U;
  }
  return number;
}

TEST(Program, AsksForWhatItNeedsAndRefusesToWorkWithout) {
  RunningFilter filter;
  FakeMta mta = filter.open_session();
  const auto chosen = mta.negotiate({});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->actions, 0x13U);        // add and change headers, change the body
  EXPECT_EQ(chosen->steps & 0x01000U, 0U);  // CONNECT and MAIL are answered
  EXPECT_EQ(chosen->steps & 0x04000U, 0U);
  const std::pair<std::uint32_t, std::uint32_t> poor[] = {
      {0x1ff, 0x1fffff & ~0x100000U}, {0x1ff, 0x1ff}, {0x1ff & ~2U, 0x1fffff}, {0, 0x1fffff}};
  for (const auto& [actions, steps] : poor) {
    FakeMta other = filter.open_session();
    EXPECT_FALSE(other.negotiate({actions, steps})) << actions << ' ' << steps;
  }
}

TEST(Program, CleanMailIsAcceptedWithoutAnEdit) {
  RunningFilter filter;
  FakeMta mta = filter.open_message("pat@example.org");
  mta.header("Subject", " lunch");
  mta.body("See you at the canteen at noon?\r\n");
  const EndOfMessage end = mta.end("4F2A1B");
  EXPECT_EQ(end.reply, 'a') << filter.log();
  EXPECT_TRUE(end.edits.empty());
  EXPECT_THAT(filter.log(), HasSubstr("4F2A1B message result=accepted route=untouched"));
  EXPECT_THAT(filter.log(), Not(HasSubstr("pat@example.org")));
}

TEST(Program, TwoMessagesOnOneConnection) {
  RunningFilter filter;
  FakeMta mta = filter.open_message("pat@example.org");
  mta.body("hello\r\n");
  EXPECT_EQ(mta.end("4F2A1B").reply, 'a');
  EXPECT_EQ(mta.mail("<lab@clinic.example>"), 'c');
  mta.recipient("<pat@example.org>");
  mta.header("Subject", " again");
  for (int i = 0; i < 40'000; ++i) {
    mta.body("the canteen opens at noon\r\n");
  }
  EXPECT_EQ(mta.end("4F2A1C").reply, 'a') << filter.log();
}

TEST(Program, ControlHeadersAreTakenOffCleanMail) {
  RunningFilter filter;
  FakeMta mta = filter.open_message("pat@example.org");
  mta.header("X-Phi-Anything", " 1");
  mta.body("hello\r\n");
  const EndOfMessage end = mta.end("4F2A1B");
  EXPECT_EQ(end.reply, 'a');
  ASSERT_EQ(end.edits.size(), 1U) << filter.log();
  EXPECT_EQ(end.edits[0].command, 'm');
  EXPECT_EQ(end.edits[0].data, std::string("\0\0\0\1X-Phi-Anything\0\0", 20));
}

TEST(Program, BadProofHeaderIsRefusedWithItsReason) {
  RunningFilter filter;
  FakeMta mta = filter.open_message("pat@example.org");
  mta.header("X-Phi-Proof", " nonsense 1961-03-07");
  mta.body("hello\r\n");
  const EndOfMessage end = mta.end("4F2A1B");
  EXPECT_EQ(end.reply, 'y');
  EXPECT_THAT(end.text, HasSubstr("550 5.7.1"));
  EXPECT_THAT(filter.log(), HasSubstr("proof.header"));
  EXPECT_THAT(filter.log(), Not(HasSubstr("1961-03")));
}

// The MTA's own copy becomes the notice: there is one recipient, and one form.
TEST(Program, PatientWithoutAKeyGetsANotice) {
  RunningFilter filter;
  FakeMta mta = filter.open_message("pat@example.org");
  mta.header("X-Phi-Proof", " question=\"Date of birth\"; answer=\"1961-03-07\"");
  const EndOfMessage end = test::send_result(mta);
  EXPECT_EQ(end.reply, 'a') << end.text << filter.log();
  std::string notice = end.new_body;
  for (const test::Packet& edit : end.edits) {
    notice += edit.data;
  }
  EXPECT_THAT(end.new_body, HasSubstr("portal.clinic.example"));
  for (const char* secret : {"12345678", "219-09-9999", "HIV test", "Your result", "1961-03"}) {
    EXPECT_THAT(notice, Not(HasSubstr(secret)));
    EXPECT_THAT(filter.log(), Not(HasSubstr(secret)));
    EXPECT_THAT(journal_of(filter), Not(HasSubstr(secret)));
  }
  const std::string escrow = filter.folder().path("escrow");
  EXPECT_EQ(files_ending(escrow, ".sealed"), 1U);
  EXPECT_EQ(files_ending(escrow, ".proof"), 1U);
  EXPECT_EQ(files_ending(escrow, ".notice"), 1U);
  EXPECT_THAT(journal_of(filter), HasSubstr("completed"));
}

TEST(Program, ListenerAwayDefersAndTheNextTryDelivers) {
  RunningFilter filter;
  FakeMta mta = filter.open_message("pat@example.org", "kim@example.net");
  const EndOfMessage first = test::send_result(mta);
  EXPECT_EQ(first.reply, 'y');
  EXPECT_THAT(first.text, HasSubstr("451 4.3.0"));
  EXPECT_EQ(files_ending(filter.folder().path("escrow"), ".notice"), 0U);
  delivery::FakeListener listener(filter.folder().path(), {}, 2);
  FakeMta again = filter.open_message("pat@example.org", "kim@example.net");
  EXPECT_EQ(test::send_result(again).reply, 'd');
  EXPECT_EQ(files_ending(filter.folder().path("escrow"), ".sealed"), 2U);
  EXPECT_THAT(listener.content(), HasSubstr("portal.clinic.example"));
}

// The listener takes one copy and then no more; the filter is killed while it waits with the second
// one.
TEST(Program, KilledBetweenCopiesEverybodyHasOne) {
  RunningFilter filter;
  std::vector<std::string> said;
  {
    delivery::FakeListener first(filter.folder().path());
    FakeMta mta = filter.open_message("pat@example.org", "kim@example.net");
    std::jthread client([&mta] { EXPECT_TRUE(test::send_result(mta).lost); });
    EXPECT_TRUE(filter.wait_for(kJournalFile, "accepted 250")) << filter.log();
    filter.kill_and_start_again();
    client.join();
    said = first.commands();
  }
  delivery::FakeListener second(filter.folder().path(), {}, 2);
  FakeMta again = filter.open_message("pat@example.org", "kim@example.net");
  EXPECT_EQ(test::send_result(again).reply, 'd') << filter.log();
  const auto said_then = second.commands();
  said.insert(said.end(), said_then.begin(), said_then.end());
  for (const char* who : {"RCPT TO:<pat@example.org>", "RCPT TO:<kim@example.net>"}) {
    EXPECT_EQ(std::count_if(said.begin(), said.end(),
                            [who](const std::string& line) { return line.rfind(who, 0) == 0; }),
              1)
        << who;
  }
  EXPECT_EQ(files_ending(filter.folder().path("escrow"), ".sealed"), 2U);
}

TEST(Program, EditInPlaceIsReadByOpenssl) {
  RunningFilter filter;
  ASSERT_TRUE(filter.wait_for_log("started"));
  filter.add_certificate("pat@example.org");
  FakeMta mta = filter.open_message("pat@example.org");
  const EndOfMessage end = test::send_result(mta);
  EXPECT_EQ(end.reply, 'a') << end.text << filter.log();
  EXPECT_THAT(end.new_body, Not(HasSubstr("12345678")));
  ASSERT_FALSE(end.edits.empty());
  EXPECT_EQ(end.edits.back().command, 'b');
  const auto read = phimilter::test::run_program(
      "openssl cms -decrypt -inkey " + filter.folder().path("pat.key"),
      "MIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n" +
          end.new_body);
  EXPECT_THAT(read.output, HasSubstr("Your HIV test is positive"));
  EXPECT_THAT(read.output, HasSubstr("Subject: Your result"));
}

// Killed while the new body is on its way: the MTA has no answer, and so defers
// (default_action=tempfail).
TEST(Program, KilledInTheMiddleOfABodyGivesNoAnswer) {
  RunningFilter filter;
  ASSERT_TRUE(filter.wait_for_log("started"));
  filter.add_certificate("pat@example.org");
  FakeMta mta = filter.open_message("pat@example.org");
  mta.header("Content-Type", " application/octet-stream; name=\"scan.bin\"");
  mta.header("Content-Transfer-Encoding", " base64");
  for (int i = 0; i < 50'000; ++i) {
    mta.body("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+AgYKDhIWGh4iJiouMjY6P/v8A\r\n");
  }
  const EndOfMessage end = mta.end("4F2A1B", [&filter] { filter.signal(SIGKILL); });
  EXPECT_FALSE(end.new_body.empty()) << end.text << filter.log();
  EXPECT_LT(end.new_body.size(), 50'000U * 70);
  EXPECT_TRUE(end.lost);
  EXPECT_EQ(end.reply, '\0');
}

TEST(Program, MtaThatGoesAwayLeavesTheFilterWorking) {
  RunningFilter filter;
  FakeMta gone = filter.open_message("pat@example.org");
  gone.body("hello\r\n");
  gone.end_and_vanish("4F2A1B");
  FakeMta mta = filter.open_message("pat@example.org");
  mta.body("hello\r\n");
  EXPECT_EQ(mta.end("4F2A1C").reply, 'a');
}

TEST(Program, ReentryListenersAreForLoopbackAlone) {
  RunningFilter filter;
  FakeMta loopback = filter.open_session();
  loopback.negotiate({});
  EXPECT_EQ(loopback.connect("REINJECT", "127.0.0.1"), 'a');
  FakeMta outside = filter.open_session();
  outside.negotiate({});
  EXPECT_EQ(outside.connect("REINJECT", "192.0.2.7"), 't');
  EXPECT_THAT(filter.log(), HasSubstr("reentry_listener_open"));
}

TEST(Program, BrokenPolicyIsNotTakenOver) {
  RunningFilter filter;
  ASSERT_TRUE(filter.wait_for_log("started"));
  filter.folder().write("site.toml", "format = 1\nname = \"site\"\n[[detecter]]\nid = \"x\"\n");
  filter.signal(SIGUSR1);
  ASSERT_TRUE(filter.wait_for_log("policy_kept"));
  EXPECT_THAT(filter.log(), HasSubstr("site.toml:3"));
  filter.folder().write("site.toml",
                        "format = 1\nname = \"site\"\n[scope]\ndefault = \"monitor\"\n");
  filter.signal(SIGUSR1);
  ASSERT_TRUE(filter.wait_for_log("policy_loaded"));
  FakeMta mta = filter.open_message("pat@example.org");
  EXPECT_EQ(test::send_result(mta).reply, 'a');
  EXPECT_THAT(journal_of(filter), HasSubstr("would have: portal"));
}

TEST(Program, EndsWhenTold) {
  RunningFilter filter;
  ASSERT_TRUE(filter.wait_for_log("started"));
  filter.signal(SIGTERM);
  EXPECT_EQ(filter.wait_for_end(), 0);
  EXPECT_THAT(filter.log(), HasSubstr("stopped"));
}

// A client in the middle of its message is told nothing, and so tries again elsewhere or later.
TEST(Program, EndsUnderAnOpenSession) {
  RunningFilter filter;
  FakeMta mta = filter.open_message("pat@example.org");
  mta.body("hello\r\n");
  filter.signal(SIGTERM);
  for (int i = 0; i < 200; ++i) {
    mta.body("still talking\r\n");
  }
  EXPECT_EQ(filter.wait_for_end(), 0);
  const EndOfMessage end = mta.end("4F2A1B");
  EXPECT_TRUE(end.lost);
  EXPECT_EQ(end.reply, '\0');
}

struct BadStart {
  const char* settings;
  const char* said;
};

TEST(Program, WrongSettingsAreSaidWithTheirLine) {
  const BadStart cases[] = {
      {"[milter]\nsockett = \"unix:/x\"\n", "bad.toml:2"},
      {"[milter]\ntrusted_clients = [\"lab.example\"]\n", "192.0.2.0/24"},
      {"[organisation]\nname = \"x\"\n", "policy.files"},
  };
  for (const BadStart& test : cases) {
    const phimilter::test::TempFolder folder;
    folder.write("bad.toml", test.settings);
    const auto said = phimilter::test::run_program(
        PHIMILTER_BIN_DIR "/phimilter --check --settings " + folder.path("bad.toml"));
    EXPECT_EQ(said.status, 78) << test.settings;
    EXPECT_THAT(said.output, HasSubstr(test.said)) << test.settings;
  }
}

TEST(Program, SaysHowItIsUsed) {
  const auto help = phimilter::test::run_program(PHIMILTER_BIN_DIR "/phimilter --help");
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.output, HasSubstr("--settings FILE"));
  EXPECT_EQ(phimilter::test::run_program(PHIMILTER_BIN_DIR "/phimilter --what").status, 64);
}

}  // namespace
}  // namespace phimilter::milter
