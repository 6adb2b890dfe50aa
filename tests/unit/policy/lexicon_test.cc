// SPDX-License-Identifier: Apache-2.0
#include "policy/lexicon.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/normalise.h"

namespace phimilter::policy {
namespace {

Lexicon lexicon(const std::vector<std::string>& terms) {
  Lexicon out;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    out.add(terms[i], 0, i, Lexicon::Letters::any);
  }
  return out;
}

std::vector<std::string> found(const Lexicon& lexicon, std::string_view source) {
  const std::string text = normalised(source);
  std::vector<std::string> out;
  WordNotes notes;
  const Tokens tokens = lexicon.tokens(text, notes);
  std::vector<LexiconHit> hits;
  lexicon.scan(text, tokens, notes, hits);
  for (const LexiconHit& hit : hits) {
    out.push_back(
        text.substr(tokens[hit.first].from, tokens[hit.last].to - tokens[hit.first].from));
  }
  return out;
}

struct Case {
  std::string_view text;
  std::vector<std::string> expected;
};

TEST(Lexicon, FindsTermsByTheirWords) {
  const Lexicon terms =
      lexicon({"heart failure", "congestive heart failure", "Crohn's disease", "covid-19",
               "c-section", "biopsy", "d.o.b.", "soc. sec. #", "c\u00e1ncer"});
  const std::vector<Case> cases{
      {"Congestive  heart\nfailure.", {"Congestive  heart\nfailure"}},
      {"heart failure, biopsy", {"heart failure", "biopsy"}},
      {"heart. Failure", {}},
      {"heart, failure", {}},
      {"heart\n\nfailure", {}},
      {"> heart\n> failure", {"heart\n> failure"}},
      {"sweetheart failure", {}},
      {"Crohns Disease; CROHN\u2019S DISEASE", {"Crohns Disease", "CROHN'S DISEASE"}},
      {"covid 19 covid-19 covid19", {"covid 19", "covid-19"}},
      {"C section", {"C section"}},
      {"two biopsies, three biopsys", {}},
      {"heart failures", {"heart failures"}},
      {"D.O.B. DOB", {"D.O.B"}},
      {"soc sec # 1", {"soc sec #"}},
      {"cancer", {"cancer"}},
      {"heart", {}},
      {"", {}},
  };
  for (const Case& row : cases) {
    EXPECT_EQ(found(terms, row.text), row.expected) << row.text;
  }
}

TEST(Lexicon, GroupsDoNotHideEachOther) {
  Lexicon terms;
  terms.add("patient id", 0, 0, Lexicon::Letters::any);
  terms.add("patient", 0, 1, Lexicon::Letters::any);
  terms.add("patient", 1, 2, Lexicon::Letters::any);
  EXPECT_EQ(found(terms, "patient id"), (std::vector<std::string>{"patient id", "patient"}));
}

TEST(Lexicon, AbbreviationsWantCapitals) {
  Lexicon terms;
  terms.add("aids", 0, 0, Lexicon::Letters::capitals);
  EXPECT_EQ(found(terms, "first aids, AIDS"), std::vector<std::string>{"AIDS"});
}

TEST(Lexicon, ReadsLinesWithTheirColumn) {
  const auto lines = parse_lexicon("# comment\n\nheart failure\tA\r\nbiopsy\n", "t.tsv");
  ASSERT_TRUE(lines.has_value());
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ((*lines)[0].term, "heart failure");
  EXPECT_EQ((*lines)[0].column, "A");
  EXPECT_EQ((*lines)[0].line, 3);
  EXPECT_EQ((*lines)[1].column, "");
}

TEST(Lexicon, RefusesBadLinesWithTheirNumber) {
  const std::vector<std::string> bad{"ok\n\tA\n", "ok\na\tb\tc\n", "ok\n...\n", "ok\nx\x01y\n",
                                     "ok\na b c d e f g h i j k l m n o p q\n"};
  for (const std::string& content : bad) {
    const auto lines = parse_lexicon(content, "t.tsv");
    ASSERT_FALSE(lines.has_value()) << content;
    EXPECT_EQ(lines.error().kind, FaultKind::configuration);
    EXPECT_NE(lines.error().text.find("t.tsv:2:"), std::string::npos) << lines.error().text;
  }
}

}  // namespace
}  // namespace phimilter::policy
