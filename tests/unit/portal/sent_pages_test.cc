// SPDX-License-Identifier: Apache-2.0
//
// The sender's pages as requests and responses: who sees what, and what each button does.
#include "portal/sent_pages.h"

#include <gtest/gtest.h>

#include "base/time_zone.h"
#include "portal/desk_bench.h"
#include "portal/events.h"

namespace phimilter::portal {
namespace {

class SentPagesTest : public ::testing::Test {
 protected:
  SentPagesTest() {
    const EscrowId other = *EscrowId::parse(std::string(32, 'b'));
    FakeVault::Entry entry{test_facts(other), escrow::EntryState::open, "x", {}, false};
    entry.facts.sender = "other@clinic.example";
    entry.facts.recipient = "<script>@example.org";
    bench_.vault.entries.emplace(other, entry);
    EXPECT_TRUE(bench_.index.refresh(bench_.vault));
  }

  Request request(Method method, const std::string& path) {
    Request made;
    made.method = method;
    made.path = path;
    made.secure = true;
    made.peer = "192.0.2.1";
    made.headers.emplace("sec-fetch-site", "same-origin");
    if (!cookie_.empty()) {
      made.cookies.emplace("__Host-phi-sent", cookie_);
    }
    return made;
  }
  Response get(const std::string& below, Fields query = {}) {
    Request made = request(Method::get, "/sent" + below);
    made.query = std::move(query);
    return pages_.handle(made, below);
  }
  Response post(const std::string& below, Fields form = {}) {
    Request made = request(Method::post, "/sent" + below);
    made.form = std::move(form);
    return pages_.handle(made, below);
  }
  static std::string header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) {
        return value;
      }
    }
    return {};
  }
  void sign_in(const std::string& address = "lab@clinic.example") {
    ASSERT_EQ(post("/code", {{"address", address}}).status, 200);
    door_.wait_until_mailed();
    const Response response = post("/login", {{"address", address}, {"code", codes_.back().code}});
    ASSERT_EQ(response.status, 303);
    ASSERT_EQ(header(response, "Location"), "/sent/messages");
    const std::string cookie = header(response, "Set-Cookie");
    ASSERT_TRUE(cookie.starts_with("__Host-phi-sent="));
    for (const char* attribute : {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"}) {
      EXPECT_NE(cookie.find(attribute), std::string::npos) << attribute;
    }
    cookie_ = cookie.substr(16, 43);
    token_ = door_.find(cookie_)->form_token;
  }
  std::string own() const { return "/message/" + bench_.id.str(); }

  DeskBench bench_;
  Sessions sessions_{bench_.clock};
  Languages languages_ = *load_languages();
  SiteParts site_{bench_.access, sessions_,
                  bench_.vault,  bench_.indexed,
                  languages_,    "Hill Street Clinic",
                  "+1 555 0100", "https://portal.example"};
  std::vector<SentCode> codes_;
  SentCodes codes_kept_{memory_record_store(), {}, bench_.pepper, bench_.clock};
  SentDoor door_{{bench_.clock,
                  {"clinic.example"},
                  [this](const SentCode& code) -> Status {
                    codes_.push_back(code);
                    return {};
                  },
                  codes_kept_,
                  bench_.guesses,
                  sessions_,
                  bench_.journal}};
  SentPages pages_{{site_, bench_.desk, door_, bench_.clock}};
  std::string cookie_, token_;
};

