// SPDX-License-Identifier: Apache-2.0
//
// Read back by Python's email package.
#include "portal/reply_mail.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

using nlohmann::json;

ReplyMailFacts facts() {
  ReplyMailFacts made;
  made.portal_address = "no-reply@clinic.example";
  made.organisation_name = "Maple Clinic";
  made.author = "pat@example.org";
  made.to = {"lab@clinic.example"};
  made.subject = "Ergebnis für Sie";
  made.subject_prefix = "Re";
  made.thread = {"<2@clinic.example>", "<1@clinic.example>"};
  made.message_id = "<abc@clinic.example>";
  made.text = "Thank you.\r\nSí, iré el martes.\r\n.\r\n";
  made.now = *parse_rfc3339("2026-11-21T12:00:00.000000Z");
  return made;
}

json read(const ReplyMail& mail) {
  const TempFolder folder;
  const std::string path = folder.write("mail", mail.headers.text() + "\r\n" + mail.body);
  const ToolResult result =
      run_tool("python3 " PHIMILTER_SOURCE_DIR "/tests/unit/portal/read_mail.py < " + path);
  EXPECT_EQ(result.status, 0);
  const json seen = json::parse(result.output);
  EXPECT_TRUE(seen["defects"].empty()) << seen["defects"];
  EXPECT_LE(seen["longest_line"], 998);
  EXPECT_EQ(seen["bare"], 0);
  EXPECT_TRUE(seen["ascii"]);
  return seen;
}

std::string header(const json& mail, const std::string& name) {
  std::string all;
  for (const auto& field : mail["headers"]) {
    if (field[0] == name) {
      all += (all.empty() ? "" : " | ") + field[1].get<std::string>();
    }
  }
  return all;
}

std::string digest(std::string_view bytes) {
  return hex(sha256(bytes));
}

TEST(ReplyMail, ComesFromThePortalForTheAuthorInTheThread) {
  const json mail = read(reply_mail(facts(), {}));
  EXPECT_EQ(
      mail["from"],
      json::parse(R"json([["pat@example.org (Maple Clinic)", "no-reply@clinic.example"]])json"));
  EXPECT_EQ(mail["reply_to"], json::parse(R"(["pat@example.org"])"));
  EXPECT_EQ(mail["to"], json::parse(R"(["lab@clinic.example"])"));
  EXPECT_EQ(header(mail, "Subject"), "Re: Ergebnis für Sie");
  EXPECT_EQ(header(mail, "In-Reply-To"), "<2@clinic.example>");
  EXPECT_EQ(header(mail, "References"), "<1@clinic.example> <2@clinic.example>");
  EXPECT_EQ(header(mail, "Message-ID"), "<abc@clinic.example>");
  EXPECT_EQ(header(mail, "Date"), "Sat, 21 Nov 2026 12:00:00 +0000");
  EXPECT_EQ(mail["text"], "Thank you.\r\nSí, iré el martes.\r\n.\r\n");
  EXPECT_TRUE(mail["files"].empty());
  ReplyMailFacts again = facts();
  again.subject = "RE: Ergebnis";
  again.thread = {};
  const json second = read(reply_mail(again, {}));
  EXPECT_EQ(header(second, "Subject"), "RE: Ergebnis");
  EXPECT_EQ(header(second, "In-Reply-To") + header(second, "References"), "");
}

TEST(ReplyMail, FilesArriveByteForByteUnderAnyName) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) {
    bytes += static_cast<char>(i * 31 % 256);
  }
  const json mail =
      read(reply_mail(facts(), {{"files", "Röntgen 中文.jpg", "image/jpeg", bytes},
                                {"files", "../../etc/passwd", "text/html; charset=x", "x"},
                                {"files", "a\"\r\nX-Evil: 1\r\n\r\n.txt", "a/b\r\nX-Evil: 2", ""},
                                {"files", "", "message/rfc822", "From: x\r\n\r\n"}}));
  ASSERT_EQ(mail["files"].size(), 4U);
  EXPECT_EQ(mail["files"][0], json::array({"Röntgen 中文.jpg", "image/jpeg", digest(bytes)}));
  EXPECT_EQ(mail["files"][1], json::array({"passwd", "application/octet-stream", digest("x")}));
  EXPECT_EQ(mail["files"][2][1], "application/octet-stream");
  EXPECT_EQ(mail["files"][2][2], digest(""));
  EXPECT_EQ(mail["files"][3],
            json::array({"file-4", "application/octet-stream", digest("From: x\r\n\r\n")}));
  EXPECT_EQ(header(mail, "X-Evil"), "");
}

TEST(ReplyMail, NothingCanBePutIntoItsHeader) {
  ReplyMailFacts hostile = facts();
  const std::string evil = "\r\nBcc: evil@example.net\r\n\r\nbody \"<>,;:\\";
  hostile.organisation_name = "Maple" + evil;
  hostile.subject = "Hi" + evil;
  hostile.text = ".\r\n.\n\nFrom here\n--boundary\nBcc: evil@example.net\n";
  const json mail = read(reply_mail(hostile, {{"f", "n" + evil, "t/t" + evil, "x"}}));
  EXPECT_EQ(header(mail, "Bcc"), "");
  EXPECT_EQ(mail["from"].size(), 1U);
  EXPECT_EQ(mail["from"][0][1], "no-reply@clinic.example");
  EXPECT_EQ(mail["text"], ".\r\n.\r\n\r\nFrom here\r\n--boundary\r\nBcc: evil@example.net\r\n");
}

TEST(ReplyMail, AForwardedMessageIsWithin) {
  const std::string original = "From: lab@clinic.example\r\nSubject: x\r\n\r\ninner\r\n";
  ReplyMailFacts forward = facts();
  forward.subject_prefix = "Fwd";
  const ReplyMail mail = reply_mail(forward, {}, original);
  EXPECT_NE(mail.body.find(original), std::string::npos);
  const json seen = read(mail);
  ASSERT_EQ(seen["files"].size(), 1U);
  EXPECT_EQ(seen["files"][0][1], "message/rfc822");
  EXPECT_EQ(header(seen, "Subject"), "Fwd: Ergebnis für Sie");
}

}  // namespace
}  // namespace phimilter::portal
