// SPDX-License-Identifier: Apache-2.0
#include "policy/regex_facts.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "policy/pattern_set.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kUnbounded = RegexFacts::kUnbounded;

struct Case {
  std::string expression;
  std::size_t longest;
  std::size_t digits;
  std::vector<std::string> literals;  // with '<' at the start of a word and '>' at its end
};

std::vector<std::string> shown(const std::vector<RequiredLiteral>& literals) {
  std::vector<std::string> out;
  for (const RequiredLiteral& literal : literals) {
    out.push_back((literal.at_word_start ? "<" : "") + literal.text +
                  (literal.at_word_end ? ">" : ""));
  }
  return out;
}

TEST(RegexFacts, KnowWhatEveryMatchHas) {
  const std::vector<Case> cases{
      {R"(\b\d{3}-\d{2}-\d{4}\b)", 11, 9, {"<000-00-0000>"}},
      {"abc", 3, 0, {"abc"}},
      {"(?i)ABC", 3, 0, {"abc"}},
      {"ab|cd", 2, 0, {"ab", "cd"}},
      {"ab|", 2, 0, {}},
      {R"(\b(?:e?mrn|chart) \d{4,13})", 19, 4, {"<mrn 0000", "<emrn 0000", "<chart 0000"}},
      {R"(x?mrn\d)", 5, 1, {"mrn0"}},
      {"colou?r", 6, 0, {"color", "colour"}},
      {"a*", kUnbounded, 0, {}},
      {"(?:needle)+", kUnbounded, 0, {"needle"}},
      {"a.{0,3}b", 5, 0, {"b"}},
      {"[0-9]{2,4}x?", 5, 2, {"00"}},
      {"[^0-9]{2}", 2, 0, {}},
      {"[]x]y", 2, 0, {"]y", "xy"}},
      {"[a-c]{2}", 2, 0, {"aa", "ab", "ac", "ba", "bb", "bc", "ca", "cb", "cc"}},
      {R"(a{2}{3})", 6, 0, {"aaaaaa"}},
      {R"(- {2,20}y?)", 22, 0, {"-  "}},
      {"x{,3}", 5, 1, {"x{,0}"}},
      {R"((?P<value>\d{1,3})%)", 4, 1, {"0%"}},
      {R"(\.\*\|)", 3, 0, {".*|"}},
      {R"(foo\b.{1,2}\bbar)", 8, 0, {"<bar"}},
      {R"((?:foo|longer)\s(?:quick|brown))",
       12,
       0,
       {"foo brown", "foo quick", "longer brown", "longer quick"}},
      {R"(\d[\s-](?:st|street|way)\b)",
       8,
       1,
       {"0 st>", "0-st>", "0 way>", "0-way>", "0 street>", "0-street>"}},
      {R"((?:ab){2}[ ;]x?\d)", 7, 1, {"abab 0", "abab;0", "abab x0", "abab;x0"}},
      {R"(\bab[^\w]{1,3}\d)", 6, 1, {"<ab>"}},
      {R"(\bab[^\w]{0,3}\d)", 6, 1, {"<ab"}},
      {R"(\b(?:ab|[c-z]{3}de|fg[^x]hi)\b)", 5, 0, {"<ab>", "de>", "<fg"}},
      {R"(\b(?:[ab]{1,9}x|y)\b)", 10, 0, {"x>", "<y>"}},
      {R"(\b(?:[a-z]b\s?|c){2}\d)", 7, 1, {"b", "<c"}},
      {"", 0, 0, {}},
  };
  for (const Case& row : cases) {
    const RegexFacts facts = regex_facts(row.expression);
    EXPECT_TRUE(facts.understood) << row.expression;
    EXPECT_EQ(facts.longest, row.longest) << row.expression;
    EXPECT_EQ(facts.digits, row.digits) << row.expression;
    EXPECT_EQ(shown(facts.literals), row.literals) << row.expression;
  }
}

TEST(RegexFacts, KnowHowEveryMatchBegins) {
  struct {
    std::string expression;
    std::vector<std::string> fronts;
  } const cases[] = {
      {R"(\b(?:your|sus?)\s(?:\w{2,14}\s){0,2}(?:lab|test)\b)", {"<su ", "<sus ", "<your "}},
      {R"(@[a-z0-9.-]{0,40}(?:clinic|lab\b))", {"@"}},
      {R"(\b(?:pt\b|mrn[#:]?)[^\n]{0,9}\d)", {"<pt>", "<mrn"}},
      {R"((?:ab|c[^d]e)\d{9,30})", {"c", "ab"}},
      {R"(\b(?:no\s)?(?:[a-h]x|ij)k)", {}},
      {R"([a-z]{1,9}@)", {}},
      {R"(x?[a-z]y)", {}},
      {R"((?:ab){0,3}c)", {"c", "abc", "ababc", "abababc"}},
      {R"((?:ab){2,40}c)", {"abab"}},
      {R"(\x41b)", {}},
  };
  for (const auto& row : cases) {
    EXPECT_EQ(shown(regex_facts(row.expression).fronts), row.fronts) << row.expression;
  }
}

