// SPDX-License-Identifier: Apache-2.0
#include "policy/exemptions.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policy/test_policies.h"

namespace phimilter::policy {
namespace {

using testing::body;
using testing::message;
using testing::must_load;
using testing::PolicyFolder;
using testing::recipient;
using testing::refusal;
using testing::small_policy;

constexpr std::string_view kTraining = R"(
[[exempt]]
id = "training"
reason = "patients of the training system"
expires = "2027-06-30"
detectors = ["pid"]
values = ["PID-1234", "77 77"]
)";

constexpr std::string_view kArchive = R"(
[[exempt]]
id = "archive"
reason = "our own archive outside, over a private line"
expires = "2027-06-30"
rules = ["near"]
recipient_domain = ["archive.example"]
)";

constexpr std::string_view kBatch = R"(
[[exempt]]
id = "batch"
reason = "the lab's interface encrypts by itself"
expires = "2027-06-30"
rules = ["near"]
login = ["lab"]
)";

class Exemptions : public ::testing::Test {
 protected:
  std::string small(std::string_view more) const { return small_policy(folder_, more); }

  static MessageContext on(std::string today, std::string login = "") {
    MessageContext out;
    out.today = std::move(today);
    out.login = std::move(login);
    return out;
  }

  static Decision decided(const Policy& policy, const extract::MessageText& text,
                          const MessageContext& context, const std::vector<RecipientFacts>& facts) {
    const Findings findings = policy.detect(text, context);
    auto decision = policy.decide(text, findings, context, facts);
    EXPECT_TRUE(decision.has_value());
    return decision ? *decision : Decision{};
  }

  static Method method(const Policy& policy, std::string text, const MessageContext& context) {
    const std::vector<RecipientFacts> facts{recipient("a@b.example")};
    return decided(policy, message({body(std::move(text))}), context, facts)
        .treatments.at(0)
        .method;
  }

  PolicyFolder folder_;
};

TEST_F(Exemptions, AValueCountsForNothingUntilItsLastDay) {
  const auto policy = must_load({small(kTraining)});
  struct Case {
    const char* text;
    const char* today;
    Method method;
  };
  const Case cases[] = {
      {"PID1235 is sick", "2027-06-30", Method::portal},
      {"PID7777 is sick", "2027-06-30", Method::pass},
      {"PID7777 is sick", "2027-07-01", Method::portal},
      {"PID7777 is sick", "2028-01-01", Method::portal},
      {"PID7777 is sick", "", Method::portal},  // a day that is not known protects more
      {"PID7777 and PID1235 are sick", "2027-01-01", Method::portal},
  };
  for (const Case& row : cases) {
    EXPECT_EQ(method(*policy, row.text, on(row.today)), row.method) << row.text << row.today;
  }
}

TEST_F(Exemptions, WhatIsExemptIsToldAndIsNoFinding) {
  const auto policy = must_load({small(kTraining)});
  const auto text = message({body("PID7777 is sick")});
  const Findings findings = policy->detect_and_tell(text, on("2027-01-01"));
  EXPECT_EQ(findings.counts().count("id.test"), 0U);
  ASSERT_EQ(findings.dropped.size(), 1U);
  EXPECT_EQ(findings.dropped[0].reason, "exempt training");
  EXPECT_TRUE(identifier_texts(text, findings).empty());
}

TEST_F(Exemptions, ARuleDoesNotApplyToASender) {
  const auto policy = must_load({small(kBatch)});
  EXPECT_EQ(method(*policy, "PID1235 is sick", on("2027-01-01", "lab")), Method::pass);
  EXPECT_EQ(method(*policy, "PID1235 is sick", on("2027-01-01", "desk")), Method::portal);
  EXPECT_EQ(method(*policy, "PID1235 is sick", on("2027-08-01", "lab")), Method::portal);
  const Decision decision = decided(*policy, message({body("PID1235 is sick")}),
                                    on("2027-01-01", "lab"), {recipient("a@b.example")});
  EXPECT_TRUE(decision.rules.empty());
  EXPECT_EQ(decision.exempt, (std::vector<ExemptRule>{{"near", "batch"}}));
  EXPECT_EQ(decision.treatments.at(0).reasons,
            std::vector<std::string>{"rule near does not apply: exemption batch"});
}

TEST_F(Exemptions, ARuleDoesNotApplyToSomeRecipients) {
  const auto policy = must_load({small(kArchive)});
  const Decision decision = decided(*policy, message({body("PID1235 is sick")}), on("2027-01-01"),
                                    {recipient("a@b.example"), recipient("x@archive.example")});
  EXPECT_EQ(decision.treatments.at(0).method, Method::portal);
  EXPECT_EQ(decision.treatments.at(1).method, Method::pass);
  EXPECT_EQ(decision.rules.size(), 1U);
  EXPECT_EQ(decision.exempt, (std::vector<ExemptRule>{{"near", "archive"}}));
}

