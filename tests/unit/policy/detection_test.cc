// SPDX-License-Identifier: Apache-2.0
#include "policy/detection.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test_policies.h"

namespace phimilter::policy {
namespace {

Pattern pattern(const std::string& expression) {
  auto compiled = Pattern::compile(expression, LetterCase::exact);
  EXPECT_TRUE(compiled.has_value()) << expression;
  return *compiled;
}

Detector by_pattern(std::string id, std::string finding_class, const std::string& expression,
                    int confidence) {
  Detector out;
  out.id = std::move(id);
  out.classes = {std::move(finding_class)};
  out.pattern = pattern(expression);
  out.confidence = confidence;
  return out;
}

Detector by_terms(std::string id, const std::string& finding_class,
                  const std::vector<std::string>& terms, int confidence) {
  Detector out;
  out.id = std::move(id);
  out.kind = DetectorKind::terms;
  out.classes = {finding_class};
  for (const std::string& term : terms) {
    out.terms.push_back({term, finding_class, confidence, Lexicon::Letters::any});
  }
  return out;
}

class DetectionTest : public ::testing::Test {
 protected:
  DetectionTest() {
    Detector number = by_pattern("number", "id.ssn", R"(\b\d{9}\b)", 10);
    number.validator = [](std::string_view value) { return value != "000000000"; };
    number.deny_before = {pattern("order $")};
    number.deny_after = {pattern("^ pieces")};
    Cue cue;
    cue.source = "cues";
    cue.terms = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"ssn"});
    cue.before = 20;
    cue.confidence = 90;
    number.cues = {cue};
    model_.detectors = {std::move(number), by_pattern("long", "id.account", R"(\b\d{9}-\d\b)", 60),
                        by_pattern("name", "id.name", R"(\b[A-Z][a-z]+,? [A-Z][a-z]+\b)", 70),
                        by_pattern("email", "id.email", R"(\b\w+@\w+\.example\b)", 60),
                        by_terms("sick", "health.condition", {"pneumonia", "chest pain"}, 75)};
  }

  // "id@offset confidence" of what was found, then "-id reason" of what was dropped.
  std::vector<std::string> told(const std::string& text, const MessageContext& context = {}) {
    const auto detection = Detection::create(std::make_shared<const Model>(model_));
    EXPECT_TRUE(detection.has_value());
    const auto message = testing::message({testing::body(text)});
    const Findings findings = detection->detect_and_tell(message, context);
    EXPECT_EQ(findings.items, detection->detect(message, context).items);
    EXPECT_TRUE(detection->detect(message, context).dropped.empty());
    std::vector<std::string> out;
    for (const Finding& finding : findings.items) {
      out.push_back(finding.detector + "@" + std::to_string(finding.offset) + " " +
                    std::to_string(finding.confidence));
    }
    for (const Dropped& dropped : findings.dropped) {
      out.push_back("-" + dropped.finding.detector + " " + dropped.reason);
    }
    return out;
  }

  Model model_;
};

using Told = std::vector<std::string>;

TEST_F(DetectionTest, SaysWhatWasFoundAndWhyTheRestWasNot) {
  struct Case {
    std::string text;
    Told expected;
  };
  const std::vector<Case> cases{
      {"ssn 536228726", {"number@4 90"}},
      {"5 3 6 2 2 8 7 2 6 is the ssn", {"-number no cue"}},
      {"ssn 5 3 6 2 2 8 7 2 6", {"number@4 90"}},
      {"ssn 000000000", {"-number validator"}},
      {"ssn order 536228726", {"-number deny_before"}},
      {"ssn 536228726 pieces", {"-number deny_after"}},
      {"ssn 536228726-1", {"number@4 90", "-long weaker"}},
      {"and 536228726-1", {"long@4 60", "-number no cue"}},
      {"Pneumonia, chest\npain", {"sick@0 75", "sick@11 75"}},
      {"nothing", {}},
  };
  for (const Case& row : cases) {
    EXPECT_EQ(told(row.text), row.expected) << row.text;
  }
}

TEST_F(DetectionTest, OurOwnSideIsNoPatient) {
  MessageContext context;
  context.own_addresses = {"jane@clinic.example", "jane@clinic"};
  context.own_names = {"Doe, Jane Q., MD", "Billing"};
  EXPECT_EQ(told("ask Jane Doe", context), Told{"-name own name"});
  EXPECT_EQ(told("ask Doe, Jane", context), Told{"-name own name"});
  EXPECT_EQ(told("ask Jane Roe", context), Told{"name@4 70"});
  model_.detectors[3].pattern = pattern(R"(\b\w+@clinic\b)");
  EXPECT_EQ(told("mail Jane@clinic", context), Told{"-email own address"});
  EXPECT_EQ(told("mail john@clinic", context), Told{"email@5 60"});
}

TEST_F(DetectionTest, ADisclaimerIsNoEvidence) {
  const std::string text =
      "CONFIDENTIALITY NOTICE: This message may contain privileged and confidential information, "
      "pneumonia included. If you are not the intended recipient, notify the sender and delete "
      "it. Unauthorized disclosure is prohibited.\n";
  EXPECT_EQ(told(text), Told{"-sick disclaimer"});
}

TEST_F(DetectionTest, ANoticeThatTellsOfAPersonIsNone) {
  const std::string text =
      "This confidential message is intended for the recipient only, about ssn 536228726 with "
      "pneumonia, and its disclosure is prohibited.\n";
  EXPECT_EQ(told(text), (Told{"number@72 90", "sick@87 75"}));
}

TEST_F(DetectionTest, RecipientsAndOpaquePartsAreFindings) {
  const auto detection = Detection::create(std::make_shared<const Model>(model_));
  ASSERT_TRUE(detection.has_value());
  MessageContext context;
  context.recipient_names = {"Ana", ""};
  const Findings findings =
      detection->detect(testing::message({testing::opaque(extract::Opaque::encrypted)}), context);
  ASSERT_EQ(findings.items.size(), 2U);
  EXPECT_EQ(findings.items[0].finding_class, kRecipientClass);
  EXPECT_EQ(findings.items[1].finding_class, "opaque.encrypted");
}

TEST_F(DetectionTest, TooManyFindingsAreIncomplete) {
  std::string text;
  for (int i = 0; i < 12'000; ++i) {
    text += "pneumonia ";
  }
  const auto detection = Detection::create(std::make_shared<const Model>(model_));
  ASSERT_TRUE(detection.has_value());
  const Findings findings = detection->detect(testing::message({testing::body(text)}), {});
  EXPECT_FALSE(findings.complete);
  EXPECT_LE(findings.items.size(), 10'000U);
}

}  // namespace
}  // namespace phimilter::policy
