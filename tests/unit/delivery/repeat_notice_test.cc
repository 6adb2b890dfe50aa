// SPDX-License-Identifier: Apache-2.0
#include "delivery/repeat_notice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_listener.h"
#include "support/temp_folder.h"

namespace phimilter::delivery {
namespace {

using protect::NoticeKind;
using testing::HasSubstr;
using testing::Not;

struct RepeatNoticeTest : testing::Test {
  phimilter::test::TempFolder temp;
  Settings settings;
  const Timestamp now = *parse_rfc3339("2026-11-22T10:00:00Z");
  escrow::EntryFacts facts{
      .id = *EscrowId::parse("00112233445566778899aabbccddeeff"),
      .token = *TokenId::parse(std::string(64, 'a')),
      .queue_id = "",
      .sender = "lab@clinic.example",
      .recipient = "pat@example.org",
      .subject = "",
      .language = "en",
      .created = now - std::chrono::hours(200),
      .expires = now + std::chrono::hours(300),
      .link_secret = "k3jh4k3jh4k3jh4k3jh4k3jh4k3jh4k3jh4k3jh4k3j",
  };

  RepeatNoticeTest() {
    settings.organisation_name = "Maple Clinic";
    settings.organisation_phone = "+1 555 010 0199";
    settings.portal_url = "https://portal.clinic.example";
  }
  // As the listener got it, soft line breaks taken out.
  std::string sent(NoticeKind kind, Timestamp at) {
    FakeListener listener(temp.path());
    settings.reentry_listener = listener.address();
    EXPECT_TRUE(repeat_notice(settings, facts, kind, at).has_value());
    std::string content = listener.content();
    for (std::size_t soft = content.find("=\r\n"); soft != std::string::npos;
         soft = content.find("=\r\n")) {
      content.erase(soft, 3);
    }
    return content;
  }
  static std::string message_id(const std::string& content) {
    const std::size_t at = content.find("Message-ID: ");
    return content.substr(at, content.find("\r\n", at) - at);
  }
};

TEST_F(RepeatNoticeTest, TheNoticeOnceMoreHasTheLinkAndOneMessageIdADay) {
  const std::string first = sent(NoticeKind::first, now);
  EXPECT_THAT(first, HasSubstr("https://portal.clinic.example/m/" + facts.link_secret));
  EXPECT_THAT(first, HasSubstr("lab@clinic.example"));
  EXPECT_THAT(first, HasSubstr(escrow::reference_of(facts.id)));
  EXPECT_EQ(message_id(first), message_id(sent(NoticeKind::first, now + std::chrono::hours(1))));
  EXPECT_NE(message_id(first), message_id(sent(NoticeKind::first, now + std::chrono::hours(24))));
  EXPECT_NE(message_id(first), message_id(sent(NoticeKind::reminder, now)));
}

TEST_F(RepeatNoticeTest, RemindersOfABoundMessageSayWhereItsLinkIs) {
  facts.bound = true;
  facts.link_secret.clear();
  for (const NoticeKind kind : {NoticeKind::reminder, NoticeKind::expiring}) {
    const std::string reminder = sent(kind, now);
    EXPECT_THAT(reminder, Not(HasSubstr("http")));
    EXPECT_THAT(reminder, HasSubstr("the link in our e-mail of November 14, 2026"));
    EXPECT_THAT(reminder, HasSubstr("+1 555 010 0199"));
  }
  const Status first = repeat_notice(settings, facts, NoticeKind::first, now);
  EXPECT_EQ(first.error().id, "notice.link");
}

TEST_F(RepeatNoticeTest, WhatIsRefusedIsSaid) {
  FakeListener listener(temp.path(), {{"RCPT", {"550 5.1.1 no\r\n"}}});
  settings.reentry_listener = listener.address();
  EXPECT_EQ(repeat_notice(settings, facts, NoticeKind::first, now).error().kind,
            FaultKind::transient);
  facts.sender = "";
  EXPECT_EQ(repeat_notice(settings, facts, NoticeKind::first, now).error().id,
            "portal.no_sender_address");
}

}  // namespace
}  // namespace phimilter::delivery
