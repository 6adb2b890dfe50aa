// SPDX-License-Identifier: Apache-2.0
#include "delivery/smtp_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/fake_listener.h"
#include "support/temp_folder.h"

namespace phimilter::delivery {
namespace {

using ::testing::ElementsAre;

constexpr SmtpDeadlines kShort{200, 200, 200};

struct Mail {
  Mail() {
    headers.append("Subject", " hello");
    outgoing.reverse_path = "<a@clinic.example>";
    outgoing.arguments = {"RET=HDRS", "ENVID=e1", "BODY=8BITMIME"};
    outgoing.recipients = {{"<b@x.example>", {"NOTIFY=FAILURE", "ORCPT=rfc822;b@x.example"}}};
    outgoing.headers = &headers;
    outgoing.body = "line\r\n";
  }
  mail::HeaderList headers;
  Outgoing outgoing;
};

TEST(SmtpClient, SpeaksTheWholeTransaction) {
  const test::TempFolder folder;
  FakeListener listener(folder.path());
  const Mail mail;
  const auto outcome = send_message(listener.address(), "mx.clinic.example", mail.outgoing);
  ASSERT_TRUE(outcome) << outcome.error().describe();
  EXPECT_EQ(outcome->queue_id, "4XYZ1");
  ASSERT_EQ(outcome->recipients.size(), 1U);
  EXPECT_EQ(outcome->recipients[0].code, 250);
  EXPECT_THAT(
      listener.commands(),
      ElementsAre("EHLO mx.clinic.example",
                  "MAIL FROM:<a@clinic.example> RET=HDRS ENVID=e1 BODY=8BITMIME",
                  "RCPT TO:<b@x.example> NOTIFY=FAILURE ORCPT=rfc822;b@x.example", "DATA", "QUIT"));
  EXPECT_EQ(listener.content(), "Subject: hello\r\n\r\nline\r\n");
}

TEST(SmtpClient, SaysNothingThatWasNotOffered) {
  const test::TempFolder folder;
  FakeListener listener(folder.path(), {{"EHLO", {"250-fake\r\n250 PIPELINING\r\n"}}});
  Mail mail;
  mail.outgoing.arguments.emplace_back("SMTPUTF8");
  ASSERT_TRUE(send_message(listener.address(), "mx", mail.outgoing));
  EXPECT_THAT(listener.commands(), ElementsAre("EHLO mx", "MAIL FROM:<a@clinic.example>",
                                               "RCPT TO:<b@x.example>", "DATA", "QUIT"));
}

TEST(SmtpClient, SaysItselfThatAPathIsInternational) {
  for (const char* to : {"<jos\u00e9@x.example>", "<b@x.example>"}) {
    const test::TempFolder folder;
    FakeListener listener(folder.path(), {{"EHLO", {"250-fake\r\n250 SMTPUTF8\r\n"}}});
    Mail mail;
    mail.outgoing.arguments.clear();
    mail.outgoing.recipients.push_back({to, {}});
    ASSERT_TRUE(send_message(listener.address(), "mx", mail.outgoing));
    EXPECT_EQ(listener.commands()[1],
              std::string("MAIL FROM:<a@clinic.example>") + (to[1] == 'j' ? " SMTPUTF8" : ""));
  }
}

TEST(SmtpClient, WhereTheFirstDecidesNobodyElseGetsItAlone) {
  const test::TempFolder folder;
  FakeListener listener(folder.path(), {{"RCPT", {"550 5.1.1 no\r\n", "250 ok\r\n"}}});
  Mail mail;
  mail.outgoing.first_decides = true;
  mail.outgoing.recipients.push_back({"<c@x.example>", {}});
  const auto outcome = send_message(listener.address(), "mx", mail.outgoing);
  ASSERT_TRUE(outcome);
  ASSERT_EQ(outcome->recipients.size(), 2U);
  EXPECT_EQ(outcome->recipients[0].code, 550);
  EXPECT_EQ(outcome->recipients[1].code, 0);
  EXPECT_EQ(listener.commands().back(), "QUIT");
  EXPECT_EQ(listener.content(), "");
}

TEST(SmtpClient, TheWholeHasAnEndWhateverItsStepsMayTake) {
  const test::TempFolder folder;
  FakeListener listener(folder.path(), {{".", {FakeListener::kHang}}});
  const Mail mail;
  SmtpDeadlines deadlines;
  deadlines.whole_ms = 300;
  const auto outcome = send_message(listener.address(), "mx", mail.outgoing, deadlines);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().id, "smtp.in_doubt");
}

struct BodyCase {
  const char* name;
  std::string body, wire;
};

TEST(SmtpClient, WritesContentAsRfc5321Wants) {
  const std::string long_line(1500, 'x');
  const BodyCase cases[] = {
      {"dots", ".\r\n..\r\na.b\r\n.c\r\n", "..\r\n...\r\na.b\r\n..c\r\n"},
      {"no last line end", "a", "a\r\n"},
      {"bare LF", "a\nb\n.c\n", "a\r\nb\r\n..c\r\n"},
      {"bare CR", "a\rb\r.c\r\n", "a b .c\r\n"},
      {"CR at the end", "a\r", "a\r\n"},
      {"smuggled end", "a\r\n.\rMAIL\n.\n", "a\r\n.. MAIL\r\n..\r\n"},
      {"empty", "", ""},
      {"long line", long_line + "\r\n", long_line + "\r\n"},
      {"NUL and 8 bit", std::string("a\0\xe9\r\n", 5), std::string("a\0\xe9\r\n", 5)},
  };
  for (const BodyCase& test : cases) {
    const test::TempFolder folder;
    FakeListener listener(folder.path());
    Mail mail;
    mail.outgoing.body = test.body;
    ASSERT_TRUE(send_message(listener.address(), "mx", mail.outgoing)) << test.name;
    EXPECT_EQ(listener.content(), "Subject: hello\r\n\r\n" + test.wire) << test.name;
  }
}

TEST(SmtpClient, BigBodyArrivesWhole) {
  const test::TempFolder folder;
  FakeListener listener(folder.path());
  std::string body;
  for (int i = 0; i < 100'000; ++i) {
    body += "line " + std::to_string(i) + "\r\n";
  }
  Mail mail;
  mail.outgoing.body = body;
  ASSERT_TRUE(send_message(listener.address(), "mx", mail.outgoing));
  EXPECT_EQ(listener.content(), "Subject: hello\r\n\r\n" + body);
}

TEST(SmtpClient, RecipientsAreToldApart) {
  const test::TempFolder folder;
  FakeListener listener(
      folder.path(),
      {{"RCPT",
        {"250 2.1.5 Ok\r\n", "550-5.1.1 no\r\n550 5.1.1 such\r\n", "451 4.2.0 later\r\n"}}});
  Mail mail;
  mail.outgoing.recipients = {{"<b@x>", {}}, {"<c@x>", {}}, {"<d@x>", {}}};
  const auto outcome = send_message(listener.address(), "mx", mail.outgoing);
  ASSERT_TRUE(outcome);
  ASSERT_EQ(outcome->recipients.size(), 3U);
  EXPECT_EQ(outcome->recipients[0].code, 250);
  EXPECT_EQ(outcome->recipients[1].code, 550);
  EXPECT_EQ(outcome->recipients[1].enhanced, "5.1.1");
  EXPECT_EQ(outcome->recipients[2].code, 451);
}

TEST(SmtpClient, NoRecipientNoData) {
  const test::TempFolder folder;
  FakeListener listener(folder.path(), {{"RCPT", {"550 5.1.1 no\r\n"}}});
  const Mail mail;
  const auto outcome = send_message(listener.address(), "mx", mail.outgoing);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->recipients[0].code, 550);
  EXPECT_THAT(listener.commands(),
              ElementsAre("EHLO mx", "MAIL FROM:<a@clinic.example> RET=HDRS ENVID=e1 BODY=8BITMIME",
                          "RCPT TO:<b@x.example> NOTIFY=FAILURE ORCPT=rfc822;b@x.example", "QUIT"));
}

