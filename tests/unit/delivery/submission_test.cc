// SPDX-License-Identifier: Apache-2.0
#include "delivery/submission.h"

#include <gtest/gtest.h>

#include <cstring>

#include "delivery/messages.h"

namespace phimilter::delivery {
namespace {

constexpr const char* kHeader =
    "Received: from lab by relay; Sat, 21 Nov 2026 10:00:00 +0000\r\n"
    "From: lab@clinic.example\r\n"
    "Subject: result\r\n";

std::string digest_of(const std::string& bytes, std::string_view sender = "lab@clinic.example",
                      std::string_view queue_id = "4F2A1B") {
  auto message = message_of(bytes, sender, {"pat@example.org"});
  message.queue_id = queue_id;
  return submission_digest(message).value().str();
}

struct Case {
  const char* name;
  std::string first, second;
  std::string second_queue_id = "9C3D77";
};

// What Postfix 3.7 appends behind the other fields is made anew for each try.
TEST(SubmissionDigest, IsTheSameForTheSameMail) {
  const std::string base = kHeader;
  const Case cases[] = {
      {"nothing added", base + "\r\nbody", base + "\r\nbody"},
      {"Message-Id and Date by Postfix",
       base + "Message-Id: <20261121100000.4F2A1B@mx.clinic.example>\r\n"
              "Date: Sat, 21 Nov 2026 10:00:00 +0000 (UTC)\r\n\r\nbody",
       base + "Message-Id: <20261121101500.9C3D77@mx.clinic.example>\r\n"
              "Date: Sat, 21 Nov 2026 10:15:00 +0000 (UTC)\r\n\r\nbody"},
      {"Date by Postfix behind the sender's Message-ID",
       base + "Message-ID: <1@lab>\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n\r\nbody",
       base + "Message-ID: <1@lab>\r\nDate: Sat, 21 Nov 2026 10:15:00 +0000\r\n\r\nbody"},
      {"Date and From by Postfix",
       base + "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\nFrom: lab@clinic.example\r\n\r\nbody",
       base + "Date: Sat, 21 Nov 2026 10:15:00 +0000\r\nFrom: lab@clinic.example\r\n\r\nbody"},
      {"filters before us",
       "Authentication-Results: mx; spf=pass\r\nX-Spam-Score: 1.0\r\nARC-Seal: i=1; b=a\r\n" +
           base + "\r\nbody",
       "Authentication-Results: mx; spf=none\r\nx-spam-score: 1.1\r\nX-Virus-Scanned: y\r\n"
       "DKIM-Signature: b=2\r\nReceived-SPF: none\r\n" +
           base + "\r\nbody"},
      {"Date by Postfix, and a filter behind it",
       base + "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\nX-Spam-Status: No\r\n\r\nbody",
       base + "Date: Sat, 21 Nov 2026 10:15:00 +0000\r\nX-Spam-Status: No, 2\r\n\r\nbody"},
      {"another hop", base + "\r\nbody", "Received: from b by c\r\n" + base + "\r\nbody"},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(digest_of(test.first),
              digest_of(test.second, "lab@clinic.example", test.second_queue_id))
        << test.name;
  }
}

TEST(SubmissionDigest, DiffersForAnotherMail) {
  const std::string base = kHeader;
  const Case cases[] = {
      {"body", base + "\r\nbody", base + "\r\nbody2"},
      {"a body line that looks like a field", base + "X: y\r\n\r\nbody",
       base + "\r\nX: y\r\n\r\nbody"},
      {"subject", base + "\r\nbody",
       std::string(kHeader, std::strlen(kHeader) - 2) + "s\r\n\r\nbody"},
      {"the sender's own Message-ID", base + "Message-ID: <1@lab>\r\n\r\nbody",
       base + "Message-ID: <2@lab>\r\n\r\nbody"},
      {"the sender's own Date, which stands before another field",
       base + "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\nX-Batch: 1\r\n\r\nbody",
       base + "Date: Sat, 21 Nov 2026 10:15:00 +0000\r\nX-Batch: 1\r\n\r\nbody"},
      {"a field with a name much like that of a filter", base + "X-Spammer: a\r\n\r\nbody",
       base + "X-Spammer: b\r\n\r\nbody"},
      {"spelling of a field", base + "X-A: b\r\n\r\nbody", base + "X-A:  b\r\n\r\nbody"},
  };
  for (const Case& test : cases) {
    EXPECT_NE(digest_of(test.first), digest_of(test.second)) << test.name;
  }
  EXPECT_NE(digest_of(base + "\r\nbody", "lab@clinic.example"),
            digest_of(base + "\r\nbody", "ward@clinic.example"));
  EXPECT_NE(digest_of(base + "\r\nbody", "lab@clinic.example"), digest_of(base + "\r\nbody", ""));
}

TEST(SubmissionDigest, LeavesOutWhatTheSettingsName) {
  const std::vector<std::string> more = {"x-scanned-at", "X-Gate-*"};
  const auto digest = [&more](const std::string& fields) {
    return submission_digest(message_of(std::string(kHeader) + fields + "\r\nbody", "a@x.example",
                                        {"b@x.example"}),
                             more)
        .value()
        .str();
  };
  EXPECT_EQ(digest("X-Scanned-At: 1\r\nX-Gate-Id: 1\r\n"), digest("X-Gate-Time: 2\r\n"));
  EXPECT_NE(digest("X-Scanned: 1\r\n"), digest("X-Scanned: 2\r\n"));
  EXPECT_NE(digest("X-Gate: 1\r\n"), digest("X-Gate: 2\r\n"));
}

TEST(Token, IsOfOneRecipientOfOneSubmission) {
  const auto digest = DigestId::parse(std::string(64, 'a')).value();
  const auto other = DigestId::parse(std::string(64, 'b')).value();
  const TokenId token = recipient_token(digest, "1", "pat@example.org");
  EXPECT_EQ(token, recipient_token(digest, "1", "pat@example.org"));
  EXPECT_NE(token, recipient_token(digest, "2", "pat@example.org"));
  EXPECT_NE(token, recipient_token(digest, "1", "pet@example.org"));
  EXPECT_NE(token, recipient_token(other, "1", "pat@example.org"));
}

}  // namespace
}  // namespace phimilter::delivery