TEST_F(Exemptions, WhatIsSensitiveOrUnreadableIsNeverExempt) {
  const auto policy = must_load({small(kBatch)});
  const MessageContext context = on("2027-01-01", "lab");
  EXPECT_EQ(method(*policy, "PID1235 secret", context), Method::portal);
  const Decision decision =
      decided(*policy, message({body("PID1235 is sick"), testing::opaque(extract::Opaque::broken)}),
              context, {recipient("a@b.example")});
  EXPECT_EQ(decision.treatments.at(0).method, Method::portal);
}

TEST_F(Exemptions, ExpiredOnesAreWarnedOfWithFileAndLineAndStopNothing) {
  const std::string file = small(R"(
[[exempt]]
id = "old"
reason = "a trial"
expires = "2001-02-28"
detectors = ["pid"]
values = ["1234"]
[[test]]
name = "the file's own tests see it as it was meant"
text = "PID1234 is sick"
expect = "clear"
)");
  const auto policy = must_load({file});
  ASSERT_EQ(policy->warnings().size(), 1U);
  EXPECT_EQ(policy->warnings()[0].find(file + ":"), 0U) << policy->warnings()[0];
  EXPECT_NE(policy->warnings()[0].find("'old' expired on 2001-02-28"), std::string::npos);
  EXPECT_EQ(method(*policy, "PID1234 is sick", on("2026-11-22")), Method::portal);
}

TEST_F(Exemptions, WhatIsWrongIsSaidWithFileAndLine) {
  struct Case {
    const char* lines;
    const char* complaint;
  };
  const std::string good = "reason = \"r\"\nexpires = \"2027-01-01\"\n";
  const Case cases[] = {
      {"expires = \"2027-01-01\"\nrules = [\"near\"]\nlogin = [\"a\"]", "must have a 'reason'"},
      {"reason = \" \"\nexpires = \"2027-01-01\"\nrules = [\"near\"]\nlogin = [\"a\"]",
       "must have a 'reason'"},
      {"reason = \"r\"\nrules = [\"near\"]\nlogin = [\"a\"]", "'expires' must be"},
      {"reason = \"r\"\nexpires = \"2027-02-29\"\nrules = [\"near\"]\nlogin = [\"a\"]",
       "'expires' must be"},
      {"reason = \"r\"\nexpires = \"31.12.2027\"\nrules = [\"near\"]\nlogin = [\"a\"]",
       "'expires' must be"},
      {"reason = \"r\"\nexpires = \"2027-1-01x\"\nrules = [\"near\"]\nlogin = [\"a\"]",
       "'expires' must be"},
      {"GOOD", "either 'rules' or 'detectors' and 'values'"},
      {"GOODdetectors = [\"pid\"]", "either 'rules' or 'detectors' and 'values'"},
      {"GOODvalues = [\"1234\"]", "either 'rules' or 'detectors' and 'values'"},
      {"GOODrules = [\"near\"]", "whose mail is exempt"},
      {"GOODrules = [\"near\"]\nlarger_than = 5", "whose mail is exempt"},
      {"GOODrules = [\"neer\"]\nlogin = [\"a\"]", "did you mean 'near'?"},
      {"GOODrules = [\"unreadable\"]\nlogin = [\"a\"]", "never passes"},
      {"GOODdetectors = [\"pidd\"]\nvalues = [\"1\"]", "did you mean 'pid'?"},
      {"GOODdetectors = [\"secret\"]\nvalues = [\"secret\"]", "sensitive and is never exempt"},
      {"GOODdetectors = [\"pid\"]\nvalues = [\"--\"]", "without a letter or digit"},
      {"GOODdetectors = [\"pid\"]\nvalues = [\"1\"]\nrecipient = [\"a@b.example\"]",
       "holds for all recipients"},
      {"GOODrules = [\"near\"]\nlogin = [\"a\"]\nuntil = \"x\"", "until"},
      {"GOODrules = [\"near\"]\nlogin = [\"a\"]\noverride = true", "no 'e' in an earlier file"},
  };
  for (const Case& row : cases) {
    std::string lines = row.lines;
    if (lines.starts_with("GOOD")) {
      lines.replace(0, 4, good);
    }
    const std::string file = small("[[exempt]]\nid = \"e\"\n" + lines + "\n");
    const std::string said = refusal({file});
    EXPECT_NE(said.find(row.complaint), std::string::npos) << lines << "\n" << said;
    EXPECT_NE(said.find(file + ":"), std::string::npos) << said;
  }
}

TEST_F(Exemptions, TwoOfOneIdAreRefusedAndALaterFileMaySwitchOneOff) {
  const std::string twice = small(std::string(kTraining) + std::string(kTraining));
  EXPECT_NE(refusal({twice}).find("'training' stands in"), std::string::npos);
  const std::string once = small(kTraining);
  const auto policy =
      must_load({once, folder_.write("site.toml", "format = 1\ndisable = [\"training\"]\n")});
  EXPECT_EQ(method(*policy, "PID7777 is sick", on("2027-01-01")), Method::portal);
}

}  // namespace
}  // namespace phimilter::policy
