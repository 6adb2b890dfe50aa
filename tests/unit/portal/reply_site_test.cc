// SPDX-License-Identifier: Apache-2.0
//
// Writing back, as requests and responses, without sockets.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/limits.h"
#include "portal/fakes.h"
#include "portal/run_tool.h"
#include "portal/site.h"

namespace phimilter::portal {
namespace {

class ReplySiteTest : public ::testing::Test {
 protected:
  ReplySiteTest() {
    FakeVault::Entry entry = bench_.vault.entries.at(bench_.id);
    bench_.vault.entries.clear();
    entry.facts = test_facts(id_);
    entry.message =
        "From: Lab <lab@clinic.example>\r\nTo: pat@example.org, Two <two@example.net>\r\n"
        "Cc: PAT@example.org, no-reply@clinic.example\r\nSubject: Result\r\n"
        "Message-ID: <m1@clinic.example>\r\n\r\nfine\r\n";
    bench_.vault.entries.emplace(id_, entry);
    cookie_ = *sessions_.begin(Subject::entry(id_));
    token_ = sessions_.find(cookie_, Subject::entry(id_))->form_token;
  }

  std::vector<SentReply> kept(const EscrowId& id) {
    std::vector<Fault> faults;
    const auto replies = store_->list(id, faults);
    EXPECT_TRUE(replies.has_value() && faults.empty());
    return replies.value_or(std::vector<SentReply>());
  }
  Request request(Method method, const std::string& below) {
    Request made;
    made.method = method;
    made.path = link_ + below;
    made.secure = true;
    made.cookies.emplace("__Host-phi", cookie_);
    return made;
  }
  Response get(const std::string& below) { return site_.handle(request(Method::get, below)); }
  // The value of the hidden field in a form.
  static std::string hidden(const std::string& page, const std::string& name) {
    const std::string mark = "name=\"" + name + "\" value=\"";
    const std::size_t at = page.find(mark);
    return at == std::string::npos
               ? ""
               : page.substr(at + mark.size(), page.find('"', at + mark.size()) - at - mark.size());
  }
  Request filled(Fields form, const std::string& below = "/reply") {
    Request made = request(Method::post, below);
    form.emplace("token", token_);
    form.emplace("reply", hidden(get(below).body, "reply"));
    made.form = std::move(form);
    return made;
  }
  static std::string location(const Response& response) {
    for (const auto& [name, value] : response.headers) {
      if (name == "Location") {
        return value;
      }
    }
    return {};
  }
  Status submit(const delivery::Outgoing& mail) {
    if (fault_) {
      return fail(*fault_);
    }
    std::string to;
    for (const auto& recipient : mail.recipients) {
      to += recipient.path;
    }
    sent_.push_back({to, mail.headers->text() + "\r\n" + std::string(mail.body)});
    return {};
  }