TEST_F(SentPagesTest, NothingIsShownBeforeTheCode) {
  for (const std::string& path : {std::string(), std::string("/messages"), own()}) {
    const Response response = get(path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_NE(response.body.find("name=\"address\""), std::string::npos) << path;
    EXPECT_EQ(response.body.find("pat@example.org"), std::string::npos) << path;
  }
  for (const char* action : {"/retract", "/extend", "/resend", "/unlock"}) {
    EXPECT_EQ(post(own() + action, {{"token", ""}}).status, 403) << action;
  }
  EXPECT_TRUE(bench_.writer.done.empty());
  EXPECT_EQ(get("/nothing").status, 404);
  EXPECT_EQ(pages_.handle(request(Method::get, "/sentx"), "x").status, 404);
}

TEST_F(SentPagesTest, ForeignAndUnknownAddressesGetTheSamePage) {
  const auto page_for = [this](const std::string& address) {
    std::string body = post("/code", {{"address", address}}).body;
    const auto mark = body.find("name=\"reference\" value=\"");
    const std::string reference = body.substr(mark + 24, 9);
    for (const std::string& own : {reference, address}) {
      for (auto at = body.find(own); at != std::string::npos; at = body.find(own)) {
        body.replace(at, own.size(), "*");
      }
    }
    return body;
  };
  const std::string known = page_for("lab@clinic.example");
  EXPECT_EQ(page_for("nobody@clinic.example"), known);
  EXPECT_EQ(page_for("pat@example.org"), known);
  EXPECT_EQ(post("/login", {{"address", "pat@example.org"}, {"code", "12345678"}}).status, 403);
}

TEST_F(SentPagesTest, ListAndMessageInPlainWords) {
  const auto& facts = bench_.vault.entries.at(bench_.id).facts;
  ASSERT_TRUE(record_events(bench_.indexed, facts, "", {audit::Event::shown}));
  sign_in();
  use_time_zone("America/New_York");
  const std::string list = get("/messages").body;
  use_time_zone("Etc/UTC");
  EXPECT_NE(list.find("pat@example.org"), std::string::npos);
  EXPECT_NE(list.find("Opened on November 21, 2026, 07:00 EST"), std::string::npos);
  EXPECT_NE(list.find("1 message<"), std::string::npos);
  const std::string page = get(own()).body;
  EXPECT_NE(page.find("It was opened."), std::string::npos);
  EXPECT_EQ((list + page).find("Your result"), std::string::npos) << "not even the subject";
  EXPECT_EQ(get("/messages", {{"state", "unread"}}).body.find("pat@"), std::string::npos);
  EXPECT_EQ(get("/messages", {{"to", "x@example.org"}}).body.find("pat@example"),
            std::string::npos);
  EXPECT_EQ(get("/messages", {{"from", "999999999999999999999"}}).status, 200);
}

TEST_F(SentPagesTest, AnothersMessageLooksLikeNone) {
  sign_in();
  const std::string unknown = get("/message/" + std::string(32, 'c')).body;
  for (const std::string& id :
       {std::string(32, 'b'), std::string(32, 'c'), std::string("../x"), std::string()}) {
    const Response shown = get("/message/" + id);
    EXPECT_EQ(shown.status, 404) << id;
    EXPECT_EQ(shown.body, unknown) << id;
    for (const char* action : {"/retract", "/extend", "/resend", "/unlock"}) {
      EXPECT_EQ(post("/message/" + id + action, {{"token", token_}, {"days", "7"}}).status, 404)
          << id << action;
    }
  }
  EXPECT_TRUE(bench_.writer.done.empty());
  EXPECT_TRUE(bench_.mailed.empty());
  EXPECT_EQ(get("/messages").body.find("script@"), std::string::npos);
}

TEST_F(SentPagesTest, EachButtonDoesWhatItSays) {
  sign_in();
  struct Case {
    const char *action, *done;
  };
  for (const Case& each :
       {Case{"resend", "resend"}, Case{"resend", "too_soon"}, Case{"unlock", "unlock"},
        Case{"extend", "extend"}, Case{"retract", "retract"}, Case{"resend", "gone"}}) {
    const Response response = post(own() + "/" + each.action, {{"token", token_}, {"days", "90"}});
    EXPECT_EQ(response.status, 303) << each.action;
    EXPECT_EQ(header(response, "Location"), "/sent" + own() + "?done=" + each.done);
    EXPECT_NE(get(own(), {{"done", each.done}}).body.find("role=\"status\""), std::string::npos);
  }
  EXPECT_EQ(bench_.mailed.size(), 1U);
  EXPECT_EQ(bench_.writer.done,
            (std::vector<std::string>{"unlock lab@clinic.example",
                                      "extend lab@clinic.example 2027-02-19T12:00:00.000000Z",
                                      "retract lab@clinic.example"}));
  EXPECT_EQ(bench_.journal.events(), "signed_in resent extended");
  EXPECT_EQ(bench_.journal.records().back().login, "lab@clinic.example");
}

TEST_F(SentPagesTest, WithoutTheTokenOrFromElsewhereNothingHappens) {
  sign_in();
  for (const std::string& token : {std::string(), std::string("x"), token_ + "x"}) {
    EXPECT_EQ(post(own() + "/retract", {{"token", token}}).status, 403);
  }
  Request foreign = request(Method::post, "/sent" + own() + "/retract");
  foreign.form = {{"token", token_}};
  foreign.headers.insert_or_assign("sec-fetch-site", "cross-site");
  EXPECT_EQ(pages_.handle(foreign, own() + "/retract").status, 403);
  EXPECT_EQ(post(own() + "/delete", {{"token", token_}}).status, 404);
  EXPECT_EQ(post(own() + "/extend", {{"token", token_}, {"days", "3650"}}).status, 303);
  EXPECT_TRUE(bench_.writer.done.empty()) << "only the days that the page offers";
}

TEST_F(SentPagesTest, GetAndHeadChangeNothing) {
  sign_in();
  bench_.clock.advance(std::chrono::seconds(1));
  for (const Method method : {Method::get, Method::head}) {
    for (const char* below : {"/retract", "/extend", "/resend", "/unlock"}) {
      const std::string path = own() + below;
      EXPECT_NE(pages_.handle(request(method, "/sent" + path), path).status, 303);
    }
    EXPECT_EQ(pages_.handle(request(method, "/sent/logout"), "/logout").status, 303);
  }
  EXPECT_TRUE(bench_.writer.done.empty());
  EXPECT_TRUE(door_.find(cookie_).has_value()) << "signing out is a POST, too";
}

TEST_F(SentPagesTest, SigningOutEndsTheSession) {
  sign_in();
  const Response response = post("/logout", {{"token", token_}});
  EXPECT_EQ(response.status, 303);
  EXPECT_NE(header(response, "Set-Cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(get("/messages").status, 403);
}

TEST_F(SentPagesTest, OneAddressOfManySeesItsOwnPages) {
  sign_in("other@clinic.example");
  const std::string list = get("/messages").body;
  EXPECT_NE(list.find("&lt;script&gt;@example.org"), std::string::npos);
  EXPECT_EQ(list.find("pat@example.org"), std::string::npos);
}

}  // namespace
}  // namespace phimilter::portal
