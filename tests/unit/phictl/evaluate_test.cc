// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "clinic.h"
#include "phictl/evaluation.h"

namespace phimilter::phictl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Labels, ColumnsAreFoundByTheirNames) {
  const auto mails = read_labels(
      "\xEF\xBB\xBF"
      "why,category,path,label\r\n\"a, b\",letters,in/1.eml,phi\r\n,news,2.eml,not_phi\r\n"
      ",staff,3.eml,grey\r\n",
      "labels.csv");
  ASSERT_TRUE(mails.has_value()) << mails.error().describe();
  ASSERT_EQ(mails->size(), 3U);
  EXPECT_EQ(mails->at(0).path, "in/1.eml");
  EXPECT_EQ(mails->at(0).label, Label::phi);
  EXPECT_EQ(mails->at(0).category, "letters");
  EXPECT_EQ(mails->at(1).label, Label::not_phi);
  EXPECT_EQ(mails->at(2).label, Label::grey);
}

TEST(Labels, WhatIsWrongIsSaidWithFileAndLine) {
  struct Case {
    const char* what;
    const char* csv;
    const char* where;
  };
  const Case cases[] = {
      {"nothing", "", "l.csv:1: "},
      {"no path column", "label,category\nphi,x\n", "l.csv:1: the column 'path'"},
      {"no label column", "path,category\n1.eml,x\n", "l.csv:1: the column 'label'"},
      {"no category column", "path,label\n1.eml,phi\n", "l.csv:1: the column 'category'"},
      {"unknown label", "path,label,category\n1.eml,phi,x\n2.eml,yes,x\n", "l.csv:3: the label"},
      {"short row", "path,label,category\n1.eml,phi\n", "l.csv:2: the row has fewer"},
      {"empty path", "path,label,category\n,phi,x\n", "l.csv:2: path and category"},
      {"empty category", "path,label,category\n1.eml,phi,\n", "l.csv:2: path and category"},
      {"twice", "path,label,category\n1.eml,phi,x\n\n1.eml,phi,x\n", "l.csv:4: the path stands"},
      {"open quote", "path,label,category\n1.eml,phi,\"x\n", "l.csv:2: a quote is never closed"},
  };
  for (const Case& c : cases) {
    const auto mails = read_labels(c.csv, "l.csv");
    ASSERT_FALSE(mails.has_value()) << c.what;
    EXPECT_THAT(mails.error().text, HasSubstr(c.where)) << c.what;
  }
}

// Names say what the judge answers: "clear", "found", "error".
Result<Judgement> judge_by_name(const std::string& path) {
  if (path.starts_with("error")) {
    return fail(permanent_fault("mail.header", "no header"));
  }
  Judgement out;
  out.clear = path.starts_with("clear");
  if (!out.clear) {
    out.why = {"site.both"};
  }
  return out;
}

const std::vector<LabelledMail>& judged_mails() {
  static const std::vector<LabelledMail> kMails = {
      {"found1", Label::phi, "letters"},     {"found2", Label::phi, "letters"},
      {"clear1", Label::phi, "letters"},     {"error1", Label::phi, "letters"},
      {"clear2", Label::not_phi, "news"},    {"found3", Label::not_phi, "news"},
      {"clear3", Label::not_phi, "news"},    {"clear4", Label::not_phi, "news"},
      {"error2", Label::not_phi, "news"},    {"clear5", Label::phi, "ocr"},
      {"found4", Label::phi, "ocr"},         {"clear6", Label::grey, "staff"},
      {"clear7", Label::not_phi, "letters"},
  };
  return kMails;
}

TEST(Evaluation, CountsWhatIsFoundMissedAndLeftAlone) {
  for (const std::size_t threads : {1U, 4U}) {
    const Evaluation out = evaluate(judged_mails(), judge_by_name, threads);
    EXPECT_EQ(out.main.tp, 3U);
    EXPECT_EQ(out.main.fn, 1U);
    EXPECT_EQ(out.main.fp, 2U);
    EXPECT_EQ(out.main.tn, 4U);
    EXPECT_EQ(out.main.recall(), 0.75);
    EXPECT_DOUBLE_EQ(out.main.false_positive_rate().value_or(-1), 2.0 / 6.0);
    EXPECT_EQ(out.ocr.recall(), 0.5);
    EXPECT_FALSE(out.ocr.false_positive_rate().has_value());
    EXPECT_EQ(out.grey, 1U);
    EXPECT_EQ(out.categories.size(), 3U);
    EXPECT_EQ(out.errors.size(), 2U);
  }
}

TEST(Evaluation, TheFormForProgramsHasItsKeys) {
  std::ostringstream out;
  print_evaluation_json(evaluate(judged_mails(), judge_by_name, 2), out);
  const auto json = nlohmann::json::parse(out.str());
  for (const char* group : {"main", "ocr"}) {
    for (const char* key : {"tp", "fn", "fp", "tn", "recall", "false_positive_rate"}) {
      EXPECT_TRUE(json.at(group).contains(key)) << group << " " << key;
    }
  }
  EXPECT_EQ(json.at("categories").at("letters").at("wrong"), 1);
  EXPECT_EQ(json.at("categories").at("letters").at("total"), 5);
  EXPECT_EQ(json.at("categories").at("ocr").at("wrong"), 1);
  EXPECT_FALSE(json.at("categories").contains("staff"));
  EXPECT_THAT(json.at("misses"), ElementsAre("clear1", "clear5"));
  EXPECT_THAT(json.at("false_alarms"), ElementsAre("found3", "error2"));
  EXPECT_THAT(json.at("errors"), ElementsAre("error1", "error2"));
  EXPECT_TRUE(json.at("ocr").at("false_positive_rate").is_null());
}