  AccessBench bench_;
  TempFolder folder_;
  Sessions sessions_{bench_.clock};
  Languages languages_ = std::move(*load_languages());
  Secret pepper_ = random_secret(32);
  std::unique_ptr<ReplyStore> store_ = std::move(*open_reply_store(folder_.path(), pepper_));
  std::vector<std::pair<std::string, std::string>> sent_;
  std::optional<Fault> fault_;
  ReplyParts replies_{*store_, bench_.clock, "no-reply@clinic.example", 1'000'000,
                      [this](const delivery::Outgoing& mail) { return submit(mail); }};
  Site site_{{bench_.access, sessions_, bench_.vault, bench_.journal, languages_, "Maple Clinic",
              "+1 555 010 0199", "https://portal.example", nullptr, nullptr, nullptr, nullptr,
              &replies_}};
  const std::string secret_ = std::string(42, 'q') + "Q";
  const std::string link_ = "/m/" + secret_;
  const EscrowId id_ = *escrow::id_of_link_secret(secret_);
  std::string cookie_, token_;
};

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

TEST_F(ReplySiteTest, AListenerThatIsAwayLosesNothing) {
  const Request reply = filled({{"text", "keep & me"}});
  fault_ = transient_fault("smtp.connect", "nobody there");
  for (int i = 0; i < 2; ++i) {
    const Response refused = site_.handle(reply);
    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(refused.body.find("keep &amp; me"), std::string::npos);
    EXPECT_EQ(hidden(refused.body, "reply"), reply.form.at("reply"));
    EXPECT_TRUE(kept(id_).empty());
  }
  EXPECT_EQ(bench_.journal.events(), "");
  fault_.reset();
  EXPECT_EQ(site_.handle(reply).status, 303);
  EXPECT_EQ(sent_.size(), 1U);
}

// Perhaps it left: it is sent again under the same Message-ID, and not shown as sent before.
TEST_F(ReplySiteTest, InDoubtIsSentAgainUnderTheSameName) {
  const Request reply = filled({{"text", "in doubt"}});
  fault_ = transient_fault("smtp.in_doubt", "lost after the final dot");
  EXPECT_EQ(site_.handle(reply).status, 503);
  EXPECT_EQ(kept(id_).size(), 1U);
  EXPECT_EQ(get("/message").body.find("in doubt"), std::string::npos);
  fault_.reset();
  EXPECT_EQ(site_.handle(reply).status, 303);
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_NE(sent_[0].second.find("Message-ID: <" + reply.form.at("reply") + "."),
            std::string::npos);
}

// The MTA has it and the journal says no: nobody is told, and it is not sent a second time.
TEST_F(ReplySiteTest, WhatIsNotOnRecordIsNotToldAndNotSentTwice) {
  const Request reply = filled({{"text", "x"}});
  bench_.journal.broken = true;
  EXPECT_EQ(site_.handle(reply).status, 503);
  EXPECT_EQ(sent_.size(), 1U);
  bench_.journal.broken = false;
  EXPECT_EQ(site_.handle(reply).status, 303);
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
        Case{"kept", 1'000'001, false, 413, "together at most 1.0 MB"},
        Case{"kept", 0, true, 413, "together at most 1.0 MB"},
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

TEST(ReplyStore, KeepsSealedAndDeletes) {
  const TempFolder folder;
  const Secret pepper = random_secret(32);
  auto store = std::move(*open_reply_store(folder.path() + "/replies", pepper));
  const EscrowId id = *EscrowId::parse("0123456789abcdef0123456789abcdef");
  const EscrowId other = *EscrowId::parse("0123456789abcdef0123456789abcdee");
  const SentReply reply{std::string(32, 'a'), ReplyStage::accepted, test_time(),
                        "s\xC3\xAD",          "x@example.org",      {{"a.pdf", 5}}};
  ASSERT_TRUE(store->save(id, reply));
  EXPECT_EQ(**store->load(id, reply.token), reply);
  std::vector<Fault> faults;
  EXPECT_TRUE(store->list(other, faults)->empty());
  EXPECT_EQ(*store->count(other), 0U);
  const auto path = [](const EscrowId& of) {
    return "replies/" + of.str() + "/" + of.str() + "." + std::string(32, 'a') + ".reply";
  };
  const std::string file = folder.read(path(id));
  EXPECT_EQ(file.find("example.org"), std::string::npos);
  SentReply second = reply;
  second.token = std::string(32, 'b');
  ASSERT_TRUE(store->save(other, second));
  folder.write(path(other), file);
  EXPECT_EQ(*store->list(other, faults), std::vector{second}) << "the one that can be read";
  EXPECT_EQ(faults.size(), 1U) << "sealed under its own name";
  EXPECT_EQ(*store->count(other), 2U);
  ASSERT_TRUE(store->remove_all(other));
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/replies/" + other.str()));
  ASSERT_TRUE(store->remove_all(other)) << "gone already";
  auto stranger = std::move(*open_reply_store(folder.path() + "/replies", random_secret(32)));
  EXPECT_FALSE(stranger->load(id, reply.token).has_value());
  ASSERT_TRUE(store->remove_all(id));
  EXPECT_FALSE(store->load(id, reply.token)->has_value());
}

}  // namespace
}  // namespace phimilter::portal
