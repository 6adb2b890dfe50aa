// SPDX-License-Identifier: Apache-2.0
//
// The way through the portal as requests and responses, without sockets.
#include "portal/site.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "portal/fakes.h"

namespace phimilter::portal {
namespace {

constexpr const char* kMessage =
    "From: Lab <lab@clinic.example>\r\nSubject: Result <b>\r\nDate: Sat, 21 Nov 2026 12:00:00 "
    "+0000\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    "--x\r\nContent-Type: text/html\r\n\r\n<p>fine</p><img "
    "src=https://evil.example/p.gif><script>1</script>\r\n"
    "--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
    "filename=\"r.pdf\"\r\n\r\nPDF\r\n--x--\r\n";

class SiteTest : public ::testing::Test {
 protected:
  SiteTest() {
    FakeVault::Entry entry = bench_.vault.entries.at(bench_.id);
    bench_.vault.entries.clear();
    bench_.states.states.clear();
    id_ = escrow::id_of_link_secret(secret_);
    entry.facts = test_facts(*id_);
    entry.message = kMessage;
    bench_.vault.entries.emplace(*id_, entry);
  }

  Request request(Method method, const std::string& path) {
    Request made;
    made.method = method;
    made.path = path;
    made.secure = true;
    made.peer = "192.0.2.1";
    if (!cookie_.empty()) {
      made.cookies.emplace("__Host-phi", cookie_);
    }
    return made;
  }
  Response get(const std::string& below = "") {
    return site_.handle(request(Method::get, link_ + below));
  }
  Response post(const std::string& below, Fields form) {
    Request made = request(Method::post, link_ + below);
    made.form = std::move(form);
    return site_.handle(made);
  }
  // Proves, and keeps the cookie and the form token.
  void sign_in() {
    const Response response = post("/proof", {{"answer", "3/7/1961"}});
    ASSERT_EQ(response.status, 303);
    EXPECT_EQ(header(response, "Location"), link_ + "/message");
    const std::string cookie = header(response, "Set-Cookie");
    ASSERT_TRUE(cookie.starts_with("__Host-phi="));
    cookie_ = cookie.substr(11, 43);
    const std::string page = get("/message").body;
    const std::string mark = "name=\"token\" value=\"";
    token_ = page.substr(page.find(mark) + mark.size(), 43);
  }
  static std::string header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) {
        return value;
      }
    }
    return {};
  }

  static std::string bytes_of(const Response& response) {
    return response.stream ? read_all(*response.stream, 1 << 20).value_or("fault") : "no stream";
  }

  AccessBench bench_;
  Sessions sessions_{bench_.clock};
  Languages languages_ = std::move(*load_languages());
  Site site_{{bench_.access, sessions_, bench_.vault, bench_.journal, languages_, "Maple Clinic",
              "+1 555 010 0199", "https://portal.example"}};
  const std::string secret_ = std::string(42, 'q') + "Q";
  const std::string link_ = "/m/" + secret_;
  std::optional<EscrowId> id_;
  std::string cookie_, token_;
};

TEST_F(SiteTest, GetAndHeadChangeNothing) {
  const auto proof = bench_.vault.entries.at(*id_).proof;
  for (const std::string below : {"", "/message", "/body", "/proof", "/code", "/attachment/1",
                                  "/original", "/logout", "/x", "/../../etc/passwd"}) {
    for (const Method method : {Method::get, Method::head}) {
      const Response response = site_.handle(request(method, link_ + below));
      EXPECT_LT(response.status, 500) << below;
      EXPECT_EQ(response.body.find("fine"), std::string::npos) << below;
    }
  }
  EXPECT_EQ(bench_.journal.events(), "");
  EXPECT_EQ(bench_.states.saves, 0);
  EXPECT_EQ(bench_.vault.entries.at(*id_).proof, proof);
  EXPECT_TRUE(bench_.mailed_codes.empty());
  EXPECT_EQ(sessions_.sweep(), 0U);
}

TEST_F(SiteTest, ManyAtOnceAreToldToComeAgainInAMinute) {
  SlowHash no_time(bench_.pepper, 0, 0);
  Access busy(bench_.parts(nullptr, {}, no_time));
  Site site{{busy, sessions_, bench_.vault, bench_.journal, languages_, "Maple Clinic",
             "+1 555 010 0199", "https://portal.example"}};
  for (const auto& [language, said] :
       {std::pair("en", "Many people are opening messages"), std::pair("es", "Muchas personas")}) {
    Request made = request(Method::post, link_ + "/proof");
    made.form = {{"answer", "3/7/1961"}, {"lang", language}};
    const Response response = site.handle(made);
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(header(response, "Retry-After"), "60");
    EXPECT_NE(response.body.find(said), std::string::npos) << response.body;
  }
}

