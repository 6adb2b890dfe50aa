// SPDX-License-Identifier: Apache-2.0
#include "policy/rules.h"

#include <gtest/gtest.h>

#include "policy/test_policies.h"

namespace phimilter::policy {
namespace {

using testing::body;
using testing::message;

// Text in which '1' stands for an identifier, '2' for another one, 'h', 'i' and 's' for health and
// sensitive terms.
struct Marked {
  extract::MessageText text;
  Findings findings;
};

Marked marked(const std::vector<std::string>& parts) {
  Marked out;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    out.text.parts.push_back(body(parts[part]));
    for (std::size_t at = 0; at < parts[part].size(); ++at) {
      const char c = parts[part][at];
      const std::string name = c == '1'   ? "id.a"
                               : c == '2' ? "id.b"
                               : c == 'h' ? "health.x"
                               : c == 'i' ? "health.y"
                               : c == 's' ? "sensitive.z"
                                          : "";
      if (!name.empty()) {
        out.findings.items.push_back({"d", name, part, at, 1, 70});
      }
    }
  }
  return out;
}

Rule rule(std::vector<Need> needs, Join join = Join::window, std::size_t window = 10) {
  Rule out;
  out.id = "r";
  out.needs = std::move(needs);
  out.join = join;
  out.window = window;
  return out;
}

RuleSet rule_set(std::vector<Rule> rules) {
  auto model = std::make_shared<Model>();
  model->rules = std::move(rules);
  return RuleSet(std::move(model));
}

std::vector<RuleHit> hits(const std::vector<Rule>& rules, const Marked& input,
                          const MessageContext& context = {}) {
  return rule_set(rules).match(input.text, input.findings, context).acting;
}

const Need kId{{"id.*"}, 50, 1, 1, 1};
const Need kHealth{{"health.*"}, 50, 1, 1, 1};

TEST(Rules, JoinInAWindow) {
  const Rule near = rule({kId, kHealth});
  EXPECT_EQ(hits({near}, marked({"1..........h"})).size(), 1U);   // ten between
  EXPECT_EQ(hits({near}, marked({"1...........h"})).size(), 0U);  // eleven
  EXPECT_EQ(hits({near}, marked({"h..........1"})).size(), 1U);
  EXPECT_EQ(hits({near}, marked({"1", "h"})).size(), 0U);
  EXPECT_EQ(hits({near}, marked({"1............................1..h"})).front().findings,
            (std::vector<std::size_t>{1, 2}));
}

TEST(Rules, CountPoints) {
  Need points = kHealth;
  points.points = 130;
  const Rule worth = rule({kId, points}, Join::part);
  EXPECT_EQ(hits({worth}, marked({"1 h"})).size(), 0U);
  EXPECT_EQ(hits({worth}, marked({"1 h h"})).size(), 0U);  // the same text counts once
  EXPECT_EQ(hits({worth}, marked({"1 h i"})).size(), 1U);
  EXPECT_EQ(hits({worth}, marked({"1 h", "i"})).size(), 0U);
  const Rule near = rule({kId, points});
  EXPECT_EQ(hits({near}, marked({"h....1....i"})).size(), 1U);
  EXPECT_EQ(hits({near}, marked({"h....1..........i"})).size(), 0U);

  Marked unsure = marked({"1 h h i"});
  unsure.findings.items[1].confidence = 55;
  unsure.findings.items[3].confidence = 61;
  EXPECT_EQ(hits({worth}, unsure).size(), 1U);  // the surest of each text: 70 and 61
  unsure.findings.items[3].confidence = 59;
  EXPECT_EQ(hits({worth}, unsure).size(), 0U);
}

TEST(Rules, TellThePointsThatWereFound) {
  Need points = kHealth;
  points.points = 300;
  const Marked input = marked({"1 h i"});
  const auto reports =
      rule_set({rule({points}, Join::part)}).report(input.text, input.findings, {});
  ASSERT_EQ(reports.size(), 1U);
  ASSERT_EQ(reports[0].needs.size(), 1U);
  EXPECT_FALSE(reports[0].fired);
  EXPECT_NE(reports[0].needs[0].wanted.find("300 points"), std::string::npos);
  EXPECT_NE(reports[0].needs[0].wanted.find("140 found"), std::string::npos);
}

TEST(Rules, JoinADocumentWithWhatStandsOverIt) {
  const Rule document = rule({kId, kHealth}, Join::document);
  Marked header = marked({"1", "x", "h"});
  EXPECT_EQ(hits({document}, header).size(), 0U);
  header.text.parts[0].kind = extract::PartKind::header;
  EXPECT_EQ(hits({document}, header).size(), 1U);
  header.text.parts[0].kind = extract::PartKind::file_name;
  EXPECT_EQ(hits({document}, header).size(), 1U);
  EXPECT_EQ(hits({document}, marked({"1 x h"})).size(), 1U);
}

TEST(Rules, HoldForShortTextsOnly) {
  Rule brief = rule({kId}, Join::message);
  brief.text_below = 10;
  EXPECT_EQ(hits({brief}, marked({"1 short"})).size(), 1U);
  EXPECT_EQ(hits({brief}, marked({"1 is long enough"})).size(), 0U);
  EXPECT_EQ(hits({brief}, marked({"1", "a long attachment"})).size(), 0U);
  Marked header = marked({"1 in a long header field", "x"});
  header.text.parts[0].kind = extract::PartKind::header;
  EXPECT_EQ(hits({brief}, header).size(), 1U);
}

TEST(Rules, JoinOnALine) {
  const Rule line = rule({kId, kHealth}, Join::line);
  EXPECT_EQ(hits({line}, marked({"1..............................h"})).size(), 1U);
  EXPECT_EQ(hits({line}, marked({"1\nh"})).size(), 0U);
  EXPECT_EQ(hits({line}, marked({"x\n1 h\n"})).size(), 1U);
  EXPECT_EQ(hits({line}, marked({"1", "h"})).size(), 0U);
}

TEST(Rules, JoinInARecord) {
  struct Case {
    const char* text;
    bool hit;
  };
  const Case cases[] = {
      {"1\n\nh", false},     {"1\nx\nh", true},       {"1\n \t\nh", false},
      {"1\r\n\r\nh", false}, {"\n1\nh", true},        {"x\n\n1\nx\nh", true},
      {"1", false},          {"1\n\n\n\nh\n1", true}, {"1\n\nh\n\n1\n", false},
  };
  const Rule record = rule({kId, kHealth}, Join::record);
  for (const Case& row : cases) {
    EXPECT_EQ(!hits({record}, marked({row.text})).empty(), row.hit) << row.text;
  }
  EXPECT_TRUE(hits({record}, marked({"1", "h"})).empty());
}

TEST(Rules, ARuleOfManyRecordsNamesTheFindingsOfThoseThatMeetItOnly) {
  const auto found = hits({rule({kId, kHealth}, Join::record)}, marked({"1 h\n\n1\n\nh\n\n2 i"}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].findings, (std::vector<std::size_t>{0, 1, 4, 5}));
}

TEST(Rules, ShadowRulesAreKeptApart) {
  Rule shadow = rule({kHealth});
  shadow.id = "tried";
  shadow.shadow = true;
  const Marked input = marked({"h"});
  const MatchedRules matched =
      rule_set({shadow, rule({kHealth})}).match(input.text, input.findings, {});
  ASSERT_EQ(matched.acting.size(), 1U);
  EXPECT_EQ(matched.acting[0].rule, "r");
  ASSERT_EQ(matched.shadow.size(), 1U);
  EXPECT_EQ(matched.shadow[0].rule, "tried");
}

TEST(Rules, JoinInAPartOrTheMessage) {
  EXPECT_EQ(hits({rule({kId, kHealth}, Join::part)},
                 marked({std::string("1") + std::string(5000, '.') + "h"}))
                .size(),
            1U);
  EXPECT_EQ(hits({rule({kId, kHealth}, Join::part)}, marked({"1", "h"})).size(), 0U);
  EXPECT_EQ(hits({rule({kId, kHealth}, Join::message)}, marked({"1", "h"})).size(), 1U);
}

TEST(Rules, NeedsOfCountDistinctTextsClassesAndConfidence) {
  struct Case {
    Need need;
    std::string_view text;
    bool hit;
  };
  const Case cases[] = {
      {{{"health.*"}, 50, 3, 1, 1}, "hhh", true},
      {{{"health.*"}, 50, 3, 1, 1}, "hh", false},
      {{{"health.*"}, 50, 1, 2, 1}, "hhh", false},
      {{{"health.*"}, 50, 1, 2, 1}, "hi", true},
      {{{"id.*"}, 50, 1, 1, 2}, "11", false},
      {{{"id.*"}, 50, 1, 1, 2}, "12", true},
      {{{"health.*"}, 71, 1, 1, 1}, "h", false},
      {{{"health.*"}, 70, 1, 1, 1}, "h", true},
      {{{"health.x", "id.b"}, 50, 1, 1, 1}, "1", false},
      {{{"health.x", "id.b"}, 50, 1, 1, 1}, "2", true},
      {{{"heal.*"}, 50, 1, 1, 1}, "h", false},
      {{{"*"}, 50, 1, 1, 1}, "s", true},
  };
  for (const Case& row : cases) {
    EXPECT_EQ(!hits({rule({row.need})}, marked({std::string(row.text)})).empty(), row.hit)
        << row.text;
  }
}

TEST(Rules, UnlessTakesARuleOut) {
  Rule guarded = rule({kId, kHealth});
  guarded.unless = {{{"sensitive.*"}, 50, 2, 1, 1}};
  EXPECT_EQ(hits({guarded}, marked({"1h", "s"})).size(), 1U);
  EXPECT_EQ(hits({guarded}, marked({"1h", "ss"})).size(), 0U);
}

TEST(Rules, ConditionsOnTheSender) {
  Rule by_sender = rule({kHealth});
  by_sender.when.senders = {"lab@clinic.example"};
  by_sender.when.larger_than = 100;
  MessageContext context;
  context.sender = "Lab@clinic.example";
  context.size = 101;
  EXPECT_EQ(hits({by_sender}, marked({"h"}), context).size(), 1U);
  context.size = 100;
  EXPECT_EQ(hits({by_sender}, marked({"h"}), context).size(), 0U);
  context.size = 101;
  context.sender = "other@clinic.example";
  EXPECT_EQ(hits({by_sender}, marked({"h"}), context).size(), 0U);
}

TEST(Rules, StrongestFirst) {
  Rule pass = rule({kHealth});
  pass.id = "pass";
  pass.action = Action::pass;
  Rule hold = pass;
  hold.id = "hold";
  hold.action = Action::hold;
  Rule protect = pass;
  protect.id = "protect";
  protect.action = Action::protect;
  Rule secret = protect;
  secret.id = "secret";
  secret.sensitive = true;
  std::vector<std::string> order;
  for (const RuleHit& hit : hits({pass, protect, secret, hold}, marked({"h"}))) {
    order.push_back(hit.rule);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"hold", "secret", "protect", "pass"}));
}

