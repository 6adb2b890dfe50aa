// SPDX-License-Identifier: Apache-2.0
#include "portal/proof_plan.h"

namespace phimilter::portal {
namespace {

bool two_wanted(bool sensitive, const ProofRules& rules) {
  return rules.two_proofs == TwoProofs::always ||
         (rules.two_proofs == TwoProofs::sensitive && sensitive);
}

bool has_given(ProofKind kind, ProofKind main, bool two, const Given& given,
               const ProofRules& rules) {
  if (two && given.first == kind) {
    return true;
  }
  switch (kind) {
    case ProofKind::account:
      return given.account && given.second_factor;
    case ProofKind::code:
      return given.account && !(two && main == ProofKind::code);
    case ProofKind::question:
    case ProofKind::passphrase:
      return given.account && rules.account_for_question && !two;
  }
  return false;
}

}  // namespace

ProofPlan plan_proofs(ProofKind main, bool sensitive, const Given& given, const ProofRules& rules) {
  const bool two = two_wanted(sensitive, rules);
  const ProofKind second =
      main == ProofKind::code || !rules.codes ? ProofKind::account : ProofKind::code;
  ProofPlan plan{main, 1, two ? 2 : 1, false};
  if (!has_given(main, main, two, given, rules)) {
    return plan;
  }
  plan.kind = second;
  plan.step = plan.steps;
  plan.given = !two || has_given(second, main, two, given, rules);
  return plan;
}

}  // namespace phimilter::portal