// An empty sheet would say that nothing was written.
TEST_F(SiteTest, WhatCannotBePrintedIsSaidOnPaper) {
  sign_in();
  std::string& message = bench_.vault.entries.at(*id_).message;
  message = "Subject: x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n";
  for (int i = 0; i < 100'000; ++i) {
    message += "--x\r\n\r\n";
  }
  EXPECT_NE(get("/print").body.find("cannot be shown for printing"), std::string::npos);
  message = "Subject: x\r\n\r\n \r\n";
  EXPECT_NE(get("/print").body.find("no text of its own"), std::string::npos);
  message = "Subject: x\r\n\r\nwritten\r\n";
  const std::string page = get("/print").body;
  EXPECT_NE(page.find("written"), std::string::npos);
  EXPECT_EQ(page.find("cannot be shown"), std::string::npos);
}

TEST_F(SiteTest, QuestionPageShowsReferenceAndClinic) {
  const Response response = get();
  EXPECT_EQ(response.status, 200);
  for (const std::string& expected :
       {std::string("Date of birth?"), escrow::reference_of(*id_), std::string("Maple Clinic"),
        std::string("tel:+15550100199"), std::string("autocomplete=\"off\"")}) {
    EXPECT_NE(response.body.find(expected), std::string::npos) << expected;
  }
  EXPECT_EQ(response.body.find("Your result"), std::string::npos) << "no subject before proof";
  EXPECT_EQ(response.body.find("pat@example.org"), std::string::npos);
}

TEST_F(SiteTest, EveryResponseIsStrict) {
  sign_in();
  for (const std::string below : {"", "/message", "/body", "/nowhere"}) {
    const Response response = get(below);
    const std::string policy = header(response, "Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'none'")) << below;
    EXPECT_EQ(policy.find("script"), std::string::npos);
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(header(response, "Cache-Control"), "no-store");
    EXPECT_NE(header(response, "Strict-Transport-Security"), "");
    EXPECT_NE(header(response, "Permissions-Policy"), "");
    EXPECT_TRUE(header(response, "Content-Type").ends_with("; charset=utf-8")) << below;
    EXPECT_EQ(header(response, "Server"), "");
  }
  EXPECT_NE(header(get("/message"), "Content-Security-Policy").find("frame-ancestors 'none'"),
            std::string::npos);
  EXPECT_NE(header(get("/body"), "Content-Security-Policy").find("frame-ancestors 'self'"),
            std::string::npos);
  EXPECT_NE(header(get("/body"), "Content-Security-Policy").find("sandbox"), std::string::npos);
}

TEST_F(SiteTest, WrongAnswerThenRightOneThenMessage) {
  const Response wrong = post("/proof", {{"answer", "<script>1/1/1970"}});
  EXPECT_EQ(wrong.status, 403);
  EXPECT_NE(wrong.body.find("You can try 4 more times."), std::string::npos);
  EXPECT_EQ(wrong.body.find("1/1/1970"), std::string::npos) << "errors never echo input";
  sign_in();
  EXPECT_EQ(bench_.journal.events(), "challenged refused challenged verified shown");
  const Response page = get("/message");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("Result &lt;b&gt;"), std::string::npos);
  EXPECT_NE(page.body.find("r.pdf"), std::string::npos);
  EXPECT_NE(page.body.find("A picture from the internet is not loaded"), std::string::npos);
  const Response body = get("/body");
  EXPECT_NE(body.body.find("<p>fine</p>"), std::string::npos);
  EXPECT_EQ(body.body.find("evil.example"), std::string::npos);
  EXPECT_EQ(get().status, 303) << "the link leads back into the session";
}

