// SPDX-License-Identifier: Apache-2.0
#include "policy/message_weighing.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/detection.h"
#include "shipped_pack.h"

namespace phimilter::policy {
namespace {

using testing::body;
using testing::header;
using testing::message;

std::string times(std::size_t count, const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += text;
  }
  return out;
}

// "ledger" is an office word, "biopsy" one of health; a message without either weighs nothing.
class MessageWeighingTest : public ::testing::Test {
 protected:
  MessageWeighingTest() {
    const std::string rules = R"(
format = 1
[[words]]
class = "common"
words = ["ledger", "we"]
[[detector]]
id = "health"
class = "health.procedure"
terms = ["biopsy"]
confidence = 60
[[detector]]
id = "secret"
class = "sensitive.test"
terms = ["shelter"]
confidence = 60
[[detector]]
id = "weighed"
type = "weights"
class = "weighed"
file = "w.tsv"
)";
    folder_.write("w.tsv", "always\t-\t-1\nword\tledger\t-4\nleast\thealth.procedure 60\t3\n");
    policy_ = testing::must_load({folder_.write("p.toml", rules)});
  }

  // The confidence of this class, 0: it was not reported.
  int confidence(const std::string& finding_class, std::vector<extract::PartText> parts) const {
    for (const Finding& finding : policy_->detect(message(std::move(parts)), {}).items) {
      if (finding.finding_class == finding_class) {
        return finding.confidence;
      }
    }
    return 0;
  }
  int other(std::vector<extract::PartText> parts) const {
    return confidence("weighed.other", std::move(parts));
  }

  testing::PolicyFolder folder_;
  std::shared_ptr<const Policy> policy_;
};

// 1 / (1 + e^2) = 0.1192, 1 / (1 + e^5) = 0.0067
TEST_F(MessageWeighingTest, OtherIsWhatIsLeftOfTheWhole) {
  EXPECT_EQ(other({body(times(20, "we ") + "ledger biopsy")}), 88);
  EXPECT_EQ(other({body(times(20, "we ") + "ledger")}), 99);
  EXPECT_EQ(other({body("ledger")}), 0) << "too little is said";
}

TEST_F(MessageWeighingTest, ALongTextIsOtherOnlyIfEachStretchIs) {
  const std::string office = times(450, "ledger ");
  EXPECT_EQ(other({body(office)}), 99);
  EXPECT_EQ(other({body(office + times(120, "we ") + "biopsy")}), 0);
  EXPECT_EQ(other({body("biopsy " + times(120, "we ") + office)}), 0);
  EXPECT_EQ(other({body(times(60, "ledger ") + times(120, "we ") + "biopsy")}), 0);
}

TEST_F(MessageWeighingTest, SoItIsWithEachPart) {
  const std::string office = times(20, "ledger ");
  EXPECT_EQ(other({body(office), body(times(12, "we "))}), 99);
  EXPECT_EQ(other({body(office), body(times(12, "we ") + "biopsy")}), 0);
  EXPECT_EQ(other({body(times(12, "we ") + "biopsy"), body(office)}), 0);
  EXPECT_EQ(other({header("Subject: ledger\n"), body(office), body(times(12, "we ") + "biopsy")}),
            88)
      << "a part is read below its header";
}

// 1 / (1 + e^-2) = 0.8808
TEST_F(MessageWeighingTest, TheStretchThatIsMostAboutCareIsToldWithItsPlace) {
  const std::string office = times(300, "ledger ");
  const std::string care = times(70, "we ") + "biopsy";
  EXPECT_EQ(confidence("weighed.care", {body(office + care)}), 0);
  EXPECT_EQ(confidence("weighed.stretch", {body(office + care)}), 88);
  EXPECT_EQ(confidence("weighed.stretch", {body(office), body(care)}), 88);
  EXPECT_EQ(confidence("weighed.stretch", {body(times(50, "we ") + "biopsy")}), 0) << "it is all";
  const auto text = message({body(office), body(office + care)});
  const Findings findings = policy_->detect(text, {});
  ASSERT_EQ(findings.items.size(), 2U) << "by place: the stretch, then what it holds";
  EXPECT_EQ(findings.items[0].finding_class, "weighed.stretch");
  EXPECT_EQ(findings.items[0].part, 1U);
  EXPECT_GE(findings.items[0].offset, office.size());
  EXPECT_LE(findings.items[0].offset + findings.items[0].length, office.size() + care.size());
}

