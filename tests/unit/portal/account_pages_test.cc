// SPDX-License-Identifier: Apache-2.0
#include "portal/account_pages.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "portal/fakes.h"
#include "portal/run_tool.h"
#include "portal/site.h"
#include "portal/totp.h"

namespace phimilter::portal {
namespace {

const std::string kGood = "lamp river 9 goats", kOther = "four quiet blue kettles";

struct AccountPagesTest : ::testing::Test {
  AccessBench bench;
  TempFolder temp;
  escrow::AttachedAddresses attached{temp.path()};
  AccountStore store{memory_record_store(), bench.pepper};
  PassphraseRules rules = *PassphraseRules::open(12, "");
  std::vector<std::string> mails;
  Accounts accounts{{store, bench.slow_hash, bench.guesses, rules, bench.clock, bench.pepper,
                     "Maple Clinic",
                     [this](AccountMail, const std::string& address, const std::string&,
                            const std::string&) { mails.push_back(address); },
                     [](const mail::Address&) { return false; }}};
  MessageIndex index{bench.clock};
  Sessions sessions{bench.clock};
  AccountDesk desk{accounts, index, bench.vault, sessions, &attached};
  Languages languages = std::move(*load_languages());
  Site site{{bench.access, sessions, bench.vault, bench.journal, languages, "Maple Clinic",
             "+1 555 010 0199", "https://portal.example", nullptr, nullptr, nullptr, &desk}};
  std::string cookie;

