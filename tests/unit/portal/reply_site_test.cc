// SPDX-License-Identifier: Apache-2.0
//
// Writing back, as requests and responses, without sockets.
#include "portal/reply_site.h"

#include <filesystem>

namespace phimilter::portal {
namespace {

TEST_F(ReplySiteTest, IsSentRecordedAndShown) {
  EXPECT_NE(get("/message").body.find(link_ + "/reply\""), std::string::npos);
  const Request reply = filled({{"text", "Thank you <b>\r\n\x01so much"}});
  const std::string bytes = "scan";
  Request with_file = reply;
  with_file.files = {{"files", "../scan 1.pdf", "application/pdf", bytes}};
  const Response response = site_.handle(with_file);
  EXPECT_EQ(response.status, 303);
  EXPECT_EQ(location(response), link_ + "/message?sent=1");
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_EQ(sent_[0].first, "<lab@clinic.example>");
  EXPECT_NE(sent_[0].second.find("In-Reply-To: <m1@clinic.example>"), std::string::npos);
  EXPECT_EQ(bench_.journal.events(), "replied");
  Request shown = request(Method::get, "/message");
  shown.query = {{"sent", "1"}};
  const std::string page = site_.handle(shown).body;
  EXPECT_NE(page.find("Your reply was sent."), std::string::npos);
  EXPECT_NE(page.find("Thank you &lt;b&gt;\nso much"), std::string::npos);
  EXPECT_NE(page.find("scan 1.pdf, 4 B"), std::string::npos);
  // The same form again: a second tap, or a page reloaded.
  EXPECT_EQ(site_.handle(with_file).status, 303);
  EXPECT_EQ(sent_.size(), 1U);
  EXPECT_EQ(bench_.journal.events(), "replied");
}

TEST_F(ReplySiteTest, WhatCannotBeSentIsSaidAndKept) {
  struct Case {
    std::string text;
    std::size_t bytes;
    bool too_large;
    int status;
    const char* said;
  };
  for (const Case& each :
       {Case{"  \r\n", 0, false, 400, "Please write something"},
        Case{"kept", 1'000'001, false, 413, "together at most 1 MB"},
        Case{"kept", 0, true, 413, "together at most 1 MB"},
        Case{std::string(kReplyText + 1, 'a'), 0, false, 400, "more text than"}}) {
    Request reply = filled({{"text", each.text}});
    const std::string bytes(each.bytes, 'x');
    if (each.bytes > 0) {
      reply.files = {{"files", "a", "a/b", bytes}};
    }
    reply.too_large = each.too_large;
    const Response response = site_.handle(reply);
    EXPECT_EQ(response.status, each.status) << each.said;
    EXPECT_NE(response.body.find(each.said), std::string::npos) << each.said;
    EXPECT_NE(response.body.find(trim(each.text)), std::string::npos);
  }
  EXPECT_TRUE(sent_.empty());
  for (std::size_t i = 0; i < kReplies; ++i) {
    EXPECT_EQ(site_.handle(filled({{"text", "x"}})).status, 303);
  }
  EXPECT_EQ(site_.handle(filled({{"text", "x"}})).status, 429);
  EXPECT_EQ(sent_.size(), kReplies);
}

// JSON writes a newline as two bytes and a quote, too.

TEST_F(ReplySiteTest, TheLongestReplyIsReadAgainAndABrokenOneTakesNothingAway) {
  std::string text;
  while (text.size() < kReplyText) {
    text += "\n\"";
  }
  Request reply = filled({{"text", text}});
  const std::string name(120, '"');
  for (int i = 0; i < 60; ++i) {
    reply.files.push_back({"files", name, "a/b", "x"});
  }
  EXPECT_EQ(site_.handle(reply).status, 303);
  const Response page = get("/message");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("&quot;\n&quot;"), std::string::npos);
  const auto all = kept(id_);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].text, text);
  EXPECT_EQ(site_.handle(filled({{"text", "the second"}})).status, 303);
  folder_.write(id_.str() + "/" + id_.str() + "." + all[0].token + ".reply", "broken");
  const Response without = get("/message");
  EXPECT_EQ(without.status, 200);
  EXPECT_NE(without.body.find("the second"), std::string::npos);
  EXPECT_EQ(site_.handle(filled({{"text", "the third"}})).status, 303);
}

