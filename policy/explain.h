// SPDX-License-Identifier: Apache-2.0
//
// What an admin is told about a policy: how near each rule came, the shape of a finding, how the
// in-file tests went. Nothing in here holds text of a message.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "extract/message_text.h"
#include "policy/finding.h"

namespace phimilter::policy {

struct NeedReport {
  std::string wanted;  // "2 different of health.*, sensitive.* (confidence 60)"
  bool met = false;    // by findings anywhere in the message
  // Indexes into Findings::items: of a rule that fired those that made it fire, else all that fit.
  std::vector<std::size_t> findings;
};

struct RuleReport {
  std::string rule;
  std::string join;  // "window 300", "line", "part", "message"
  bool fired = false;
  bool excluded = false;  // by `unless` or `when`
  bool shadow = false;    // only counted
  std::vector<NeedReport> needs;
};

// The rule that did not fire and of whose needs most are met; nullptr: none has a need that is met.
const RuleReport* nearest_miss(const std::vector<RuleReport>& reports);

// The finding's text with every digit as 9, letter as a or A: "999-99-9999". At most 40 characters.
std::string masked(const extract::MessageText& text, const Finding& finding);

struct TestReport {
  std::string where;  // file:line
  std::string name;
  bool passed = false;
  std::string
      what;  // what was expected and what was found, by rule ids and classes; empty when passed
};

// Loads like load_policy, but goes on past failing [[test]]s and says how each went. Configuration
// fault when the files cannot be loaded for another reason.
Result<std::vector<TestReport>> test_policy(const std::vector<std::string>& files);

}  // namespace phimilter::policy