TEST_F(SiteTest, CookieIsStrict) {
  const Response response = post("/proof", {{"answer", "3/7/1961"}});
  EXPECT_TRUE(header(response, "Set-Cookie").ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"));
  Request plain = request(Method::post, link_ + "/proof");
  plain.secure = false;
  plain.form = {{"answer", "3/7/1961"}};
  const std::string cookie = header(site_.handle(plain), "Set-Cookie");
  EXPECT_TRUE(cookie.starts_with("phi=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"))
      << cookie;
}

TEST_F(SiteTest, LockIsToldWithTheNumberToCall) {
  for (int i = 1; i < limits::kProofTries; ++i) {
    EXPECT_EQ(post("/proof", {{"answer", "no"}}).status, 403);
  }
  for (const Response& response :
       {post("/proof", {{"answer", "no"}}), post("/proof", {{"answer", "3/7/1961"}}), get()}) {
    EXPECT_EQ(response.status, 429);
    EXPECT_EQ(header(response, "Retry-After"), "900");
    EXPECT_NE(response.body.find("15 minutes"), std::string::npos);
    EXPECT_NE(response.body.find("+1 555 010 0199"), std::string::npos);
  }
}

TEST_F(SiteTest, FilesAreSavedByPostWithTokenAndRecorded) {
  sign_in();
  bench_.journal.clear();
  const Response file = post("/attachment/1", {{"token", token_}});
  EXPECT_EQ(file.status, 200);
  EXPECT_EQ(bytes_of(file), "PDF");
  EXPECT_EQ(header(file, "Content-Type"), "application/pdf");
  EXPECT_EQ(header(file, "Content-Disposition"),
            "attachment; filename=\"r.pdf\"; filename*=UTF-8''r.pdf");
  EXPECT_EQ(bytes_of(post("/original", {{"token", token_}})), kMessage);
  EXPECT_EQ(bench_.journal.events(), "downloaded downloaded");
  bench_.journal.clear();
  for (const std::string below :
       {"/attachment/0", "/attachment/2", "/attachment/-1", "/attachment/1x",
        "/attachment/99999999999999999999", "/attachment/"}) {
    EXPECT_EQ(post(below, {{"token", token_}}).status, 404) << below;
  }
  for (const std::string& token : {std::string(), std::string("x"), token_.substr(1)}) {
    EXPECT_EQ(post("/attachment/1", {{"token", token}}).status, 403);
    EXPECT_EQ(post("/original", {{"token", token}}).status, 403);
    EXPECT_EQ(post("/logout", {{"token", token}}).status, 403);
  }
  EXPECT_EQ(bench_.journal.events(), "");
  bench_.journal.broken = true;
  const Response unrecorded = post("/attachment/1", {{"token", token_}});
  EXPECT_EQ(unrecorded.status, 503);
  EXPECT_EQ(unrecorded.stream, nullptr);
  EXPECT_EQ(unrecorded.body.find("PDF"), std::string::npos);
}

TEST_F(SiteTest, PostsFromElsewhereAreRefused) {
  sign_in();
  for (const std::string below : {"/proof", "/code", "/attachment/1", "/original", "/logout"}) {
    Request foreign = request(Method::post, link_ + below);
    foreign.form = {{"token", token_}, {"answer", "3/7/1961"}};
    foreign.headers = {{"sec-fetch-site", "cross-site"}};
    EXPECT_EQ(site_.handle(foreign).status, 403) << below;
    foreign.headers = {{"origin", "https://evil.example"}, {"host", "portal.example"}};
    EXPECT_EQ(site_.handle(foreign).status, 403) << below;
  }
}

TEST_F(SiteTest, LogoutEndsTheSession) {
  sign_in();
  const std::string old_cookie = cookie_;
  const Response out = post("/logout", {{"token", token_}});
  EXPECT_EQ(out.status, 200);
  EXPECT_NE(header(out, "Set-Cookie").find("Max-Age=0"), std::string::npos);
  cookie_ = old_cookie;
  EXPECT_EQ(get("/message").status, 403);
  EXPECT_EQ(post("/attachment/1", {{"token", token_}}).status, 403);
}

TEST_F(SiteTest, SessionServesItsOwnEntryOnly) {
  sign_in();
  const std::string other_secret = std::string(42, 'z') + "Q";
  const EscrowId other = *escrow::id_of_link_secret(other_secret);
  FakeVault::Entry entry = bench_.vault.entries.at(*id_);
  entry.facts = test_facts(other);
  entry.proof_removed = false;
  bench_.vault.entries.emplace(other, entry);
  EXPECT_EQ(site_.handle(request(Method::get, "/m/" + other_secret + "/message")).status, 403);
  EXPECT_EQ(site_.handle(request(Method::get, "/m/" + other_secret + "/body")).status, 403);
}

TEST_F(SiteTest, EndedEntriesEndSessionsToo) {
  sign_in();
  bench_.vault.entries.at(*id_).state = escrow::EntryState::retracted;
  EXPECT_EQ(get("/message").status, 410);
  EXPECT_NE(get().body.find("taken back"), std::string::npos);
  bench_.vault.entries.at(*id_).state = escrow::EntryState::expired;
  EXPECT_EQ(get().status, 410);
  EXPECT_NE(get().body.find("no longer here"), std::string::npos);
  bench_.vault.entries.at(*id_).state = escrow::EntryState::open;
  EXPECT_EQ(get("/message").status, 403) << "the session is over for good";
}

TEST_F(SiteTest, AnEndedEntrySpeaksItsLanguageWhileItIsKept) {
  bench_.vault.entries.at(*id_).facts.language = "es";
  for (const auto state : {escrow::EntryState::expired, escrow::EntryState::retracted}) {
    bench_.vault.entries.at(*id_).state = state;
    EXPECT_NE(get().body.find("<html lang=\"es\""), std::string::npos);
  }
}

TEST_F(SiteTest, UnknownAndDeletedLookAlike) {
  cookie_.clear();
  const std::string never =
      site_.handle(request(Method::get, "/m/" + std::string(42, 'A') + "A")).body;
  bench_.vault.entries.clear();
  EXPECT_EQ(get().status, 404);
  EXPECT_EQ(get().body, never);
  for (const std::string path : {"/", "/m/", "/m/short", "/m/..%2f..%2fetc", "/index.php", "/m"}) {
    EXPECT_EQ(site_.handle(request(Method::get, path)).status, 404) << path;
  }
}

TEST_F(SiteTest, FaultsShowNothing) {
  bench_.journal.broken = true;
  const Response response = post("/proof", {{"answer", "3/7/1961"}});
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header(response, "Set-Cookie"), "");
  EXPECT_EQ(sessions_.sweep(), 0U);
  bench_.journal.broken = false;
  bench_.vault.broken = true;
  EXPECT_EQ(get().status, 503);
}

