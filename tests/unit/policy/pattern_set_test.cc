// SPDX-License-Identifier: Apache-2.0
#include "policy/pattern_set.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace phimilter::policy {
namespace {

Pattern pattern(const std::string& expression, LetterCase letter_case = LetterCase::ignored) {
  auto compiled = Pattern::compile(expression, letter_case);
  EXPECT_TRUE(compiled.has_value()) << expression;
  return *compiled;
}

std::vector<std::string> matches(const PatternSet& set, std::string_view text) {
  std::vector<std::string> out;
  const bool whole = set.scan(
      text,
      [&](const PatternMatch& match) {
        out.push_back(std::to_string(match.pattern) + ":" + std::to_string(match.from) + "-" +
                      std::to_string(match.to));
        return true;
      },
      [] { return false; });
  EXPECT_TRUE(whole);
  return out;
}

TEST(PatternSet, GivesPlacesOfEveryPattern) {
  auto set = PatternSet::create({pattern(R"(\bmrn (?P<value>\d+))"), pattern(R"(\d{3})")});
  ASSERT_TRUE(set.has_value());
  const std::vector<std::string> expected{"0:4-9", "0:15-18", "1:4-7", "1:15-18"};
  EXPECT_EQ(matches(*set, "MRN 12345, mrn 678"), expected);
}

// Of matches that lie over each other the first one counts, wherever the search begins.
TEST(PatternSet, MatchesDoNotOverlap) {
  auto set = PatternSet::create({pattern(R"(\bmrn[^\d]{1,9}?(?P<value>\d{1,3}|mrn))")});
  ASSERT_TRUE(set.has_value());
  const std::vector<std::string> expected{"0:4-7", "0:12-14", "0:20-21"};
  EXPECT_EQ(matches(*set, "mrn mrn mrn 45. mrn 7 mrn"), expected);
}

TEST(PatternSet, CaseCanMatter) {
  EXPECT_TRUE(pattern("abc").found_in("xABCx"));
  EXPECT_FALSE(pattern("abc", LetterCase::exact).found_in("xABCx"));
}

TEST(PatternSet, PatternsAreNormalisedLikeTheText) {
  EXPECT_TRUE(pattern("n\u00famero").found_in("numero"));
}

TEST(PatternSet, FindsAcrossWindowsOnceEach) {
  auto set = PatternSet::create({pattern(R"(\b\d{9}\b)")});
  ASSERT_TRUE(set.has_value());
  std::string text;
  std::size_t wanted = 0;
  while (text.size() < 100'000) {
    text += "word " + std::to_string(100'000'000 + wanted) + " ";
    ++wanted;
  }
  EXPECT_EQ(matches(*set, text).size(), wanted);
}

TEST(PatternSet, TextWithoutBlanksIsScannedToo) {
  auto set = PatternSet::create({pattern("needle")});
  ASSERT_TRUE(set.has_value());
  const std::string hay(8 * 1024 - 3, 'x');
  EXPECT_EQ(matches(*set, hay + "needle" + hay).size(), 1U);
}

TEST(PatternSet, StopsWhenTimeIsUp) {
  auto set = PatternSet::create({pattern("a")});
  ASSERT_TRUE(set.has_value());
  EXPECT_FALSE(set->scan(
      "aaa", [](const PatternMatch&) { return true; }, [] { return true; }));
}

TEST(PatternSet, RefusesWhatDoesNotCompile) {
  for (const std::string& expression :
       {std::string("("), std::string("a**"), std::string("(?=x)"), std::string(R"((a)\1)")}) {
    const auto compiled = Pattern::compile(expression, LetterCase::ignored);
    ASSERT_FALSE(compiled.has_value()) << expression;
    EXPECT_EQ(compiled.error().kind, FaultKind::configuration);
  }
}

TEST(PatternSet, RefusesAPatternThatMatchesNothingAtAll) {
  EXPECT_FALSE(PatternSet::create({pattern("a*")}).has_value());
}

TEST(PatternSet, AnEmptySetFindsNothing) {
  auto set = PatternSet::create({});
  ASSERT_TRUE(set.has_value());
  EXPECT_TRUE(matches(*set, "text").empty());
}

}  // namespace
}  // namespace phimilter::policy