std::string mail(const std::string& from, const std::string& content) {
  return "From: " + from + "\nTo: pat@example.org\nSubject: x\nMIME-Version: 1.0\n" +
         "Content-Type: text/plain; charset=utf-8\n\n" + content + "\n";
}

class EvaluateVerb : public testing::Test {
 protected:
  EvaluateVerb() {
    ::mkdir(clinic_.path("mail").c_str(), 0755);
    clinic_.folder().write("mail/1.eml",
                           mail("lab@clinic.example", "SSN 536-22-8726 hemochromatosis"));
    clinic_.folder().write("mail/2.eml", mail("lab@clinic.example", "lunch?"));
    clinic_.folder().write("mail/3.eml",
                           "From: a@clinic.example\nMIME-Version: 1.0\n"
                           "Content-Type: application/octet-stream\n\n\x01\x02\x03\x7f\x45\n");
  }
  std::string labels(const std::string& rows) const {
    return clinic_.folder().write("labels.csv", "path,label,category\n" + rows);
  }

  Clinic clinic_;
};

// With the real reader.
TEST_F(EvaluateVerb, WhatCannotBeReadIsAHit) {
  const std::string file = labels("1.eml,phi,a\n2.eml,not_phi,a\n3.eml,phi,a\n");
  const Ran ran = clinic_.phictl({"evaluate", "--labels", file, clinic_.path("mail"), "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto json = nlohmann::json::parse(ran.out);
  EXPECT_EQ(json.at("main").at("tp"), 2);
  EXPECT_EQ(json.at("main").at("tn"), 1);
  EXPECT_THAT(json.at("misses"), IsEmpty());
}

TEST_F(EvaluateVerb, WrongOnesAreNamedByPathAndRuleWithoutTheirText) {
  const std::string file = labels("1.eml,not_phi,a\n2.eml,phi,a\n");
  const Ran ran = clinic_.phictl({"evaluate", "--labels", file, clinic_.path("mail")});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Missed (1):\n  2.eml"));
  EXPECT_THAT(ran.out, HasSubstr("False alarms (1):\n  1.eml  a  site.both"));
  EXPECT_THAT(ran.out, Not(HasSubstr("8726")));
  EXPECT_THAT(ran.out, Not(HasSubstr("hemochromatosis")));
}

TEST_F(EvaluateVerb, WhatCannotBeJudgedIsListedAndAProblem) {
  const std::string file = labels("1.eml,phi,a\nnowhere.eml,phi,a\n");
  const Ran ran = clinic_.phictl({"evaluate", "--labels", file, clinic_.path("mail"), "--json"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(nlohmann::json::parse(ran.out).at("errors"), ElementsAre("nowhere.eml"));
}

TEST_F(EvaluateVerb, RulesCanBeNamed) {
  const std::string other = clinic_.folder().write("other.toml", R"(format = 1
[[detector]]
id = "meal"
class = "id.meal"
terms = ["lunch"]
[[rule]]
id = "meals"
[[rule.need]]
classes = ["id.meal"]
)");
  const std::string file = labels("1.eml,phi,a\n2.eml,phi,a\n");
  const Ran ran = clinic_.phictl(
      {"evaluate", "--labels", file, "--policy", other, clinic_.path("mail"), "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(nlohmann::json::parse(ran.out).at("misses"), ElementsAre("1.eml"));
}

TEST_F(EvaluateVerb, WrongLabelsOrFoldersAreProblems) {
  const std::string good = labels("1.eml,phi,a\n");
  const std::string bad = clinic_.folder().write("bad.csv", "path,label,category\n1.eml,maybe,a\n");
  EXPECT_THAT(clinic_.phictl({"evaluate", "--labels", bad, clinic_.path("mail")}).err,
              HasSubstr("bad.csv:2: "));
  EXPECT_EQ(clinic_.phictl({"evaluate", "--labels", good, clinic_.path("none")}).code, 1);
  EXPECT_EQ(clinic_.phictl({"evaluate", clinic_.path("mail")}).code, 2);
}

// The very first thing that somebody tries: no settings, the rules as they come.
TEST(EvaluateShipped, WithoutSettingsTheShippedRulesCount) {
  const test::TempFolder folder;
  folder.write("1.eml", mail("lab@clinic.example",
                             "Hi, Mr. Lopez (SSN 536-22-8726) was seen for congestive heart "
                             "failure yesterday."));
  const std::string file = folder.write("labels.csv", "path,label,category\n1.eml,phi,a\n");
  const test::ProgramResult ran =
      test::run_program(std::string(PHIMILTER_BIN_DIR) + "/phictl evaluate --json --labels " +
                        file + " " + folder.path());
  ASSERT_EQ(ran.status, 0) << ran.output;
  EXPECT_EQ(nlohmann::json::parse(ran.output).at("main").at("tp"), 1);
  const Ran asked = run({"--settings", "/no/such.toml", "evaluate", "--labels", file, "."});
  EXPECT_EQ(asked.code, 1);
}

}  // namespace
}  // namespace phimilter::phictl
