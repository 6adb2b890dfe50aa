// SPDX-License-Identifier: Apache-2.0
#include "policy/normalise.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "policy/lexicon.h"

namespace phimilter::policy {
namespace {

struct Case {
  std::string_view source;
  std::string_view normal;
};

// What Python 3.11 unicodedata says for NFKC (full width, ligatures, digits by .digit()), and by
// eye for the rest.
TEST(Normalise, MakesTheSameWhatReadsTheSame) {
  const std::vector<Case> cases{
      {"plain text, 123-45-6789", "plain text, 123-45-6789"},
      {"SSN 219\u200b-44-\u200b8873", "SSN 219-44-8873"},
      {"sick\u00adness", "sickness"},
      {"\u202e536\u202c", "536"},
      {"a\u00a0b\u2009c\u3000d", "a b c d"},
      {"\uff15\uff13\uff16\uff0d\uff12\uff12", "536-22"},
      {"\u0665\u0663\u0666", "536"},
      {"\u096b\u0969\u096c", "536"},
      {"\U0001d7d7\U0001d7d8\U0001d7ff", "909"},
      {"536\u201322\u20138726", "536-22-8726"},
      {"Jos\u00e9 Mu\u00f1oz", "Jose Munoz"},
      {"Jose\u0301", "Jose"},
      {"\u0141ukasz", "Lukasz"},
      {"of\ufb01ce", "office"},
      {"\u041cRN", "MRN"},
      {"\u2018it\u2019s\u2019", "'it's'"},
      {"a\r\nb", "a\nb"},
      {"536-\r\n22-8726", "536-22-8726"},
      {"536-\nx", "536-\nx"},
      {"536\n-22-8726", "536-22-8726"},
      {"> 536-22-\r\n> 8726", "> 536-22-8726"},
      {"03/\n14/1962", "03/14/1962"},
      {"in 2019\n- 12 boxes", "in 2019\n- 12 boxes"},
      {"well-\nknown", "well-\nknown"},
      {"\uff33\uff33\uff2e \u2460\u00b2\u2083", "SSN 123"},
      {"\U0001d40f\U0001d42d", "Pt"},
      {"\u0430\u03c1\u0440\u03bf\u0456ntment", "appointment"},
      {"\u13c2e\u0501", "hed"},
      {"\u2167 \u00bd", "VIII 1/2"},
      {"Lipitor\u00ae\u2122 \u2022 5\u00b5g \u00b0", "Lipitor   \u0020 5ug  "},
      {"caf\u00e9 na\u00efve \u1eb1\u1ed9", "cafe naive ao"},
      {"\U0001f600!", " !"},
      {"\u4e2d\u6587", "\u4e2d\u6587"},
      {"\U000e0041\u3164x", "x"},
      {"\u0662\u0660\u2044\u0967\u0968", "20/12"},
      {"\xff\xfe", "\xff\xfe"},
      {"", ""},
  };
  for (const Case& row : cases) {
    EXPECT_EQ(normalised(row.source), row.normal) << row.source;
  }
}

struct SpellingCase {
  std::string_view text;
  std::string_view expected;
};

TEST(Normalise, SpelledOutNumbersAndWordsAreJoined) {
  const std::vector<SpellingCase> cases{
      {"ssn 5 3 6 - 2 2 - 8 7 2 6.", "ssn 536-22-8726."},
      {"5 3 6 2 2 8 7 2 6", "536228726"},
      {"d i a b e t e s  m e l l i t u s", "diabetes  mellitus"},
      {"1 2 3 4", "1 2 3 4"},
      {"I a m", "I a m"},
      {"1\n2\n3\n4\n5\n6", "1\n2\n3\n4\n5\n6"},
      {"0 1 2 3 4 10 11", "01234 10 11"},
      {"a b 1 2 3 c d", "a b 1 2 3 c d"},
  };
  const Lexicon lexicon;
  for (const SpellingCase& row : cases) {
    NormalText normal(row.text);
    normal.remove(spelling_gaps(normal.text(), lexicon.tokens(normal.text())));
    EXPECT_EQ(normal.text(), row.expected);
  }
}

TEST(Normalise, SpansOfJoinedTextCoverTheirBlanks) {
  const std::string source = "caf\u00e9: 5 3 6 - 2 2 - 8 7 2 6 \u00bd.";
  const Lexicon lexicon;
  NormalText normal(source);
  normal.remove(spelling_gaps(normal.text(), lexicon.tokens(normal.text())));
  const auto span_of = [&](std::string_view text) {
    const std::size_t from = normal.text().find(text);
    EXPECT_NE(from, std::string::npos) << text;
    const SourceSpan span = normal.source_span(from, from + text.size());
    return source.substr(span.offset, span.length);
  };
  EXPECT_EQ(span_of("536-22-8726"), "5 3 6 - 2 2 - 8 7 2 6");
  EXPECT_EQ(span_of("cafe"), "caf\u00e9");
  EXPECT_EQ(span_of("2."), "\u00bd.");
  EXPECT_EQ(span_of("1/2"), "\u00bd");
  EXPECT_EQ(span_of("."), ".");
}

TEST(Normalise, SpanCoversTheSourceOfAMatch) {
  const std::string source = "Jos\u00e9: 219\u200b-44-\u200b8873.";
  const NormalText normal(source);
  const std::size_t from = normal.text().find("219-44-8873");
  ASSERT_NE(from, std::string::npos);
  const SourceSpan span = normal.source_span(from, from + 11);
  EXPECT_EQ(source.substr(span.offset, span.length), "219\u200b-44-\u200b8873");
}

// Property, over texts made of every kind of character there is a rule for: each normal byte's span
// is inside the source, spans never go back, and the span's own normal form holds the byte.
TEST(Normalise, EveryByteKnowsWhereItCameFrom) {
  const std::vector<std::string> pieces{
      "a",      "Z",          "7",      "-",      " ",         "\n",     "\r\n",
      "\u200b", "\u00ad",     "\u00e9", "\u0665", "\uff15",    "\ufb03", "\u041c",
      "\u4e2d", "\U0001f600", "\xff",   "\x80",   "\u00bd",    "\u2122", "/",
      ">",      "e\u0301",    "\u00a0", "\u2013", "\U0001d7d8"};
  std::mt19937 random(20261121);
  for (int round = 0; round < 2000; ++round) {
    std::string source;
    for (auto i = random() % 24; i > 0; --i) {
      source += pieces[random() % pieces.size()];
    }
    const NormalText normal(source);
    std::size_t last = 0;
    for (std::size_t i = 0; i < normal.text().size(); ++i) {
      const SourceSpan span = normal.source_span(i, i + 1);
      ASSERT_GE(span.offset, last);
      ASSERT_GE(span.length, 1U);
      ASSERT_LE(span.offset + span.length, source.size());
      last = span.offset;
      const std::string again =
          normalised(std::string_view(source).substr(span.offset, span.length));
      ASSERT_NE(again.find(normal.text()[i]), std::string::npos) << round << " at " << i;
    }
  }
}

}  // namespace
}  // namespace phimilter::policy
