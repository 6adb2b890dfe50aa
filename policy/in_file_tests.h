// SPDX-License-Identifier: Apache-2.0
//
// The [[test]] tables of a policy file, run against the policy that the file completes.
#pragma once

#include <vector>

#include "base/toml_reader.h"
#include "policy/explain.h"
#include "policy/model.h"
#include "policy/policy.h"

namespace phimilter::policy {

// A [[test]] table, in test_reader.cc. Faults stay in the document.
InFileTest read_test(TomlTable& table);

std::vector<TestReport> run_tests(const std::vector<InFileTest>& tests, const Policy& policy);

}  // namespace phimilter::policy
