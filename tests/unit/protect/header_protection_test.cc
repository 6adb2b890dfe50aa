// SPDX-License-Identifier: Apache-2.0
#include "protect/header_protection.h"

#include <gtest/gtest.h>

#include "messages.h"
#include "support.h"

namespace phimilter::protect {
namespace {

using testing::message_from;

struct Case {
  std::string_view name;
  std::string_view field;  // as captured
  std::string_view outer;  // all fields of that name outside, as text
  bool inside;
};

constexpr Case kCases[] = {
    {"from stays as spelled", "fRoM:a@b.example", "fRoM:a@b.example\r\n", true},
    {"folded to stays folded", "To: a@b.example,\n c@d.example",
     "To: a@b.example,\r\n c@d.example\r\n", true},
    {"trace is not ours to protect", "Received: from x by y", "Received: from x by y\r\n", false},
    {"return path", "Return-Path: <a@b.example>", "Return-Path: <a@b.example>\r\n", false},
    {"bcc goes", "Bcc: a@b.example", "", false},
    {"resent bcc goes", "Resent-Bcc: a@b.example", "", false},
    {"resent to stays", "Resent-To: a@b.example", "Resent-To: a@b.example\r\n", true},
    {"our marks go", "X-PHI-Proof: what; ever", "", false},
    {"our marks go, any name", "x-phi-anything: 1", "", false},
    {"one msg-id", "Message-ID: <a@b>", "Message-ID: <a@b>\r\n", true},
    {"two msg-ids are none", "Message-ID: <a@b> <c@d>", "", true},
    {"msg-id with words", "Message-ID: <a@b> Maria", "", true},
    {"references", "References: <a@b>\n <c@d>", "References: <a@b>\r\n <c@d>\r\n", true},
    {"references with a comment", "References: <a@b> (Maria)", "", true},
    {"references with a blank in an id", "References: <Maria Gomez@b>", "", true},
    {"references without an at sign", "References: <maria>", "", true},
    {"references that break off", "References: <a@b> <c@d", "", true},
    {"references empty", "References: ", "", true},
    {"in-reply-to phrase", "In-Reply-To: your mail of <a@b>", "", true},
    {"date", "Date: Sat, 21 Nov 2026 21:08:33 +0000 (UTC)",
     "Date: Sat, 21 Nov 2026 21:08:33 +0000 (UTC)\r\n", true},
    {"date with words", "Date: Sat, 21 Nov 2026 21:08:33 +0000 (Maria)", "", true},
    {"automatic", "Auto-Submitted: auto-generated; about=\"Maria\"",
     "Auto-Submitted: auto-generated\r\n", true},
    {"automatic, own words", "Auto-Submitted: because of Maria", "", true},
    {"comments", "Comments: Maria", "", true},
    {"keywords", "Keywords: hiv", "", true},
    {"list", "List-Id: oncology <list.b>", "", true},
    {"unknown", "X-Mailer: LabSoft 3", "", true},
    {"precedence", "Precedence: list", "Precedence: list\r\n", true},
    {"precedence with words", "Precedence: list of oncology", "", true},
    {"importance", "Importance: High", "Importance: High\r\n", true},
    {"priority", "X-Priority: 1 (Highest)", "X-Priority: 1 (Highest)\r\n", true},
    {"priority with words", "X-Priority: 1 (Maria)", "", true},
    {"no answers", "X-Auto-Response-Suppress: OOF, DR", "X-Auto-Response-Suppress: OOF, DR\r\n",
     true},
    {"list address", "List-Unsubscribe: <https://b.example/maria>", "", true},
    {"thread topic", "Thread-Topic: Maria", "", true},
    {"content is the entity's", "Content-Description: Maria's scan", "", false},
    {"sender's HP-Outer goes", "HP-Outer: Subject: x", "", false},
};

std::string text_of(const std::vector<const mail::HeaderField*>& fields) {
  std::string text;
  for (const auto* field : fields) {
    text += field->name + ":" + field->value + "\r\n";
  }
  return text;
}

TEST(HeaderProtection, EachFieldHasItsPlace) {
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.name);
    const auto message = message_from(std::string(each.field) + "\n\nbody\n");
    const auto& captured = message.headers.fields().at(0);
    const auto headers = protect_headers(message.headers);
    EXPECT_EQ(text_of(headers.outer.all(captured.name)), each.outer);
    const auto inside = headers.inner.all(captured.name);
    if (captured.name != "HP-Outer") {
      ASSERT_EQ(inside.size(), each.inside ? 1U : 0U);
    }
    if (each.inside) {
      EXPECT_EQ(*inside[0], captured);
    }
    const std::string recorded = headers.inner.text();
    const std::string record = "HP-Outer: " + captured.name + ":";
    const bool exposed = each.inside && !each.outer.empty();
    EXPECT_EQ(recorded.find(record) != std::string::npos, exposed) << recorded;
    if (exposed) {
      EXPECT_NE(recorded.find("HP-Outer: " + std::string(each.outer)), std::string::npos)
          << recorded;
    }
  }
}

