// SPDX-License-Identifier: Apache-2.0
#include "portal/proof_plan.h"

#include <gtest/gtest.h>

namespace phimilter::portal {
namespace {

constexpr ProofKind kQuestion = ProofKind::question, kPassphrase = ProofKind::passphrase,
                    kCode = ProofKind::code, kAccount = ProofKind::account;

TEST(ProofPlan, WhatIsNext) {
  const Given nothing, account{{}, true, false}, strong{{}, true, true};
  const Given answered{kQuestion, false, false}, coded{kCode, false, false};
  const ProofRules one, two{TwoProofs::always, false, true},
      no_codes{TwoProofs::always, false, false}, for_question{TwoProofs::never, true, true},
      both{TwoProofs::always, true, true};
  const struct {
    const char* name;
    ProofKind main;
    Given given;
    ProofRules rules;
    ProofKind next;
    int step, steps;
    bool all_given;
  } cases[] = {
      {"a question alone", kQuestion, nothing, one, kQuestion, 1, 1, false},
      {"a passphrase alone", kPassphrase, nothing, one, kPassphrase, 1, 1, false},
      {"a code alone", kCode, nothing, one, kCode, 1, 1, false},
      {"an account for a code", kCode, account, one, kAccount, 1, 1, true},
      {"no account for a question", kQuestion, account, one, kQuestion, 1, 1, false},
      {"unless a rule says so", kQuestion, account, for_question, kCode, 1, 1, true},
      {"two: the question first", kQuestion, nothing, two, kQuestion, 1, 2, false},
      {"two: then a code", kQuestion, answered, two, kCode, 2, 2, false},
      {"two: an account for the code", kQuestion, {kQuestion, true, false}, two, kCode, 2, 2, true},
      {"two: an account is not both", kQuestion, account, both, kQuestion, 1, 2, false},
      {"two: the code first", kCode, nothing, two, kCode, 1, 2, false},
      {"two: then an account", kCode, coded, two, kAccount, 2, 2, false},
      {"two: a mailbox is not two proofs", kCode, {kCode, true, false}, two, kAccount, 2, 2, false},
      {"two: with an authenticator it is", kCode, {kCode, true, true}, two, kAccount, 2, 2, true},
      {"two: the code is still needed", kCode, strong, two, kCode, 1, 2, false},
      {"two, no codes", kQuestion, answered, no_codes, kAccount, 2, 2, false},
      {"two: a code is no answer", kQuestion, coded, two, kQuestion, 1, 2, false},
      {"one: what was given first does not count", kQuestion, answered, one, kQuestion, 1, 1,
       false},
  };
  for (const auto& test : cases) {
    const ProofPlan plan = plan_proofs(test.main, false, test.given, test.rules);
    EXPECT_EQ(plan.given, test.all_given) << test.name;
    EXPECT_EQ(plan.step, test.step) << test.name;
    EXPECT_EQ(plan.steps, test.steps) << test.name;
    if (!plan.given) {
      EXPECT_EQ(plan.kind, test.next) << test.name;
    }
  }
}

TEST(ProofPlan, OnlySensitiveMessagesNeedTwoWhereTheRuleSaysSo) {
  const ProofRules rules{TwoProofs::sensitive, false, true};
  EXPECT_EQ(plan_proofs(kCode, true, {}, rules).steps, 2);
  EXPECT_EQ(plan_proofs(kCode, false, {}, rules).steps, 1);
}

}  // namespace
}  // namespace phimilter::portal
