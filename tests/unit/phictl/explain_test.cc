// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "clinic.h"
#include "phictl/explanation.h"

namespace phimilter::phictl {
namespace {

using testing::HasSubstr;

constexpr std::string_view kResult =
    "From: Lab <lab@clinic.example>\nTo: Pat <pat@example.org>, colleague@clinic.example\n"
    "Subject: Your result\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
    "SSN 123-45-6789, hemochromatosis confirmed.\n";

class FixedExtractor final : public extract::Extractor {
 public:
  explicit FixedExtractor(std::vector<extract::PartText> parts) { text_.parts = std::move(parts); }
  Result<extract::MessageText> extract(const mail::CapturedMessage&) override { return text_; }

 private:
  extract::MessageText text_;
};

class FailingExtractor final : public extract::Extractor {
 public:
  Result<extract::MessageText> extract(const mail::CapturedMessage&) override {
    return fail(transient_fault("extract.no_worker", "no worker"));
  }
};

mail::CapturedMessage message_to(const std::vector<std::string>& recipients) {
  auto message = mail::parse_message(kResult, "/tmp");
  EXPECT_TRUE(message.has_value());
  message->envelope.reverse_path = *mail::Address::parse("lab@clinic.example");
  for (const std::string& text : recipients) {
    message->envelope.recipients.push_back({*mail::Address::parse(text), "<" + text + ">", {}});
  }
  return std::move(*message);
}

class ExplanationTest : public testing::Test {
 protected:
  ExplanationTest() {
    const auto policy = policy::load_policy({clinic_.path("rules.toml")});
    EXPECT_TRUE(policy.has_value());
    policy_ = *policy;
    sources_.own_domains = {"clinic.example"};
    sources_.portal = true;
  }

  Result<Explanation> explain(extract::Extractor& extractor) {
    const auto message =
        message_to({"pat@example.org", "hidden@example.org", "colleague@clinic.example"});
    return explain_message(message, extractor, *policy_, sources_, {"pat@example.org"},
                           system_clock().now());
  }