TEST(Rules, SensitiveClassesMakeAHitSensitive) {
  const Need any{{"health.*", "sensitive.*"}, 50, 1, 1, 1};
  EXPECT_TRUE(hits({rule({kId, any})}, marked({"1s"})).front().sensitive);
  EXPECT_FALSE(hits({rule({kId, any})}, marked({"1h............s"})).front().sensitive);
}

TEST(Rules, FindingsThatPointNowhereAreEvidenceAllTheSame) {
  Findings findings;
  findings.items = {{"recipient", "id.recipient", 0, 0, 0, 60}, {"d", "health.x", 7, 100, 20, 70}};
  Rule everywhere = rule({kId, kHealth}, Join::message);
  EXPECT_EQ(rule_set({everywhere}).match(extract::MessageText{}, findings, {}).acting.size(), 1U);
}

TEST(Rules, WhatStandsNowhereIsBesideNothing) {
  Marked input = marked({"h"});
  input.findings.items.insert(input.findings.items.begin(),
                              {"recipient", "id.recipient", 0, 0, 0, 60});
  for (const Join join : {Join::window, Join::line, Join::record}) {
    EXPECT_TRUE(hits({rule({kId, kHealth}, join)}, input).empty()) << to_string(join);
    EXPECT_EQ(hits({rule({kId}, join)}, input).size(), 1U) << to_string(join);
  }
  EXPECT_EQ(hits({rule({kId, kHealth}, Join::message)}, input).size(), 1U);
}

TEST(Rules, ReportSaysWhichNeedIsMissing) {
  const Marked input = marked({"h"});
  const auto reports =
      rule_set({rule({kId, kHealth}), rule({kId})}).report(input.text, input.findings, {});
  const RuleReport* nearest = nearest_miss(reports);
  ASSERT_NE(nearest, nullptr);
  EXPECT_EQ(nearest->rule, "r");
  EXPECT_EQ(nearest->join, "window 10");
  ASSERT_EQ(nearest->needs.size(), 2U);
  EXPECT_FALSE(nearest->needs[0].met);
  EXPECT_TRUE(nearest->needs[1].met);
  EXPECT_EQ(nearest->needs[1].findings, std::vector<std::size_t>{0});
}

TEST(Rules, ReportOfARuleThatFiredNamesWhatMadeItFire) {
  const Marked input = marked({"1h..................1...........h"});
  const auto reports = rule_set({rule({kId, kHealth})}).report(input.text, input.findings, {});
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_TRUE(reports[0].fired);
  EXPECT_EQ(reports[0].needs[0].findings, std::vector<std::size_t>{0});
  EXPECT_EQ(reports[0].needs[1].findings, std::vector<std::size_t>{1});
}

}  // namespace
}  // namespace phimilter::policy
