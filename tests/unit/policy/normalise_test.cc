// SPDX-License-Identifier: Apache-2.0
#include "policy/normalise.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

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
      {"\xff\xfe", "\xff\xfe"},
      {"", ""},
  };
  for (const Case& row : cases) {
    EXPECT_EQ(normalised(row.source), row.normal) << row.source;
  }
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
      "a",      "Z",      "7",       "-",      " ",      "\n",        "\r\n",   "\u200b",
      "\u00ad", "\u00e9", "\u0665",  "\uff15", "\ufb03", "\u041c",    "\u4e2d", "\U0001f600",
      "\xff",   "\x80",   "e\u0301", "\u00a0", "\u2013", "\U0001d7d8"};
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