TEST_F(MessageWeighingTest, WhatCouldNotBeReadMayBeAnything) {
  const std::string office = times(20, "ledger ");
  EXPECT_EQ(other({body(office), testing::opaque(extract::Opaque::encrypted)}), 0);
  extract::PartText broken = body(office);
  broken.opaque = extract::Opaque::broken;
  EXPECT_EQ(other({broken}), 0);
}

TEST_F(MessageWeighingTest, SomethingSensitiveIsNothingOther) {
  EXPECT_EQ(other({body(times(20, "ledger ") + "shelter")}), 0);
}

TEST_F(MessageWeighingTest, ALongTextIsWeighedByItsStretchesOnly) {
  const std::string longest = times(kMostWeighedText / 7, "ledger ");
  const std::string care = times(70, "we ") + "biopsy";
  EXPECT_EQ(other({body(longest)}), 99);
  EXPECT_EQ(other({body(longest + "ledger ledger")}), 100) << "no stretch tells of care";
  EXPECT_EQ(confidence("weighed.care", {body(care + longest)}), 0);
  EXPECT_EQ(confidence("weighed.stretch", {body(longest + care)}), 88);
  EXPECT_EQ(other({body(longest + care)}), 0);
}

TEST_F(MessageWeighingTest, ATextTooLongForStretchesIsNeither) {
  const std::string file = times(kMostStretchedText / 7, "ledger ") + times(70, "we ") + "biopsy";
  EXPECT_EQ(confidence("weighed.stretch", {body(file)}), 0);
  EXPECT_EQ(other({body(file)}), 0);
}

TEST_F(MessageWeighingTest, AWordOfNoListIsAWarning) {
  EXPECT_TRUE(policy_->warnings().empty());
  folder_.write("w.tsv", "always\t-\t-1\nword\tledgr\t-4\n");
  const auto policy = testing::must_load({folder_.write("again.toml", R"(
format = 1
[[detector]]
id = "weighed"
type = "weights"
class = "weighed"
file = "w.tsv"
)")});
  ASSERT_EQ(policy->warnings().size(), 1U);
  EXPECT_NE(policy->warnings()[0].find("again.toml:3: "), std::string::npos);
  EXPECT_NE(policy->warnings()[0].find("'ledgr'"), std::string::npos);
}

// Each was let through by words that have nothing to do with it.
TEST(ShippedWeights, AResultBelowALongReplyIsFound) {
  const std::string office =
      "The room for the planning meeting has moved to the second floor, and the agenda now has the "
      "budget, the new printer contract and the parking passes on it. Please send the slides to "
      "Dana by Thursday so that they can be printed with the invoices. The supplier has asked us "
      "to "
      "confirm the order of paper and toner before the end of the month.\n\n";
  const std::string result =
      "Hi Marjorie,\nyour A1c was 9.2, a lot higher than in spring. Please start the metformin "
      "tonight.\n";
  const std::string quoted =
      "> Dear Marjorie, your biopsy came back benign.\n> Please call us if the wound gets red.\n";
  MessageContext context;
  context.recipient_names = {"Marjorie Ellwood"};
  const auto is_protected = [&](std::vector<extract::PartText> parts) {
    parts.insert(parts.begin(), header("Subject: Re: Thursday\n"));
    const auto text = message(std::move(parts));
    const Policy& pack = testing::shipped_pack();
    const auto decision = pack.decide(text, pack.detect(text, context), context, {});
    return decision.has_value() && !decision->rules.empty();
  };
  EXPECT_FALSE(is_protected({body(times(60, office))}));
  EXPECT_TRUE(is_protected({body(result)}));
  for (const std::size_t above : {1, 3, 8, 60}) {
    EXPECT_TRUE(is_protected({body(times(above, office) + result)})) << above;
    EXPECT_TRUE(is_protected({body(times(above, office) + quoted)})) << above;
    EXPECT_TRUE(is_protected({body(times(above, office)), body(result)})) << above;
  }
}

TEST(ShippedWeights, NameNoWordOfNoList) {
  EXPECT_TRUE(testing::shipped_pack().warnings().empty());
}

}  // namespace
}  // namespace phimilter::policy