TEST(RegexFacts, KnowTheBytesOfAMatch) {
  struct {
    std::string expression;
    std::size_t shortest;
    std::string in;
    std::string out;
  } const cases[] = {
      {R"(\b[A-HJ-NPR-Z0-9]{17}\b)", 17, "aZh0", "iIoOqQ -"},
      {R"(\d{1,3}(?:\.\d)?%)", 2, "09.%", "a ,"},
      {R"(x+|yz?)", 1, "xXyYzZ", "w"},
      {R"(a[^\n]{0,9}b*)", 1, " ~\x80\xff", "\n"},
      {"[\xe9]?", 0, "\xe9\xc9", "e"},
      {R"(\x41)", 0, "a\n\xff", ""},
  };
  for (const auto& row : cases) {
    const RegexFacts facts = regex_facts(row.expression);
    EXPECT_EQ(facts.shortest, row.shortest) << row.expression;
    for (const char c : row.in) {
      EXPECT_TRUE(facts.bytes[static_cast<unsigned char>(c)]) << row.expression << " " << c;
    }
    for (const char c : row.out) {
      EXPECT_FALSE(facts.bytes[static_cast<unsigned char>(c)]) << row.expression << " " << c;
    }
  }
}

TEST(RegexFacts, ClaimNothingAboutWhatTheyDoNotKnow) {
  for (const std::string expression : {R"(\x41bc)", R"(\pLabc)", R"(\Qabc\E)", "[[:alpha:]]abc",
                                       R"(abc\)", "(abc", "[abc", "abc)"}) {
    const RegexFacts facts = regex_facts(expression);
    EXPECT_FALSE(facts.understood) << expression;
    EXPECT_TRUE(facts.literals.empty()) << expression;
    EXPECT_EQ(facts.digits, 0U) << expression;
  }
  EXPECT_FALSE(regex_facts(std::string(200'000, '(')).understood);
}

// Property: what RE2 finds in a text by itself, the set finds, too.
TEST(RegexFacts, NeverHideAMatch) {
  const std::vector<std::string> expressions{
      R"(\b\d{3}[- .]\d{2}[- .]\d{4}\b)",
      R"(\b(?:e?mrn|m\.r\.n\.|pt\s?(?:id|#))\s?[:#]?\s{0,3}(?P<value>[A-Z]{0,4}-?\d{4,9})\b)",
      R"(\b(?:\d[ -]?){12,18}\d\b)",
      R"((?:^|\n)x?ab{1,2}c)",
      R"(a[^\n]{0,20}\d)",
      R"(\bpt\b|\bid\b)",
      "[a-c]{2,3}#",
      R"(-\s?-|:\d)",
      R"(\d\s(?:ab|id|c)\b)",
      R"((?:[a-c]{1,2}\s){1,2}(?:pt|ab)\b\.?)",
      R"(\bmrn[^\w]{1,2}\d|(?:-|\s)e\b)",
      R"([a-cx]{3,6})",
      R"(#\s?\d\s(?:a|B)|- {2,4}x|(?:bc){2,3})",
      R"(\b\w{5}\b)",
      R"([A-C]\d{1,3}-?[-.]\d?)",
      R"([0-9a-e]{4,40})",
      R"(\bpt\b[^\d\n]{1,8}(?P<value>\d{2,3}))",
      R"(:[a-c. ]{0,9}(?:\d|x))",
      R"((?:mrn|\bid)(?:\s[a-c]{1,2}){0,2}#?(?:e|\d-))",
  };
  const std::vector<std::string> pieces{"123", "45", "6789", "-",  " ",  ".", "mrn",   "MRN", "e",
                                        "pt",  "id", "#",    ":",  "\n", "a", "ab",    "bc",  "c",
                                        "x",   "B",  "AB-",  "77", "0",  "_", "m.r.n."};
  std::mt19937 random(20261122);
  std::size_t found = 0;
  for (const std::string& expression : expressions) {
    const auto pattern = Pattern::compile(expression, LetterCase::ignored);
    ASSERT_TRUE(pattern.has_value()) << expression;
    const auto set = PatternSet::create({*pattern});
    ASSERT_TRUE(set.has_value()) << expression;
    for (int round = 0; round < 1000; ++round) {
      std::string text;
      for (auto i = random() % 12; i > 0; --i) {
        text += pieces[random() % pieces.size()];
      }
      bool seen = false;
      EXPECT_TRUE(set->scan(
          text,
          [&](const PatternMatch&) {
            seen = true;
            return true;
          },
          [] { return false; }));
      ASSERT_EQ(seen, pattern->found_in(text)) << expression << " in '" << text << "'";
      found += seen ? 1 : 0;
    }
  }
  EXPECT_GT(found, 300U);
}

}  // namespace
}  // namespace phimilter::policy