  Response send(Method method, const std::string& path, const Fields& form = {}) {
    Request request;
    request.method = method;
    request.path = path;
    request.form = form;
    request.secure = true;
    request.peer = "192.0.2.1";
    request.headers = {{"origin", "https://portal.example"}};
    if (!cookie.empty()) {
      request.cookies = {{"__Host-phi", cookie}};
    }
    Response response = site.handle(request);
    for (const auto& [name, value] : response.headers) {
      if (name == "Set-Cookie" && value.starts_with("__Host-phi=")) {
        cookie = value.substr(11, value.find(';') - 11);
      }
    }
    return response;
  }
  static std::string token_in(const std::string& page) {
    const std::string mark = "name=\"token\" value=\"";
    const std::size_t at = page.find(mark);
    return at == std::string::npos ? "" : page.substr(at + mark.size(), 43);
  }
  std::string token(const std::string& path) { return token_in(send(Method::get, path).body); }
  void make(const std::string& address = "pat@example.org") {
    ASSERT_EQ(accounts.make(*mail::Address::parse(address), kGood, "en")->kind,
              NewPassphrase::Kind::taken);
    mails.clear();
  }
  Response sign_in(const std::string& address = "pat@example.org",
                   const std::string& passphrase = kGood, const std::string& code = {}) {
    return send(Method::post, "/account/signin",
                {{"address", address}, {"passphrase", passphrase}, {"code", code}});
  }
  EscrowId add_entry(char digit, const std::string& recipient, bool question) {
    const EscrowId id = *EscrowId::parse(std::string(32, digit));
    FakeVault::Entry entry = bench.vault.entries.at(bench.id);
    entry.facts = test_facts(id);
    entry.facts.recipient = recipient;
    if (!question) {
      entry.proof.reset();
    }
    bench.vault.entries.insert_or_assign(id, entry);
    bench.clock.advance(std::chrono::seconds(5));  // the index looks again
    return id;
  }
};

TEST_F(AccountPagesTest, WhoIsSignedInSeesAndOpensTheirMessagesAlone) {
  const EscrowId coded = add_entry('1', "PAT@example.org", false);
  const EscrowId asked = add_entry('2', "pat@example.org", true);
  const EscrowId others = add_entry('3', "sam@example.org", false);
  make();
  ASSERT_EQ(sign_in().status, 303);
  const std::string page = send(Method::get, "/account").body;
  EXPECT_NE(page.find(coded.str()), std::string::npos);
  EXPECT_NE(page.find(asked.str()), std::string::npos);
  EXPECT_EQ(page.find(others.str()), std::string::npos);
  const std::string token = token_in(page);
  EXPECT_EQ(send(Method::post, "/a/" + coded.str() + "/open", {{"token", "x"}}).status, 403);
  EXPECT_EQ(bench.journal.events(), "");
  const Response opened = send(Method::post, "/a/" + coded.str() + "/open", {{"token", token}});
  EXPECT_EQ(opened.status, 303);
  EXPECT_EQ(bench.journal.events(), "challenged verified shown");
  EXPECT_NE(send(Method::get, "/a/" + coded.str() + "/message").body.find("hello"),
            std::string::npos);
  EXPECT_EQ(send(Method::get, "/a/" + asked.str() + "/message").status, 403);
  EXPECT_NE(send(Method::get, "/a/" + asked.str()).body.find("Date of birth?"), std::string::npos)
      << "the sender's question stays";
  send(Method::post, "/a/" + asked.str() + "/open", {{"token", token}});
  EXPECT_EQ(bench.journal.events(), "challenged verified shown");
}

TEST_F(AccountPagesTest, WhatIsSomebodyElsesLooksAsIfItWereNotThere) {
  const EscrowId others = add_entry('3', "sam@example.org", false);
  make();
  sign_in();
  const std::string never = send(Method::get, "/a/" + std::string(32, '9')).body;
  for (const std::string below : {"", "/message", "/body"}) {
    EXPECT_EQ(send(Method::get, "/a/" + others.str() + below).body, never) << below;
  }
  for (const std::string below : {"/open", "/proof", "/code", "/original", "/attachment/1"}) {
    EXPECT_EQ(send(Method::post, "/a/" + others.str() + below, {{"answer", "x"}}).status, 404)
        << below;
  }
  EXPECT_TRUE(bench.mailed_codes.empty());
  cookie.clear();
  EXPECT_EQ(send(Method::get, "/a/" + others.str()).status, 303) << "to where one signs in";
  EXPECT_EQ(send(Method::get, "/a/" + std::string(32, '9')).status, 303);
}

TEST_F(AccountPagesTest, WhatIsBoundToItsLinkOpensFromItsNoticeAlone) {
  const EscrowId coded = add_entry('1', "PAT@example.org", false);
  const EscrowId asked = add_entry('2', "pat@example.org", true);
  make();
  ASSERT_EQ(sign_in().status, 303);
  const std::string token = token_in(send(Method::get, "/account").body);
  bench.vault.entries.at(coded).facts.bound = true;
  const std::string page = send(Method::get, "/account").body;
  EXPECT_NE(page.find("Open it by the link in the e-mail that you got."), std::string::npos);
  EXPECT_EQ(page.find("/a/" + coded.str() + "/open"), std::string::npos);
  EXPECT_NE(page.find("/a/" + asked.str() + "/open"), std::string::npos);
  for (const char* below : {"", "/message"}) {
    const Response response = send(Method::get, "/a/" + coded.str() + below);
    EXPECT_EQ(response.status, 403);
    EXPECT_NE(response.body.find("Open it from the e-mail that you got"), std::string::npos);
    EXPECT_NE(response.body.find("+1 555 010 0199"), std::string::npos);
  }
  const Response opened = send(Method::post, "/a/" + coded.str() + "/open", {{"token", token}});
  EXPECT_EQ(opened.status, 403);
  EXPECT_EQ(bench.journal.events(), "");
}

TEST_F(AccountPagesTest, AnAttachedAddressOpensASharedMailboxsMessages) {
  const EscrowId shared = add_entry('4', "office@practice.example", false);
  make("anna@practice.example");
  sign_in("anna@practice.example");
  EXPECT_EQ(send(Method::get, "/a/" + shared.str()).status, 404);
  temp.write(hex(sha256("office@practice.example")) + "-" + hex(sha256("anna@practice.example")) +
                 ".attached",
             "");
  EXPECT_EQ(send(Method::get, "/a/" + shared.str()).status, 200);
  EXPECT_NE(send(Method::get, "/account").body.find(shared.str()), std::string::npos);
}

TEST_F(AccountPagesTest, WrongSignInsLookTheSame) {
  make();
  const Response wrong = sign_in("pat@example.org", kOther);
  const Response nobody = sign_in("nobody@example.org", kOther);
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(nobody.status, 403);
  EXPECT_EQ(wrong.body, nobody.body);
  EXPECT_EQ(wrong.headers, nobody.headers);
  EXPECT_EQ(sign_in("not an address", kOther).body, nobody.body);
  EXPECT_TRUE(mails.empty());
}

TEST_F(AccountPagesTest, MadeOnlyWithAMessageOpen) {
  const std::string secret = std::string(42, 'q') + "Q";
  const EscrowId id = *escrow::id_of_link_secret(secret);
  FakeVault::Entry entry = bench.vault.entries.at(bench.id);
  entry.facts = test_facts(id);
  bench.vault.entries.emplace(id, entry);
  const std::string link = "/m/" + secret;
  send(Method::post, link + "/account", {{"new_passphrase", kGood}});
  EXPECT_FALSE(*accounts.find(accounts.name_of("pat@example.org")));
  ASSERT_EQ(send(Method::post, link + "/proof", {{"answer", "3/7/1961"}}).status, 303);
  const std::string page = send(Method::get, link + "/account").body;
  EXPECT_NE(page.find("pat@example.org"), std::string::npos);
  EXPECT_EQ(send(Method::post, link + "/account", {{"new_passphrase", kGood}}).status, 403)
      << "no token";
  const Fields form = {{"new_passphrase", "short"}, {"token", token_in(page)}};
  EXPECT_EQ(send(Method::post, link + "/account", form).status, 400);
  const Fields good = {{"new_passphrase", kGood}, {"token", token_in(page)}};
  const Response made = send(Method::post, link + "/account", good);
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(send(Method::post, link + "/account", good).body, made.body) << "there is one already";
  EXPECT_EQ(mails.size(), 2U);
}

TEST_F(AccountPagesTest, GetChangesNothing) {
  make();
  sign_in();
  const Account before = **accounts.find(accounts.name_of("pat@example.org"));
  for (const std::string below :
       {"", "/signin", "/signout", "/everywhere", "/settings", "/passphrase", "/remove",
        "/authenticator", "/authenticator/confirm", "/forgotten", "/reset", "/x", "x"}) {
    EXPECT_LT(send(Method::get, "/account" + below).status, 500) << below;
  }
  EXPECT_EQ(**accounts.find(accounts.name_of("pat@example.org")), before);
  EXPECT_NE(token("/account"), "") << "still signed in";
  EXPECT_TRUE(mails.empty());
}

TEST_F(AccountPagesTest, SettingsNeedTheTokenAndEndOtherSessions) {
  make();
  sign_in();
  const std::string form_token = token("/account/settings");
  for (const std::string path : {"/signout", "/everywhere", "/passphrase", "/remove",
                                 "/authenticator", "/authenticator/remove"}) {
    EXPECT_EQ(send(Method::post, "/account" + path, {{"passphrase", kGood}}).status, 403) << path;
  }
  const std::string first = cookie;
  cookie.clear();
  sign_in();
  const std::string second = cookie;
  cookie = first;
  EXPECT_NE(send(Method::get, "/account").body.find("another device"), std::string::npos);
  cookie = second;
  const Fields change = {
      {"token", token("/account/settings")}, {"passphrase", kGood}, {"new_passphrase", kOther}};
  EXPECT_EQ(send(Method::post, "/account/passphrase", change).status, 200);
  EXPECT_EQ(token("/account"), "") << "signed out everywhere";
  EXPECT_EQ(sign_in("pat@example.org", kOther).status, 303);
}

TEST_F(AccountPagesTest, AnAuthenticatorIsSetUpInThePages) {
  make();
  sign_in();
  const Fields begin = {{"token", token("/account/settings")}, {"passphrase", kGood}};
  ASSERT_EQ(send(Method::post, "/account/authenticator", begin).status, 303);
  const std::string page = send(Method::get, "/account/authenticator").body;
  EXPECT_NE(page.find("<svg"), std::string::npos);
  const Secret secret =
      std::move(**accounts.pending_authenticator(accounts.name_of("pat@example.org")));
  EXPECT_NE(
      page.find(base32(secret.span()).substr(0, 4) + " " + base32(secret.span()).substr(4, 4)),
      std::string::npos);
  const std::string before = cookie;
  const Response confirmed =
      send(Method::post, "/account/authenticator/confirm",
           {{"token", token_in(page)}, {"code", totp_code(secret, totp_step(bench.clock.now()))}});
  EXPECT_EQ(confirmed.status, 200);
  EXPECT_NE(confirmed.body.find("<code>"), std::string::npos);
  EXPECT_NE(cookie, before) << "more is granted under another cookie";
  EXPECT_EQ(send(Method::get, "/account/authenticator").status, 303) << "shown once";
}

}  // namespace
}  // namespace phimilter::portal
