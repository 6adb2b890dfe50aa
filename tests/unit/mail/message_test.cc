// SPDX-License-Identifier: Apache-2.0
#include "mail/message.h"

#include <gtest/gtest.h>

namespace phimilter::mail {
namespace {

TEST(Message, KeepsFieldsAsSpelled) {
  const std::string text =
      "Received: one\r\n\tfolded\r\nSUBJECT:nospace\r\nX-A:  two blanks \r\nX-A: "
      "again\r\n\r\nbody\r\n";
  const auto message = parse_message(text, "/tmp");
  ASSERT_TRUE(message);
  ASSERT_EQ(message->headers.fields().size(), 4U);
  EXPECT_EQ(message->headers.fields()[0].value, " one\r\n\tfolded");
  EXPECT_EQ(message->headers.fields()[1].name, "SUBJECT");
  EXPECT_EQ(message->headers.fields()[1].value, "nospace");
  EXPECT_EQ(message->headers.count("x-a"), 2U);
  const auto body = message->body.view();
  ASSERT_TRUE(body);
  EXPECT_EQ(message->headers.text() + "\r\n" + std::string(*body), text);
}

TEST(Message, LineFeedsBecomeCrLf) {
  const auto message = parse_message("Subject: a\n b\n\nline\nline\r\n", "/tmp");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->headers.fields()[0].value, " a\r\n b");
  EXPECT_EQ(message->body.view().value_or(""), "line\r\nline\r\n");
}

TEST(Message, WithoutABody) {
  const auto message = parse_message("Subject: a\r\n", "/tmp");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->body.size(), 0U);
}

TEST(Message, ALineThatIsNoFieldBeginsTheBody) {
  const auto message = parse_message("Subject: a\r\nnot a field\r\n", "/tmp");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->body.view().value_or(""), "not a field\r\n");
}

TEST(Message, RefusesWhatIsNoMessage) {
  for (const char* text : {"", "\r\nbody", "hello\r\n", ": x\r\n", " : folded\r\n"}) {
    EXPECT_FALSE(parse_message(text, "/tmp")) << text;
  }
}

TEST(Message, UnfoldedValue) {
  EXPECT_EQ(unfolded(" one\r\n\ttwo "), "one\ttwo");
  EXPECT_EQ(unfolded("x"), "x");
}

}  // namespace
}  // namespace phimilter::mail
