// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "policy/test_policies.h"

namespace phimilter::policy {
namespace {

using namespace std::string_literals;
using testing::body;
using testing::header;
using testing::message;
using testing::must_load;
using testing::opaque;
using testing::PolicyFolder;
using testing::recipient;
using testing::small_policy;

class Decide : public ::testing::Test {
 protected:
  std::shared_ptr<const Policy> policy(std::string_view more = "") const {
    return must_load({small_policy(folder_, more)});
  }

  static Decision decided(const Policy& policy, const extract::MessageText& text,
                          const MessageContext& context = {},
                          std::vector<RecipientFacts> facts = {recipient("a@b.example")}) {
    const Findings findings = policy.detect(text, context);
    auto decision = policy.decide(text, findings, context, facts);
    EXPECT_TRUE(decision.has_value());
    return decision ? *decision : Decision{};
  }

  static Method method(const Policy& policy, const extract::MessageText& text,
                       const MessageContext& context = {}) {
    return decided(policy, text, context).treatments.at(0).method;
  }

  static bool has_reason(const Treatment& treatment, std::string_view reason) {
    return std::any_of(
        treatment.reasons.begin(), treatment.reasons.end(),
        [&](const std::string& text) { return text.find(reason) != std::string::npos; });
  }

  PolicyFolder folder_;
  const extract::MessageText phi_ = message({body("PID1234 is sick")});
  const extract::MessageText clean_ = message({body("see you at noon")});
};

TEST_F(Decide, PhiScopeProtectsWhatARuleHits) {
  const auto rules = policy();
  const Decision hit = decided(*rules, phi_);
  EXPECT_EQ(hit.treatments.at(0).method, Method::portal);
  EXPECT_TRUE(has_reason(hit.treatments[0], "rule near"));
  EXPECT_EQ(hit.rules.at(0).findings.size(), 2U);
  EXPECT_EQ(hit.policy_version, rules->version());
  EXPECT_EQ(hit.policy_version.size(), 16U);
  EXPECT_EQ(method(*rules, clean_), Method::pass);
}

TEST_F(Decide, WhatARouteHoldsLeavesProtectedOnceItIsReleased) {
  const auto rules = policy("[[route]]\nid = \"h\"\nmethods = [\"hold\"]\n");
  MessageContext context;
  EXPECT_EQ(method(*rules, phi_, context), Method::hold);
  context.released = true;
  EXPECT_EQ(method(*rules, phi_, context), Method::portal);
  const auto both = policy("[[route]]\nid = \"h\"\nmethods = [\"pgp\", \"hold\"]\n");
  auto keyed = recipient("a@b.example");
  keyed.pgp = {.state = KeyState::valid, .fingerprint = testing::fingerprint(), .source = "gnupg"};
  EXPECT_EQ(decided(*both, phi_, context, {keyed}).treatments.at(0).method, Method::pgp);
}

TEST_F(Decide, InternalRecipientsPass) {
  auto inside = recipient("c@clinic.example");
  inside.internal = true;
  const Decision decision = decided(*policy(), phi_, {}, {inside, recipient("a@b.example")});
  EXPECT_EQ(decision.treatments.at(0).method, Method::pass);
  EXPECT_EQ(decision.treatments.at(1).method, Method::portal);
}

TEST_F(Decide, EveryOpaqueReasonProtects) {
  const auto rules = policy();
  for (const auto reason :
       {extract::Opaque::encrypted, extract::Opaque::broken, extract::Opaque::ambiguous,
        extract::Opaque::limit, extract::Opaque::image, extract::Opaque::unknown,
        extract::Opaque::failed}) {
    const Decision decision = decided(*rules, message({body("hello"), opaque(reason)}));
    EXPECT_EQ(decision.treatments.at(0).method, Method::portal) << to_string(reason);
    EXPECT_EQ(decision.rules.at(0).rule, "unreadable");
  }
}

TEST_F(Decide, IncompleteFindingsProtectAsSensitive) {
  Findings findings;
  findings.complete = false;
  const std::vector<RecipientFacts> facts{recipient("a@b.example")};
  const auto decision = policy()->decide(clean_, findings, {}, facts);
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(decision->treatments.at(0).method, Method::portal);
  EXPECT_TRUE(decision->sensitive);
  EXPECT_TRUE(has_reason(decision->treatments[0], "limit"));
}

TEST_F(Decide, MoreFindingsThanTheLimitAreIncomplete) {
  std::string text;
  for (int i = 0; i < 10'050; ++i) {
    text += "sick\n";
  }
  const auto rules = policy();
  const Findings findings = rules->detect(message({body(text)}), {});
  EXPECT_FALSE(findings.complete);
  EXPECT_EQ(findings.items.size(), 10'000U);
  EXPECT_EQ(method(*rules, message({body(text)})), Method::portal);
}

TEST_F(Decide, EncryptedBySenderIsExemptWhileTheClearHeadersHoldNothing) {
  const auto rules = policy();
  extract::MessageText sealed =
      message({header("Subject: hello\n"), opaque(extract::Opaque::encrypted)});
  sealed.already_encrypted = true;
  const Decision exempt = decided(*rules, sealed);
  EXPECT_EQ(exempt.treatments.at(0).method, Method::pass);
  EXPECT_TRUE(has_reason(exempt.treatments[0], "already encrypted by the sender"));

  struct Case {
    std::string subject;
    extract::Opaque reason;
  };
  const Case cases[] = {{"PID1234 is sick", extract::Opaque::encrypted},
                        {"PID1234", extract::Opaque::encrypted},
                        {"very ill", extract::Opaque::encrypted},
                        {"hello", extract::Opaque::broken},
                        {"hello", extract::Opaque::ambiguous}};
  for (const Case& row : cases) {
    sealed.parts = {header("Subject: " + row.subject + "\n"), opaque(row.reason)};
    EXPECT_EQ(method(*rules, sealed), Method::portal)
        << row.subject << " " << to_string(row.reason);
  }
  sealed.parts = {header("Subject: hello\n"), opaque(extract::Opaque::encrypted)};
  sealed.already_encrypted = false;
  EXPECT_EQ(method(*rules, sealed), Method::portal);
}

TEST_F(Decide, ScopeAllProtectsUnlessARuleLetsPass) {
  const auto rules = policy(R"(
[[rule]]
id = "newsletter"
sender = ["news@clinic.example"]
action = "pass"
[scope]
default = "all"
)");
  EXPECT_EQ(method(*rules, clean_), Method::portal);
  MessageContext news;
  news.sender = "news@clinic.example";
  EXPECT_EQ(method(*rules, clean_, news), Method::pass);
  EXPECT_EQ(method(*rules, phi_, news), Method::portal);
  EXPECT_EQ(method(*rules, message({body("a secret")}), news), Method::portal);
  extract::MessageText sealed = message({opaque(extract::Opaque::encrypted)});
  sealed.already_encrypted = true;
  EXPECT_EQ(method(*rules, sealed), Method::pass);
}

TEST_F(Decide, ScopeMonitorChangesNothingAndSaysWhatItWould) {
  const auto rules = policy("[scope]\ndefault = \"monitor\"\n");
  const Decision decision = decided(*rules, phi_);
  EXPECT_EQ(decision.scope, Scope::monitor);
  EXPECT_EQ(decision.treatments.at(0).method, Method::pass);
  EXPECT_EQ(decision.would_have.at(0).method, Method::portal);

  auto nowhere = recipient("a@b.example");
  nowhere.portal = false;
  const Decision stuck = decided(*rules, phi_, {}, {nowhere});
  EXPECT_EQ(stuck.treatments.at(0).method, Method::pass);
  EXPECT_TRUE(has_reason(stuck.would_have.at(0), "deferred"));
}

TEST_F(Decide, ScopeBySender) {
  const auto rules = policy(R"(
[scope]
default = "phi"
[[scope.sender]]
address = "Results@lab.example"
scope = "all"
[[scope.sender]]
domain = "lab.example"
scope = "monitor"
[[scope.sender]]
login = "batch"
scope = "all"
)");
  struct Case {
    std::string sender;
    std::string domain;
    std::string login;
    Scope expected;
  };
  const Case cases[] = {{"results@lab.example", "lab.example", "", Scope::all},
                        {"other@lab.example", "lab.example", "", Scope::monitor},
                        {"other@clinic.example", "clinic.example", "", Scope::phi},
                        {"other@clinic.example", "clinic.example", "batch", Scope::all},
                        {"", "", "", Scope::phi}};
  for (const Case& row : cases) {
    MessageContext context;
    context.sender = row.sender;
    context.sender_domain = row.domain;
    context.login = row.login;
    EXPECT_EQ(decided(*rules, clean_, context).scope, row.expected) << row.sender << row.login;
  }
}

TEST_F(Decide, HoldAndRejectAreForExternalRecipients) {
  for (const auto& [action, expected] :
       {std::pair{"hold"s, Method::hold}, std::pair{"reject"s, Method::reject}}) {
    const auto rules =
        policy("[[rule]]\nid = \"stop\"\nneed = [{ classes = [\"health.test\"] }]\naction = \"" +
               action + "\"\n");
    auto inside = recipient("c@clinic.example");
    inside.internal = true;
    const Decision decision = decided(*rules, phi_, {}, {recipient("a@b.example"), inside});
    EXPECT_EQ(decision.treatments.at(0).method, expected);
    EXPECT_EQ(decision.treatments.at(1).method, Method::pass);
    EXPECT_EQ(decision.rules.at(0).rule, "stop");
  }
}

TEST_F(Decide, SensitiveMessagesDoNotTakeForbiddenMethods) {
  const auto rules = policy("[sensitive]\nnever = [\"tls\"]\n");
  auto partner = recipient("a@b.example");
  partner.tls.state = TlsState::proved;
  EXPECT_EQ(decided(*rules, phi_, {}, {partner}).treatments.at(0).method, Method::tls);
  const Decision secret = decided(*rules, message({body("PID1234 secret")}), {}, {partner});
  EXPECT_TRUE(secret.sensitive);
  EXPECT_EQ(secret.treatments.at(0).method, Method::portal);
}

TEST_F(Decide, NoMethodLeftIsTransient) {
  const auto rules = policy();
  auto nowhere = recipient("a@b.example");
  nowhere.portal = false;
  const std::vector<RecipientFacts> facts{recipient("x@y.example"), nowhere};
  const auto decision = rules->decide(phi_, rules->detect(phi_, {}), {}, facts);
  ASSERT_FALSE(decision.has_value());
  EXPECT_EQ(decision.error().kind, FaultKind::transient);
  EXPECT_EQ(decision.error().describe().find("y.example"), std::string::npos);
}

TEST_F(Decide, FindingsPointIntoTheOriginalText) {
  const auto rules = policy();
  const extract::MessageText text = message({body("caf\u00e9 PID\uff11234 very\nill")});
  const Findings findings = rules->detect(text, {});
  ASSERT_EQ(findings.items.size(), 2U);
  const Finding& number = findings.items[0];
  EXPECT_EQ(text.parts[0].text.substr(number.offset, number.length), "\uff11234");
  EXPECT_EQ(masked(text, number), "aaa999");
  EXPECT_EQ(findings.counts().at("id.test"), 1U);
  EXPECT_EQ(identifier_texts(text, findings), std::vector<std::string_view>{"\uff11234"});
}

TEST_F(Decide, IdentifierTextsAreNumbersAndSureNames) {
  const extract::MessageText text =
      message({body("12345678 Jane Doe John Roe a@b.example 1234 sick")});
  Findings findings;
  findings.items = {{"d", "id.ssn", 0, 0, 8, 50},    {"d", "id.name", 0, 9, 8, 80},
                    {"d", "id.name", 0, 18, 8, 60},  {"d", "id.email", 0, 27, 11, 90},
                    {"d", "id.mrn", 0, 39, 4, 90},   {"d", "health.test", 0, 44, 4, 90},
                    {"d", "id.ssn", 0, 0, 8, 90},    {"d", "id.ssn", 9, 0, 8, 90},
                    {"d", "id.ssn", 0, 40, 500, 90}, {"d", "id.recipient", 0, 0, 0, 60}};
  EXPECT_EQ(identifier_texts(text, findings),
            (std::vector<std::string_view>{"12345678", "Jane Doe"}));
}

TEST_F(Decide, ManyThreadsShareAPolicy) {
  const auto rules = policy();
  std::vector<std::thread> threads;
  std::vector<int> hits(4, 0);
  for (std::size_t i = 0; i < hits.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 200; ++round) {
        hits[i] += method(*rules, round % 2 == 0 ? phi_ : clean_) == Method::portal ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(hits, std::vector<int>(4, 100));
}

TEST_F(Decide, ExplainNamesTheNearestRule) {
  const auto rules = policy();
  const auto text = message({body("PID1234 is well")});
  const auto reports = rules->explain(text, rules->detect(text, {}), {});
  const RuleReport* nearest = nearest_miss(reports);
  ASSERT_NE(nearest, nullptr);
  EXPECT_EQ(nearest->rule, "near");
}

}  // namespace
}  // namespace phimilter::policy
