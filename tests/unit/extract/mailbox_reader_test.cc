// SPDX-License-Identifier: Apache-2.0
#include "extract/mailbox_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "extract/recorded_reading.h"

namespace phimilter::extract {
namespace {

TEST(MailboxReader, GivesEachMessage) {
  const std::string text =
      "From jane@a.example Tue Jan  2 10:00:00 2024\nFrom: jane@a.example\nSubject: one\n\n"
      "From here on it is text.\n>From quoted\n\n"
      "From mark@b.example Wed Jan  3 11:00:00 2024 +0000\nSubject: two\n\nMRN 7\n";
  const Document document = text_document(text, "application/octet-stream");
  ASSERT_TRUE(is_mailbox(document));
  EXPECT_TRUE(is_mailbox_file(document));
  EXPECT_FALSE(is_mailbox_file(text_document(text, "text/plain")));
  const RecordedReading read = reading_of(read_mailbox, document);
  ASSERT_EQ(read.messages.size(), 2U);
  EXPECT_EQ(read.messages[0].bytes,
            "From: jane@a.example\nSubject: one\n\nFrom here on it is text.\n>From quoted\n\n");
  EXPECT_EQ(read.messages[1].bytes, "Subject: two\n\nMRN 7\n");
}

TEST(MailboxReader, ToldFromOtherText) {
  for (const char* text :
       {"", "From ", "From Jane at 10:00 in 2024\nHello there\n", "From: jane@a.example\n\nHi\n",
        "Hello\nFrom jane@a.example Tue Jan  2 10:00:00 2024\nSubject: x\n"}) {
    EXPECT_FALSE(is_mailbox(text_document(text))) << text;
  }
}

}  // namespace
}  // namespace phimilter::extract
