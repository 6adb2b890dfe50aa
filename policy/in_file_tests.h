// SPDX-License-Identifier: Apache-2.0
//
// The [[test]] tables of a policy file, run against the policy that the file completes.
#pragma once

#include <vector>

#include "policy/explain.h"
#include "policy/model.h"
#include "policy/policy.h"

namespace phimilter::policy {

std::vector<TestReport> run_tests(const std::vector<InFileTest>& tests, const Policy& policy);

}  // namespace phimilter::policy