TEST(HeaderProtection, WhatWasFoundStandsOutsideNowhere) {
  struct FoundCase {
    std::string_view field, outer;
  };
  const FoundCase cases[] = {
      {"References: <a@b.example>\n <mrn-7654321@b.example>", ""},
      {"References: <a@b.example>", "References: <a@b.example>\r\n"},
      {"In-Reply-To: <solano@b.example>", ""},
      {"To: Dr Solano <a@b.example>", "To: Dr Solano <a@b.example>\r\n"},
      {"To: MRN 7654321 <a@b.example>, C <c@b.example>",
       "To: <a@b.example>,\r\n <c@b.example>\r\n"},
      {"Cc: a@b.example (mrn 7654321)", "Cc: <a@b.example>\r\n"},
      {"Cc: =?utf-8?q?MRN_7654321?= <a@b.example>", "Cc: <a@b.example>\r\n"},
      {"Cc: =?iso-8859-15?B?TVJOIDc2NTQzMjE=?= <a@b.example>", "Cc: <a@b.example>\r\n"},
      {"Cc: =?utf-8*en?B?TVJOIDc2NTQzMjE=?= <a@b.example>", "Cc: <a@b.example>\r\n"},
      {"Cc: =?utf-8?B?TVJOIDc2NTQzMjE?= <a@b.example>", "Cc: <a@b.example>\r\n"},
      {"Cc: a@b.example (=?utf-8?B?TVJOIDc2NTQzMjE=?=)", "Cc: <a@b.example>\r\n"},
      {"Cc: =?utf-8?B?VGVhbQ==?= <a@b.example>", "Cc: =?utf-8?B?VGVhbQ==?= <a@b.example>\r\n"},
      {"To: 7654321@b.example", "To: 7654321@b.example\r\n"},
      {"To: MRN 7654321:;", "To: undisclosed-recipients:;\r\n"},
  };
  const std::string found[] = {"7654321", "Solano"};
  for (const auto& each : cases) {
    const auto message = message_from(std::string(each.field) + "\n\nbody\n");
    const auto& captured = message.headers.fields().at(0);
    const auto headers = protect_headers(message.headers, found);
    EXPECT_EQ(text_of(headers.outer.all(captured.name)), each.outer) << each.field;
    EXPECT_EQ(*headers.inner.first(captured.name), captured) << each.field;
  }
  const std::string hop = "Received: from a by b; Sun, 22 Nov 2026 07:65:43 +0000\n";
  const auto traced = protect_headers(
      message_from(hop + "Received: from a (MRN 7654321) by b; Sun, 22 Nov 2026 07:00:00 +0000\n" +
                   "Return-Path: <a@b.example> (MRN 7654321)\n\nbody\n")
          .headers,
      std::vector<std::string>{"7654321", "22 Nov 2026"});
  EXPECT_EQ(traced.outer.all("Received").size(), 1U);
  EXPECT_EQ(traced.outer.count("Return-Path"), 0U);
  const auto message = message_from("Message-ID: <mrn-7654321@b.example>\n\nbody\n");
  const auto once = protect_headers(message.headers, found).outer.first("Message-ID")->value;
  EXPECT_EQ(once.find("7654321"), std::string::npos);
  EXPECT_EQ(once, protect_headers(message.headers, found).outer.first("Message-ID")->value);
}

TEST(HeaderProtection, OneSubjectWhateverTheSenderGave) {
  for (const std::string text :
       {"From: a@b\n\n", "Subject: one\nSubject: two\n\n", "Subject:\n\n"}) {
    const auto headers = protect_headers(message_from(text).headers);
    EXPECT_EQ(text_of(headers.outer.all("Subject")), "Subject: [...]\r\n");
    EXPECT_EQ(text_of(headers.outer.all("MIME-Version")), "MIME-Version: 1.0\r\n");
    EXPECT_NE(headers.inner.text().find("HP-Outer: Subject: [...]\r\n"), std::string::npos);
  }
}

TEST(HeaderProtection, TheEntityStandsInsideByteForByte) {
  const testing::TestFolder folder;
  for (const auto& sample : testing::kSamples) {
    SCOPED_TRACE(sample.name);
    const auto message = message_from(testing::sample_text(sample));
    mail::StringSink payload;
    ASSERT_TRUE(
        write_payload(message, protect_headers(message.headers).inner, payload).has_value());
    testing::write_file(folder.file("payload"), payload.text);
    testing::judge("entity " + folder.file("payload") + " " + folder.file("entity"));
    EXPECT_EQ(testing::file_bytes(folder.file("entity")), sample.entity);
    const std::string outline = testing::judge("outline " + folder.file("payload"));
    EXPECT_TRUE(outline.starts_with("multipart/mixed ")) << outline;
    EXPECT_NE(outline.find("hp=cipher protected-headers=v1"), std::string::npos) << outline;
    EXPECT_EQ(outline.find("DEFECT"), std::string::npos) << outline;
    const std::string fields = testing::judge("fields " + folder.file("payload"));
    EXPECT_NE(fields.find("Subject: Resultado de María SSN 123-45-6789 folded MRN 7654321\n"),
              std::string::npos)
        << fields;
    EXPECT_EQ(fields.find("hidden@"), std::string::npos) << fields;
    EXPECT_EQ(fields.find("X-Phi"), std::string::npos) << fields;
  }
}

TEST(HeaderProtection, AnEightBitEntityIsDeclaredByWhatCarriesIt) {
  const auto message =
      message_from("Content-Type: text/plain\nContent-Transfer-Encoding: 8BIT\n\nx\n");
  mail::StringSink payload;
  ASSERT_TRUE(write_payload(message, {}, payload).has_value());
  EXPECT_NE(payload.text.find("v1\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"), std::string::npos)
      << payload.text;
}

}  // namespace
}  // namespace phimilter::protect
