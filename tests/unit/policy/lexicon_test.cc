// SPDX-License-Identifier: Apache-2.0
#include "policy/lexicon.h"

#include <gtest/gtest.h>

#include <cctype>
#include <random>
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

// Words as policy/tokens.h tells them, one byte after the other.
std::vector<std::string> words_by_bytes(std::string_view text) {
  const auto is_word = [&](std::size_t at) {
    const auto c = static_cast<unsigned char>(at < text.size() ? text[at] : ' ');
    return std::isalnum(c) != 0 || c >= 0x80;
  };
  std::vector<std::string> out;
  std::size_t line = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    line += text[at] == '\n' ? 1 : 0;
    if (!is_word(at) && text[at] != '#') {
      continue;
    }
    std::size_t end = at + 1;
    while (text[at] != '#' &&
           (is_word(end) || (end < text.size() && text[end] == '\'' && is_word(end + 1)))) {
      ++end;
    }
    out.push_back(std::string(text.substr(at, end - at)) + '@' + std::to_string(line));
    at = end - 1;
  }
  return out;
}

struct Case {
  std::string_view text;
  std::vector<std::string> expected;
};

TEST(Lexicon, SplitsWordsWhereverTheyStand) {
  const Lexicon lists = lexicon({"abc", "x", "o'neil"});
  const std::vector<std::string> pieces{"a",
                                        "bc",
                                        "X",
                                        "'",
                                        "'",
                                        "#",
                                        " ",
                                        "\n",
                                        "7",
                                        "\xc3\xa9",
                                        "-",
                                        "_",
                                        "abcdefghijkl",
                                        "                    "};
  std::mt19937 random(20261122);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (auto i = random() % 90; i > 0; --i) {
      text += pieces[random() % pieces.size()];
    }
    std::vector<std::string> words;
    for (const Token& token : lists.tokens(text)) {
      words.push_back(std::string(spelled(text, token)) + '@' + std::to_string(token.line));
      const bool listed = folded_words(spelled(text, token)).front() == "abc";
      EXPECT_EQ(token.word == lists.tokens("abc").front().word, listed) << words.back();
    }
    ASSERT_EQ(words, words_by_bytes(text)) << text;
  }
}

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