TEST_F(ReplySiteTest, NeedsTheSessionTheTokenAndAReplyOfItsOwn) {
  Request reply = filled({{"text", "typed for an hour"}});
  Request forged = reply;
  forged.form["token"] = "x";
  EXPECT_EQ(site_.handle(forged).status, 403);
  forged = reply;
  for (const char* token :
       {"", "x", "../../../../etc/passwd", "ABCDEFABCDEFABCDEFABCDEFABCDEFAB"}) {
    forged.form["reply"] = token;
    EXPECT_EQ(site_.handle(forged).status, 403) << token;
  }
  forged = reply;
  forged.headers = {{"sec-fetch-site", "cross-site"}};
  EXPECT_EQ(site_.handle(forged).status, 403);
  EXPECT_TRUE(sent_.empty());
  ASSERT_TRUE(sessions_.end_all(Subject::entry(id_)));
  const Response over = site_.handle(reply);
  EXPECT_EQ(over.status, 403);
  EXPECT_NE(over.body.find("typed for an hour"), std::string::npos) << "the text is not lost";
  EXPECT_TRUE(sent_.empty());
}

TEST_F(ReplySiteTest, AllAndOthersOnlyWhereTheEntryAllowsIt) {
  for (const std::string below : {"/reply-all", "/forward"}) {
    EXPECT_EQ(location(get(below)), link_ + "/message");
    Request reply = filled({{"text", "x"}, {"to", "third@example.com"}}, "/reply");
    reply.path = link_ + below;
    EXPECT_EQ(site_.handle(reply).status, 403) << below;
  }
  EXPECT_TRUE(sent_.empty());
  bench_.vault.entries.at(id_).facts.may_reply_all = true;
  bench_.vault.entries.at(id_).facts.may_forward = true;
  EXPECT_EQ(site_.handle(filled({{"text", "x"}}, "/reply-all")).status, 303);
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_EQ(sent_[0].first, "<lab@clinic.example><two@example.net>");
  for (const char* address : {"", "x", "a@b", "a@example.com, b@example.com", "a@b.c\r\nBcc: x"}) {
    EXPECT_EQ(site_.handle(filled({{"text", "x"}, {"to", address}}, "/forward")).status, 400)
        << address;
  }
  EXPECT_EQ(site_.handle(filled({{"text", "see"}, {"to", "third@example.com"}}, "/forward")).status,
            303);
  ASSERT_EQ(sent_.size(), 2U);
  EXPECT_EQ(sent_[1].first, "<third@example.com>");
  EXPECT_NE(sent_[1].second.find("\r\n\r\nfine\r\n"), std::string::npos);
  EXPECT_NE(get("/message").body.find("To third@example.com"), std::string::npos);
}

TEST_F(ReplySiteTest, GetSendsNothing) {
  for (const Method method : {Method::get, Method::head}) {
    EXPECT_EQ(site_.handle(request(method, "/reply")).status, 200);
  }
  EXPECT_TRUE(sent_.empty());
  EXPECT_TRUE(kept(id_).empty());
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << "nothing is made by looking";
}

TEST_F(ReplySiteTest, WithoutAWayOutThereIsNoForm) {
  Site silent{{bench_.access, sessions_, bench_.vault, bench_.journal, languages_, "Maple Clinic",
               "+1 555 010 0199", "https://portal.example"}};
  EXPECT_EQ(silent.handle(request(Method::get, "/message")).body.find("/reply\""),
            std::string::npos);
  EXPECT_EQ(silent.handle(request(Method::get, "/reply")).status, 303);
}

}  // namespace
}  // namespace phimilter::portal