struct FaultCase {
  const char* name;
  FakeListener::Script script;
  std::string fault;
};

TEST(SmtpClient, FaultsAreTransientAndSayWhetherItMayHaveLeft) {
  const std::string hang = FakeListener::kHang;
  const std::string close = FakeListener::kClose;
  const FaultCase cases[] = {
      {"hangs at connect", {{"connect", {hang}}}, "smtp.timeout"},
      {"hangs at EHLO", {{"EHLO", {hang}}}, "smtp.timeout"},
      {"hangs at MAIL", {{"MAIL", {hang}}}, "smtp.timeout"},
      {"hangs at RCPT", {{"RCPT", {hang}}}, "smtp.timeout"},
      {"hangs at DATA", {{"DATA", {hang}}}, "smtp.timeout"},
      {"hangs after the dot", {{".", {hang}}}, "smtp.in_doubt"},
      {"closes at connect", {{"connect", {close}}}, "smtp.lost"},
      {"closes at MAIL", {{"MAIL", {close}}}, "smtp.lost"},
      {"closes at RCPT", {{"RCPT", {close}}}, "smtp.lost"},
      {"closes at DATA", {{"DATA", {close}}}, "smtp.lost"},
      {"closes after the dot", {{".", {close}}}, "smtp.in_doubt"},
      {"half a reply after the dot", {{".", {"250-2.0.0", close}}}, "smtp.in_doubt"},
      {"busy", {{"connect", {"421 4.3.2 no\r\n"}}}, "smtp.refused"},
      {"no EHLO", {{"EHLO", {"502 5.5.1 no\r\n"}}}, "smtp.refused"},
      {"4xx at MAIL", {{"MAIL", {"451 4.3.0 no\r\n"}}}, "smtp.refused"},
      {"5xx at MAIL", {{"MAIL", {"550 5.7.1 no\r\n"}}}, "smtp.refused"},
      {"421 at RCPT", {{"RCPT", {"421 4.3.2 no\r\n"}}}, "smtp.refused"},
      {"4xx at DATA", {{"DATA", {"451 4.3.0 no\r\n"}}}, "smtp.refused"},
      {"4xx after the dot", {{".", {"451 4.3.0 no\r\n"}}}, "smtp.refused"},
      {"5xx after the dot", {{".", {"554 5.6.0 no\r\n"}}}, "smtp.refused"},
      {"no SMTP", {{"connect", {"HTTP/1.1 400 Bad\r\n"}}}, "smtp.reply"},
      {"a line without end", {{"connect", {std::string(10'000, 'x')}}}, "smtp.reply"},
  };
  for (const FaultCase& test : cases) {
    const test::TempFolder folder;
    FakeListener listener(folder.path(), test.script);
    const Mail mail;
    const auto outcome = send_message(listener.address(), "mx", mail.outgoing, kShort);
    ASSERT_FALSE(outcome) << test.name;
    EXPECT_EQ(outcome.error().id, test.fault) << test.name;
    EXPECT_EQ(outcome.error().kind, FaultKind::transient) << test.name;
  }
}

// The listener goes away while content is being sent: the final dot was never said, so nothing is
// in doubt.
TEST(SmtpClient, LossInsideTheBodyIsNoDoubt) {
  const test::TempFolder folder;
  FakeListener listener(folder.path(), {{"body", {FakeListener::kClose}}});
  const std::string body(8'000'000, 'x');
  Mail mail;
  mail.outgoing.body = body;
  const auto outcome = send_message(listener.address(), "mx", mail.outgoing, kShort);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().id, "smtp.lost");
}

TEST(SmtpClient, NobodyListens) {
  const test::TempFolder folder;
  const Mail mail;
  const auto outcome = send_message("unix:" + folder.path() + "/none", "mx", mail.outgoing);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().id, "smtp.connect");
  EXPECT_EQ(outcome.error().kind, FaultKind::transient);
}

TEST(SmtpClient, RefusesListenersAndCommandsOfTheWrongForm) {
  const Mail mail;
  for (const char* listener : {"", "127.0.0.1:25", "inet:localhost:25", "inet:25", "unix:"}) {
    const auto outcome = send_message(listener, "mx", mail.outgoing);
    ASSERT_FALSE(outcome) << listener;
    EXPECT_EQ(outcome.error().kind, FaultKind::configuration) << listener;
  }
  Mail smuggling;
  smuggling.outgoing.recipients[0].arguments = {"ORCPT=rfc822;a\r\nRCPT TO:<evil@x>"};
  const auto outcome = send_message("unix:/nowhere", "mx", smuggling.outgoing);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, FaultKind::bug);
}

}  // namespace
}  // namespace phimilter::delivery