  Clinic clinic_;
  std::shared_ptr<const policy::Policy> policy_;
  delivery::FactSources sources_;
  FixedExtractor extractor_{
      {{"1", extract::PartKind::body, "text/plain", "SSN 123-45-6789 hemochromatosis", {}},
       {"2/pat-smith-123-45-6789.pdf", extract::PartKind::member, "application/pdf", "",
        extract::Opaque::encrypted}}};
};

TEST_F(ExplanationTest, SaysWhatHappensForEachRecipient) {
  const auto explanation = explain(extractor_);
  ASSERT_TRUE(explanation.has_value()) << explanation.error().describe();
  std::ostringstream out;
  print_explanation(*explanation, out);
  EXPECT_THAT(out.str(), HasSubstr("pat@example.org: portal"));
  EXPECT_THAT(out.str(), HasSubstr("hidden@example.org (Bcc): portal"));
  EXPECT_THAT(out.str(), HasSubstr("colleague@clinic.example (internal): pass"));
  EXPECT_THAT(out.str(), HasSubstr("site.both: protect"));
  EXPECT_THAT(out.str(), HasSubstr("could not be read: encrypted"));
}

TEST_F(ExplanationTest, NoFormShowsAValueOrAFileName) {
  const auto explanation = explain(extractor_);
  ASSERT_TRUE(explanation.has_value());
  std::ostringstream people, programs;
  print_explanation(*explanation, people);
  print_explanation_json(*explanation, programs);
  for (const std::string& out : {people.str(), programs.str()}) {
    EXPECT_THAT(out, HasSubstr("999-99-9999"));
    EXPECT_THAT(out, HasSubstr("id.ssn"));
    EXPECT_THAT(out, Not(HasSubstr("6789")));
    EXPECT_THAT(out, Not(HasSubstr("hemochromatosis")));
    EXPECT_THAT(out, Not(HasSubstr("smith")));
  }
}

TEST_F(ExplanationTest, SaysWhatCountedMostAndNothingOfTheMessage) {
  FixedExtractor extractor({{"1",
                             extract::PartKind::body,
                             "text/plain",
                             "Quillfeather, please swallow two of the tablets that we gave you at "
                             "noon and call 402 tomorrow.",
                             {}}});
  const auto loaded =
      policy::load_policy({std::string(PHIMILTER_SOURCE_DIR) + "/policy/packs/hipaa.toml"});
  ASSERT_TRUE(loaded.has_value());
  policy_ = *loaded;
  const auto explanation = explain(extractor);
  ASSERT_TRUE(explanation.has_value());
  ASSERT_EQ(explanation->findings.weighed.size(), 1U);
  EXPECT_EQ(explanation->findings.weighed[0].counted.size(), 10U);
  std::ostringstream people, programs;
  print_explanation(*explanation, people);
  print_explanation_json(*explanation, programs);
  EXPECT_THAT(people.str(), HasSubstr("What counted most for (+) and against (-) weighed.care:"));
  EXPECT_THAT(programs.str(), HasSubstr("\"class\": \"weighed.care\""));
  for (const std::string& out : {people.str(), programs.str()}) {
    EXPECT_THAT(out, HasSubstr("class health."));
    EXPECT_THAT(out, Not(HasSubstr("uillfeather")));
    EXPECT_THAT(out, Not(HasSubstr("402")));
  }
}

TEST_F(ExplanationTest, SaysWhatMetWhichNeedAndWhatWasDropped) {
  FixedExtractor extractor({{"1",
                             extract::PartKind::body,
                             "text/plain",
                             "SSN 123-45-6789 hemochromatosis; order 987-65-4329 shipped",
                             {}}});
  const std::string file =
      clinic_.folder().write("site.toml",
                             "format = 1\n[[detector]]\nid = \"number\"\noverride = true\n"
                             "class = \"id.ssn\"\npattern = '[0-9]{3}-[0-9]{2}-[0-9]{4}'\n"
                             "confidence = 90\ndeny_before = ['order $']\n"
                             "[[rule]]\nid = \"site.tried\"\nshadow = true\n[[rule.need]]\n"
                             "classes = [\"health.*\"]\n");
  const auto policy = policy::load_policy({clinic_.path("rules.toml"), file});
  ASSERT_TRUE(policy.has_value()) << policy.error().describe();
  policy_ = *policy;
  const auto explanation = explain(extractor);
  ASSERT_TRUE(explanation.has_value());
  std::ostringstream people, programs;
  print_explanation(*explanation, people);
  EXPECT_THAT(people.str(), HasSubstr("there:   1 of id.* (confidence 50)\n"
                                      "      id.ssn (number, part 1 at 4, 999-99-9999)"));
  EXPECT_THAT(people.str(), HasSubstr("Dropped (1):"));
  EXPECT_THAT(people.str(), HasSubstr("deny_before"));
  EXPECT_THAT(people.str(), HasSubstr("Shadow rules that matched, only counted:\n  site.tried"));
  EXPECT_THAT(people.str(), Not(HasSubstr("4329")));
  print_explanation_json(*explanation, programs);
  const auto json = nlohmann::json::parse(programs.str());
  EXPECT_EQ(json.at("dropped").at(0).at("why"), "deny_before");
  EXPECT_EQ(json.at("shadow_rules").at(0).at("rule"), "site.tried");
  const auto& needs = json.at("rules").at(0).at("needs");
  ASSERT_EQ(needs.size(), 2U);
  EXPECT_EQ(json.at("findings").at(needs.at(0).at("findings").at(0).get<std::size_t>()).at("class"),
            "id.ssn");
  EXPECT_EQ(json.at("findings").at(needs.at(1).at("findings").at(0).get<std::size_t>()).at("class"),
            "health.condition");
}

TEST_F(ExplanationTest, TheFormForProgramsHasItsKeys) {
  const auto explanation = explain(extractor_);
  ASSERT_TRUE(explanation.has_value());
  std::ostringstream out;
  print_explanation_json(*explanation, out);
  const auto json = nlohmann::json::parse(out.str());
  for (const char* key : {"bytes", "already_encrypted", "parts", "findings", "complete", "rules",
                          "nearest_miss", "sensitive", "scope", "policy_version", "recipients"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  const auto& pat = json.at("recipients").at(0);
  EXPECT_EQ(pat.at("address"), "pat@example.org");
  EXPECT_EQ(pat.at("method"), "portal");
  EXPECT_TRUE(pat.at("would_have").is_null());
  EXPECT_EQ(pat.at("facts").at("proof"), "with_message");
  EXPECT_TRUE(json.at("recipients").at(1).at("blind").get<bool>());
}

TEST_F(ExplanationTest, ANearMissSaysWhatIsMissing) {
  FixedExtractor half({{"1", extract::PartKind::body, "text/plain", "SSN 123-45-6789", {}}});
  const auto explanation = explain(half);
  ASSERT_TRUE(explanation.has_value());
  std::ostringstream out;
  print_explanation(*explanation, out);
  EXPECT_THAT(out.str(), HasSubstr("nearest: site.both"));
  EXPECT_THAT(out.str(), HasSubstr("missing: "));
}

// What an admin asks most when mail is deferred: what was found, and what is missing.
TEST_F(ExplanationTest, WithoutAMethodItStillSaysWhatWasFound) {
  sources_.portal = false;
  const auto explanation = explain(extractor_);
  ASSERT_TRUE(explanation.has_value());
  std::ostringstream people, programs;
  print_explanation(*explanation, people);
  EXPECT_THAT(people.str(), HasSubstr("id.ssn"));
  EXPECT_THAT(people.str(), HasSubstr("would be deferred (4xx)"));
  EXPECT_THAT(people.str(), HasSubstr("portal: not configured"));
  print_explanation_json(*explanation, programs);
  const auto json = nlohmann::json::parse(programs.str());
  EXPECT_TRUE(json.at("undecided").is_string());
  EXPECT_TRUE(json.at("recipients").at(0).at("method").is_null());
}

TEST_F(ExplanationTest, AFaultOfTheReaderIsTheAnswer) {
  FailingExtractor failing;
  EXPECT_FALSE(explain(failing).has_value());
}

// With the real reader and keyring.
TEST(ExplainVerb, ReadsAMessageAndTakesRecipientsFromToAndCc) {
  const Clinic clinic;
  ASSERT_EQ(clinic.setup_keys().code, 0);
  const Ran ran = clinic.phictl({"explain", "-", "--json"}, std::string(kResult));
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto json = nlohmann::json::parse(ran.out);
  ASSERT_EQ(json.at("recipients").size(), 2U);
  EXPECT_EQ(json.at("recipients").at(0).at("method"), "portal");
  EXPECT_EQ(json.at("recipients").at(1).at("method"), "pass");
  EXPECT_THAT(ran.out, Not(HasSubstr("6789")));
}

TEST(ExplainVerb, RecipientsCanBeNamed) {
  const Clinic clinic;
  ASSERT_EQ(clinic.setup_keys().code, 0);
  const std::string file = clinic.folder().write("result.eml", std::string(kResult));
  const Ran ran =
      clinic.phictl({"explain", file, "--rcpt", "a@example.org", "--rcpt", "pat@example.org"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("a@example.org (Bcc): portal"));
  EXPECT_THAT(ran.out, HasSubstr("pat@example.org: portal"));
}

TEST(ExplainVerb, ProofHeadersCountForATrustedLoginOnly) {
  Clinic clinic;
  ASSERT_EQ(clinic.setup_keys().code, 0);
  clinic.set("milter", "trusted_logins", "[\"lab\"]");
  const std::string message =
      "X-Phi-Proof: question=\"Date of birth\"; answer=\"1961-03-07\"; rcpt=\"pat@example.org\"\n" +
      std::string(kResult);
  for (const auto& [login, proof] :
       std::map<std::string, std::string>{{"lab", "with_message"}, {"front", "none"}}) {
    const Ran ran = clinic.phictl({"explain", "-", "--json", "--login", login}, message);
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(nlohmann::json::parse(ran.out).at("recipients").at(0).at("facts").at("proof"), proof)
        << login;
    EXPECT_THAT(ran.out, Not(HasSubstr("1961")));
  }
}

TEST(ExplainVerb, AMessageForNobodyIsAProblem) {
  const Clinic clinic;
  const Ran ran = clinic.phictl({"explain", "-"}, "Subject: x\n\ny\n");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("--rcpt"));
}

TEST(PolicyTest, SaysWhichTestFailsAndWhere) {
  const Clinic clinic;
  const Ran good = clinic.phictl({"policy", "test"});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("1 tests, 0 failed"));
  const std::string file = clinic.folder().write(
      "bad.toml",
      std::string(kRules) + "[[test]]\nname = \"wrong\"\ntext = \"x\"\nrules = [\"site.both\"]\n");
  const Ran bad = clinic.phictl({"policy", "test", file});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.err, HasSubstr(file + ":"));
  EXPECT_THAT(bad.err, HasSubstr("wrong"));
  EXPECT_EQ(clinic.phictl({"policy", "test", "/no/such.toml"}).code, 1);
}

}  // namespace
}  // namespace phimilter::phictl
