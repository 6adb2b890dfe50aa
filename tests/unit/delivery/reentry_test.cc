// SPDX-License-Identifier: Apache-2.0
#include "delivery/reentry.h"
#include "delivery/failure_notice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/messages.h"
#include "support/run_program.h"

namespace phimilter::delivery {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

constexpr const char* kMessage =
    "From: lab@clinic.example\r\nTo: pat@example.org\r\nSubject: MRN 12345678\r\n"
    "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@lab>\r\n\r\nbody\r\n";

Outgoing copy_of(const mail::CapturedMessage& message, std::string_view body = "body") {
  static const std::size_t kFirst[] = {0};
  return outgoing_copy(message, kFirst, message.headers, body);
}

TEST(Reentry, KeepsWhatTheSenderAskedFor) {
  auto message = message_of(kMessage, "lab@clinic.example", {"pat@example.org"});
  message.envelope.arguments = {"SIZE=500", "BODY=8BITMIME", "RET=FULL", "ENVID=e+2B1", "AUTH=<>"};
  message.envelope.recipients[0].arguments = {"NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;p@x"};
  const Outgoing outgoing = copy_of(message);
  EXPECT_EQ(outgoing.reverse_path, "<lab@clinic.example>");
  EXPECT_THAT(outgoing.arguments, ElementsAre("RET=HDRS", "ENVID=e+2B1"));
  ASSERT_EQ(outgoing.recipients.size(), 1U);
  EXPECT_EQ(outgoing.recipients[0].path, "<pat@example.org>");
  EXPECT_THAT(outgoing.recipients[0].arguments,
              ElementsAre("NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;p@x"));
}

// RFC 3461 4 and RFC 6533 3.
TEST(Reentry, SaysTheOriginalRecipientWhenNobodyDid) {
  const std::pair<const char*, const char*> cases[] = {
      {"a+b=c@x.example", "ORCPT=rfc822;a+2Bb+3Dc@x.example"},
      {"b\xc3\xb6\x62@x.example", "ORCPT=utf-8;b\\x{F6}b@x.example"},
  };
  for (const auto& [address, argument] : cases) {
    const auto message = message_of(kMessage, "", {address});
    EXPECT_EQ(copy_of(message).reverse_path, "<>");
    EXPECT_THAT(copy_of(message).recipients[0].arguments, ElementsAre(argument));
  }
}

TEST(Reentry, AsksForExtensionsOnlyWhereTheCopyNeedsThem) {
  auto message = message_of(kMessage, "lab@clinic.example", {"pat@example.org"});
  message.envelope.arguments = {"SMTPUTF8", "BODY=8BITMIME"};
  EXPECT_THAT(copy_of(message).arguments, ElementsAre("RET=HDRS"));
  EXPECT_THAT(copy_of(message, "caf\xc3\xa9").arguments, ElementsAre("RET=HDRS", "BODY=8BITMIME"));
  auto utf8_header = message_of("Subject: caf\xc3\xa9\r\n\r\nx", "a@b.example", {"c@d.example"});
  EXPECT_THAT(copy_of(utf8_header).arguments, Not(Contains("SMTPUTF8")));
  utf8_header.envelope.arguments = {"SMTPUTF8"};
  EXPECT_THAT(copy_of(utf8_header).arguments, Contains("SMTPUTF8"));
  const auto utf8_address = message_of(kMessage, "a@b.example", {"b\xc3\xb6\x62@d.example"});
  EXPECT_THAT(copy_of(utf8_address).arguments, Contains("SMTPUTF8"));
}

TEST(Reentry, TraceFieldNamesTheClientAndNoRecipient) {
  const auto message = message_of(kMessage, "lab@clinic.example", {"pat@example.org"});
  const auto field = received_field(message);
  EXPECT_EQ(field.name, "Received");
  const std::string value = mail::unfolded(field.value);
  EXPECT_THAT(value, ::testing::StartsWith("from ward (ward.clinic.example [192.0.2.7]) by "
                                           "mx.clinic.example (phimilter) id 4F2A1B; "));
  EXPECT_EQ(value.find("pat"), std::string::npos);
}

TEST(FailureNotice, PythonReadsItAsADeliveryStatus) {
  const auto message = message_of(kMessage, "lab@clinic.example", {"pat@example.org"});
  const FailureNotice notice =
      failure_notice(message, 0, "5.1.1", "<n@clinic.example>", Timestamp{});
  const auto read = test::run_program(
      "python3 -c 'import email,sys\n"
      "m = email.message_from_bytes(sys.stdin.buffer.read())\n"
      "print(m.get_content_type(), m.get_param(\"report-type\"), m[\"Auto-Submitted\"])\n"
      "p = m.get_payload()\n"
      "print([x.get_content_type() for x in p])\n"
      "s = p[1].get_payload()\n"
      "print(s[0][\"Reporting-MTA\"], \"|\", s[1][\"Final-Recipient\"], \"|\", s[1][\"Action\"], "
      "\"|\", s[1][\"Status\"])\n"
      "print(p[2].get_payload())'",
      notice.headers.text() + "\r\n" + notice.body);
  EXPECT_EQ(read.status, 0);
  EXPECT_THAT(read.output, ::testing::HasSubstr("multipart/report delivery-status auto-replied\n"
                                                "['text/plain', 'message/delivery-status', "
                                                "'text/rfc822-headers']\n"
                                                "dns; mx.clinic.example | rfc822; pat@example.org "
                                                "| failed | 5.1.1\n"));
  EXPECT_THAT(read.output, ::testing::HasSubstr("Message-ID: <1@lab>"));
  EXPECT_THAT(notice.headers.text() + notice.body, Not(::testing::HasSubstr("12345678")));
  EXPECT_EQ(notice.outgoing().reverse_path, "<>");
  EXPECT_EQ(notice.outgoing().recipients[0].path, "<lab@clinic.example>");
}

TEST(FailureNotice, RepeatsNothingOfTheListenersText) {
  const auto message = message_of(kMessage, "lab@clinic.example", {"pat@example.org"});
  for (const char* enhanced : {"", "4.1.1", "2.0.0", "x"}) {
    const FailureNotice notice = failure_notice(message, 0, enhanced, "<n@x>", Timestamp{});
    EXPECT_THAT(notice.body, ::testing::HasSubstr("Status: 5.0.0")) << enhanced;
  }
}

// The sender's mailbox may be outside, and these fields take free text.
TEST(FailureNotice, RepeatsNoFreeTextOfTheHeader) {
  const auto message = message_of(
      "Date: Sat, 21 Nov 2026 10:00:00 +0000 (Pat Doe's result)\r\n"
      "Message-ID: <1@lab> (MRN 12345678)\r\nSubject: s\r\n\r\nbody\r\n",
      "lab@clinic.example", {"pat@example.org"});
  const FailureNotice notice = failure_notice(message, 0, "5.1.1", "<n@x>", Timestamp{});
  EXPECT_THAT(notice.body, Not(::testing::HasSubstr("Pat Doe")));
  EXPECT_THAT(notice.body, Not(::testing::HasSubstr("12345678")));
}

TEST(FailureNotice, GoesToWhoeverWantsIt) {
  auto message = message_of(kMessage, "lab@clinic.example", {"pat@example.org"});
  EXPECT_TRUE(wants_failure_notice(message, 0));
  message.envelope.recipients[0].arguments = {"NOTIFY=SUCCESS,FAILURE"};
  EXPECT_TRUE(wants_failure_notice(message, 0));
  message.envelope.recipients[0].arguments = {"NOTIFY=NEVER"};
  EXPECT_FALSE(wants_failure_notice(message, 0));
  EXPECT_FALSE(wants_failure_notice(message_of(kMessage, "", {"pat@example.org"}), 0));
}

}  // namespace
}  // namespace phimilter::delivery
