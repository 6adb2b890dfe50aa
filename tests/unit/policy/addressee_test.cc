// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/shipped_pack.h"

namespace phimilter::policy {
namespace {

struct Case {
  std::vector<std::string> recipients;
  bool one_person;
};

bool is_told(const std::vector<std::string>& recipients) {
  MessageContext context;
  context.recipient_names = recipients;
  const Findings findings = testing::shipped_pack().detect(extract::MessageText(), context);
  return std::any_of(findings.items.begin(), findings.items.end(), [](const Finding& finding) {
    return finding.finding_class == "id.addressee";
  });
}

TEST(Addressee, IsOnePersonOutside) {
  const std::vector<Case> cases{
      {{"Jane Roe"}, true},
      {{"K. Brandvold"}, true},
      {{"The Castellanos family"}, true},
      {{"Wilhelmina"}, true},
      {{"jane.roe@home.example"}, true},
      {{"jmartinez77@home.example"}, true},
      {{"mama.de.leonel@home.example"}, true},
      {{"Jane Roe", "jane roe"}, true},
      {{}, false},
      {{"Jane Roe", "Peter Alvarez"}, false},
      {{"Dr. Jane Roe"}, false},
      {{"Jane Roe, MD"}, false},
      {{"Lakeview Hospital"}, false},
      {{"All staff"}, false},
      {{"Billing"}, false},
      {{"billing@home.example"}, false},
      {{"front.desk@home.example"}, false},
      {{"@"}, false},
      {{std::string(300, 'a') + "@home.example"}, false},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(is_told(one.recipients), one.one_person)
        << (one.recipients.empty() ? "nobody" : one.recipients.front());
  }
}

}  // namespace
}  // namespace phimilter::policy
