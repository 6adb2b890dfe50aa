// SPDX-License-Identifier: Apache-2.0
#include "policy/routing.h"

#include <gtest/gtest.h>

#include "policy/test_policies.h"

namespace phimilter::policy {
namespace {

using testing::fingerprint;
using testing::recipient;

KeyFact key(KeyState state) {
  KeyFact out;
  out.state = state;
  if (state == KeyState::valid || state == KeyState::expired) {
    out.fingerprint = fingerprint();
  }
  return out;
}

std::string chosen(const std::vector<Method>& methods, const RecipientFacts& facts,
                   const std::vector<Method>& forbidden = {}) {
  const auto treatment = choose_method(methods, forbidden, facts);
  if (!treatment) {
    EXPECT_EQ(treatment.error().kind, FaultKind::transient);
    EXPECT_EQ(treatment.error().id, "policy.undecided");
    return "undecided";
  }
  return std::string(to_string(treatment->method));
}

constexpr KeyState kStates[] = {KeyState::none,    KeyState::valid,    KeyState::expired,
                                KeyState::revoked, KeyState::unusable, KeyState::unknown};

// Written down from the rules, not from the code: the first valid key in the list's order; an
// unknown one before it leaves the portal only.
TEST(Routing, EveryPairOfKeyStates) {
  for (const KeyState smime : kStates) {
    for (const KeyState pgp : kStates) {
      for (const bool portal : {true, false}) {
        RecipientFacts facts = recipient("a@b.example");
        facts.smime = key(smime);
        facts.pgp = key(pgp);
        facts.portal = portal;
        const std::string expected = smime == KeyState::valid ? "smime"
                                     : smime != KeyState::unknown && pgp == KeyState::valid ? "pgp"
                                     : portal ? "portal"
                                              : "undecided";
        EXPECT_EQ(chosen({Method::smime, Method::pgp, Method::tls, Method::portal}, facts),
                  expected)
            << to_string(smime) << " " << to_string(pgp) << " " << portal;
      }
    }
  }
}

TEST(Routing, TlsByItsState) {
  struct Case {
    TlsState tls;
    KeyState pgp;
    std::string_view expected;
  };
  const Case cases[] = {
      {TlsState::proved, KeyState::none, "tls"},
      {TlsState::proved, KeyState::expired, "tls"},
      {TlsState::proved, KeyState::valid, "pgp"},
      {TlsState::proved, KeyState::unknown, "portal"},
      {TlsState::not_proved, KeyState::none, "portal"},
      {TlsState::unknown, KeyState::none, "portal"},
  };
  for (const Case& row : cases) {
    RecipientFacts facts = recipient("a@b.example");
    facts.tls.state = row.tls;
    facts.pgp = key(row.pgp);
    EXPECT_EQ(chosen({Method::pgp, Method::tls, Method::portal}, facts), row.expected)
        << to_string(row.tls) << " " << to_string(row.pgp);
  }
}

TEST(Routing, UnknownWithoutPortalInTheListIsUndecided) {
  RecipientFacts facts = recipient("a@b.example");
  facts.smime = key(KeyState::unknown);
  facts.pgp = key(KeyState::valid);
  facts.tls.state = TlsState::proved;
  EXPECT_EQ(chosen({Method::smime, Method::pgp, Method::tls}, facts), "undecided");
  EXPECT_EQ(chosen({Method::pgp, Method::smime}, facts), "pgp");
}

TEST(Routing, ConsentIsNoAnswerToAKeyThatCouldNotBeAskedFor) {
  RecipientFacts facts = recipient("a@b.example");
  facts.consent = ConsentState::given;
  const std::vector<Method> methods{Method::smime, Method::pass, Method::portal};
  EXPECT_EQ(chosen(methods, facts), "pass");
  facts.smime = key(KeyState::unknown);
  EXPECT_EQ(chosen(methods, facts), "portal");
  EXPECT_EQ(chosen({Method::smime, Method::pass}, facts), "undecided");
}

TEST(Routing, HoldAndRejectEndAList) {
  const RecipientFacts facts = recipient("a@b.example");
  EXPECT_EQ(chosen({Method::smime, Method::hold}, facts), "hold");
  EXPECT_EQ(chosen({Method::reject}, facts), "reject");
  EXPECT_EQ(chosen({Method::pass}, facts), "undecided");
}

TEST(Routing, ForbiddenMethodsAreSkipped) {
  RecipientFacts facts = recipient("a@b.example");
  facts.tls.state = TlsState::proved;
  EXPECT_EQ(chosen({Method::tls, Method::portal}, facts, {Method::tls}), "portal");
}

TEST(Routing, AValidKeyWithoutFingerprintIsUnknown) {
  RecipientFacts facts = recipient("a@b.example");
  facts.smime.state = KeyState::valid;
  facts.pgp = key(KeyState::valid);
  EXPECT_EQ(chosen({Method::smime, Method::pgp, Method::portal}, facts), "portal");
}

TEST(Routing, TreatmentCarriesKeyAndReasons) {
  RecipientFacts facts = recipient("a@b.example");
  facts.smime = key(KeyState::valid);
  facts.smime.cms.gcm = true;
  facts.pgp = key(KeyState::expired);
  const auto treatment = choose_method({Method::pgp, Method::smime}, {}, facts);
  ASSERT_TRUE(treatment.has_value());
  EXPECT_EQ(treatment->key, fingerprint());
  EXPECT_TRUE(treatment->cms.gcm);
  EXPECT_EQ(treatment->reasons, std::vector<std::string>{"pgp: key expired"});
}

TEST(Routing, FirstRouteThatFits) {
  Model model;
  Route by_domain;
  by_domain.recipient_domains = {"hospital.example"};
  by_domain.methods = {Method::tls};
  Route by_rule;
  by_rule.rules = {"r1"};
  by_rule.sensitive = true;
  by_rule.methods = {Method::portal};
  Route by_class;
  by_class.classes = {"id.*"};
  by_class.recipients = {"x@y.example"};
  by_class.methods = {Method::hold};
  Route by_size;
  by_size.when.larger_than = 1000;
  by_size.when.sender_domains = {"clinic.example"};
  by_size.methods = {Method::reject};
  model.routes = {by_domain, by_rule, by_class, by_size};

  MessageContext context;
  Findings findings;
  std::vector<RuleHit> rules;
  const auto methods = [&](std::string_view address, bool sensitive) {
    return route_methods(model, Routed{context, findings, rules, sensitive}, recipient(address));
  };
  const std::vector<Method> usual{Method::smime, Method::pgp, Method::tls, Method::portal};
  EXPECT_EQ(methods("a@hospital.example", true), by_domain.methods);
  EXPECT_EQ(methods("a@sub.hospital.example", false), usual);
  rules.push_back({"r1", "protect", true, {}});
  EXPECT_EQ(methods("a@b.example", true), by_rule.methods);
  EXPECT_EQ(methods("a@b.example", false), usual);
  findings.items.push_back({"d", "id.test", 0, 0, 4, 90});
  EXPECT_EQ(methods("x@y.example", false), by_class.methods);
  context.size = 1001;
  context.sender_domain = "clinic.example";
  EXPECT_EQ(methods("a@b.example", false), by_size.methods);
}

}  // namespace
}  // namespace phimilter::policy