TEST_F(SiteTest, CodeIsMailedByPostAndTypedIn) {
  bench_.vault.entries.at(*id_).proof.reset();
  EXPECT_NE(get().body.find("Send me the code"), std::string::npos);
  EXPECT_EQ(post("/code", {}).status, 303);
  ASSERT_EQ(bench_.mailed_codes.size(), 1U);
  const std::string page = get().body;
  EXPECT_NE(page.find("inputmode=\"numeric\""), std::string::npos);
  EXPECT_EQ(page.find(bench_.mailed_codes[0]), std::string::npos);
  EXPECT_EQ(post("/proof", {{"answer", bench_.mailed_codes[0]}}).status, 303);
  EXPECT_EQ(bench_.journal.events(), "challenged challenged verified shown");
}

TEST_F(SiteTest, LanguageStaysWithTheVisitor) {
  Request spanish = request(Method::get, link_);
  spanish.headers = {{"accept-language", "es-MX,es;q=0.9"}};
  EXPECT_NE(site_.handle(spanish).body.find("<html lang=\"es\">"), std::string::npos);
  spanish.query = {{"lang", "en"}};
  const std::string page = site_.handle(spanish).body;
  EXPECT_NE(page.find("<html lang=\"en\">"), std::string::npos);
  EXPECT_NE(page.find("?lang=es"), std::string::npos);
  EXPECT_NE(page.find("name=\"lang\" value=\"en\""), std::string::npos);
  const Response signed_in = post("/proof", {{"answer", "3/7/1961"}, {"lang", "en"}});
  EXPECT_EQ(header(signed_in, "Location"), link_ + "/message?lang=en");
}

TEST_F(SiteTest, OtherRequestsAreRefusedInWords) {
  EXPECT_EQ(site_.handle(request(Method::other, link_)).status, 405);
  Request large = request(Method::post, link_ + "/proof");
  large.too_large = true;
  EXPECT_EQ(site_.handle(large).status, 413);
  Request malformed = request(Method::post, link_ + "/proof");
  malformed.malformed = true;
  EXPECT_EQ(site_.handle(malformed).status, 400);
  EXPECT_EQ(post("/proof", {{"answer", "   "}}).status, 400);
  EXPECT_EQ(post("/proof", {{"answer", std::string(limits::kProofAnswer + 1, '1')}}).status, 403);
  EXPECT_EQ(bench_.states.states.at(*id_).wrong_tries, 1)
      << "an empty answer is no try, a long one is";
}

}  // namespace
}  // namespace phimilter::portal
