// SPDX-License-Identifier: Apache-2.0
#include "policy/scale.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test_policies.h"

namespace phimilter::policy {
namespace {

TEST(Weights, AreReadLineByLine) {
  const auto weights = parse_weights(
      "# a comment\n\nalways\t-\t-1.5\nword\tswallow\t0.25\nlength\t64\t1\n"
      "least\thealth.lab 60\t2\nperson\tnamed 100\t-2\n",
      "w.tsv");
  ASSERT_TRUE(weights.has_value()) << weights.error().describe();
  ASSERT_EQ(weights->size(), 5U);
  EXPECT_EQ(weights->at(1).name, "swallow");
  EXPECT_EQ(weights->at(2).at, 64U);
  EXPECT_EQ(weights->at(3).name, "health.lab");
  EXPECT_EQ(weights->at(3).at, 60U);
  EXPECT_FLOAT_EQ(weights->at(4).weight, -2);
}

TEST(Weights, AWrongLineIsNamed) {
  for (const std::string line :
       {"word\tswallow", "word\t\t1", "wort\tswallow\t1", "word\tswallow\theavy", "word\ta\tnan",
        "word\ta\t1000", "length\tlong\t1", "least\thealth.lab\t1", "least\t60\t1",
        "worth\thealth.lab sixty\t1", "word\ta\t1\t2", "shape\tstrangr\t1", "person\tnamd 0\t1",
        "always\t-\t1"}) {
    const auto weights = parse_weights("always\t-\t0\n" + line + "\n", "w.tsv");
    ASSERT_FALSE(weights.has_value()) << line;
    EXPECT_NE(weights.error().describe().find("w.tsv:2"), std::string::npos) << line;
  }
}

TEST(Weights, EachTraitStandsThereOnce) {
  const std::string lines =
      "word\tswallow\t1\nfrom\tswallow\t1\nlength\t64\t1\nlength\t128\t1\n"
      "least\thealth.lab 60\t1\nworth\thealth.lab 60\t1\n";
  EXPECT_TRUE(parse_weights(lines, "w.tsv").has_value());
  for (const std::string again : {"word\tswallow\t2", "length\t64\t1", "worth\thealth.lab 60\t1"}) {
    const auto weights = parse_weights(lines + again + "\n", "w.tsv");
    ASSERT_FALSE(weights.has_value()) << again;
    EXPECT_NE(weights.error().describe().find("w.tsv:7"), std::string::npos) << again;
  }
}

TEST(Weights, MoreThanAModelTakesAreRefused) {
  std::string lines;
  for (std::size_t i = 0; i < kMostWeights; ++i) {
    lines += "length\t" + std::to_string(i) + "\t1\n";
  }
  EXPECT_TRUE(parse_weights(lines, "w.tsv").has_value());
  EXPECT_FALSE(parse_weights(lines + "word\tswallow\t1\n", "w.tsv").has_value());
}

class WeighingTest : public ::testing::Test {
 protected:
  WeighingTest() {
    for (const char* word : {"swallow", "invoice"}) {
      lexicon_.add_word(word, WordClass::common);
    }
    lexicon_.add_word("garrick", WordClass::surname);
  }

  // With weights of these lines, of a body with this text.
  int confidence(const std::string& lines, const std::string& text,
                 const std::vector<Finding>& findings = {},
                 extract::PartKind kind = extract::PartKind::body) {
    const auto weights = parse_weights(lines, "w.tsv");
    EXPECT_TRUE(weights.has_value());
    const Weigher weigher(*weights, lexicon_);
    Scale scale(weigher);
    if (kind == extract::PartKind::header) {
      scale.add_header(text, lexicon_.tokens(text));
    } else {
      scale.add_said(weigher.said_by(lexicon_.tokens(text)));
    }
    scale.add_evidence(weigher.evidence(findings, text, kind));
    return scale.confidence();
  }

  Lexicon lexicon_;
};

// 1 / (1 + e^-2) = 0.8808, 1 / (1 + e^2) = 0.1192
TEST_F(WeighingTest, WordsCountOnceEach) {
  EXPECT_EQ(confidence("always\t-\t0\n", "swallow"), 50);
  EXPECT_EQ(confidence("word\tswallow\t2\n", "Swallow, swallow, swallow"), 88);
  EXPECT_EQ(confidence("word\tinvoice\t-2\n", "swallow the invoice"), 12);
  EXPECT_EQ(confidence("word\tswallow\t2\n", "invoice"), 50);
}

TEST_F(WeighingTest, WordsOfNoListAndNamesCountByShape) {
  EXPECT_EQ(confidence("shape\tname\t2\n", "garrick"), 88);
  EXPECT_EQ(confidence("shape\tstranger\t2\n", "Quillfeather"), 88);
  EXPECT_EQ(confidence("shape\tunlisted\t2\n", "quillfeather"), 88);
  EXPECT_EQ(confidence("shape\tnumber3\t2\n", "402"), 88);
  EXPECT_EQ(confidence("shape\tnumber5\t2\n", "4021187"), 88);
  EXPECT_EQ(confidence("shape\tname\t2\n", "swallow 402 Quillfeather"), 50);
}

TEST_F(WeighingTest, OfAHeaderSubjectAndSidesCountApart) {
  const auto kind = extract::PartKind::header;
  const std::string said = "word\tswallow\t2\n";
  EXPECT_EQ(confidence(said, "From: x@y.example\nSubject: swallow\n", {}, kind), 88);
  EXPECT_EQ(confidence(said, "From: swallow@y.example\nSubject: x\n", {}, kind), 50);
  const std::string from = "from\tswallow\t2\n";
  EXPECT_EQ(confidence(from, "From: Dr. Swallow <a@y.example>\n", {}, kind), 88);
  EXPECT_EQ(confidence(from, "From: swallow@y.example\n", {}, kind), 88);
  EXPECT_EQ(confidence(from, "From: x@y.swallow.example\n", {}, kind), 50);
  EXPECT_EQ(confidence(from, "To: swallow@y.example\nSubject: swallow\n", {}, kind), 50);
  EXPECT_EQ(confidence("to\tswallow\t2\n", "To: x@y.example, swallow@y.example\n", {}, kind), 88);
  EXPECT_EQ(confidence(from, "from: swallow", {}, extract::PartKind::body), 50);
}

TEST_F(WeighingTest, FindingsCountByTheirSurestByTextsAndByWorth) {
  const std::string text = "alpha beta alpha";
  const std::vector<Finding> findings{{"d", "health.lab", 0, 0, 5, 50},
                                      {"d", "health.lab", 0, 6, 4, 60},
                                      {"d", "health.lab", 0, 11, 5, 70}};
  EXPECT_EQ(confidence("least\thealth.lab 70\t2\n", text, findings), 88);
  EXPECT_EQ(confidence("least\thealth.lab 71\t2\n", text, findings), 50);
  EXPECT_EQ(confidence("different\thealth.lab 2\t2\n", text, findings), 88);
  EXPECT_EQ(confidence("different\thealth.lab 3\t2\n", text, findings), 50);
  EXPECT_EQ(confidence("least\thealth.lab 1\t0\nworth\thealth.* 130\t2\n", text, findings), 88);
  EXPECT_EQ(confidence("least\thealth.lab 1\t0\nworth\thealth.* 131\t2\n", text, findings), 50);
}

TEST_F(WeighingTest, AFindingOutsideOfTheTextHidesNoOther) {
  const Finding beyond{"d", "health.lab", 0, 6, 5, 90};
  const Finding far{"d", "health.lab", 0, static_cast<std::size_t>(-1), 5, 90};
  const Finding inside{"d", "health.lab", 0, 0, 5, 60};
  EXPECT_EQ(confidence("least\thealth.lab 60\t2\n", "alpha beta", {beyond, far, inside}), 88);
  EXPECT_EQ(confidence("least\thealth.lab 61\t2\n", "alpha beta", {beyond, far, inside}), 50);
}

TEST_F(WeighingTest, WordsOfNoListAreTold) {
  const auto weights =
      parse_weights("word\tswallow\t1\nword\tswalow\t1\nfrom\tquill\t1\n", "w.tsv");
  ASSERT_TRUE(weights.has_value());
  EXPECT_EQ(Weigher(*weights, lexicon_).unknown_words(),
            (std::vector<std::string>{"swalow", "quill"}));
}

TEST_F(WeighingTest, TheHeaviestTraitsAreTold) {
  const auto weights = parse_weights(
      "always\t-\t-1\nword\tswallow\t2\nword\tinvoice\t-3\nfrom\tswallow\t9\nshape\tnumber3\t0.5\n"
      "least\thealth.lab 20\t1\nleast\thealth.lab 60\t1.5\nlength\t2\t0.25\n",
      "w.tsv");
  ASSERT_TRUE(weights.has_value());
  const Weigher weigher(*weights, lexicon_);
  Scale scale(weigher);
  const std::string text = "Quillfeather: swallow the invoice 402";
  scale.add_said(weigher.said_by(lexicon_.tokens(text)));
  scale.add_evidence(weigher.evidence(std::vector<Finding>{{"d", "health.lab", 0, 0, 5, 60}}, text,
                                      extract::PartKind::body));
  std::string told;
  for (const CountedTrait& trait : scale.heaviest(5)) {
    told += trait.name + " " + std::to_string(trait.weight).substr(0, 4) + "; ";
  }
  EXPECT_EQ(
      told,
      "word invoice -3.0; class health.lab 2.50; word swallow 2.00; always -1.0; shape number3 "
      "0.50; ");
}

TEST_F(WeighingTest, APersonIsToldInOneWay) {
  const std::string lines =
      "least\tid.name 0\t0\nleast\tid.addressee 0\t0\nperson\tnamed 0\t2\n"
      "person\taddressed 0\t-2\n";
  const Finding name{"d", "id.name", 0, 0, 5, 60};
  const Finding addressee{"d", "id.addressee", 0, 0, 0, 60};
  EXPECT_EQ(confidence(lines, "alpha", {name, addressee}), 88);
  EXPECT_EQ(confidence(lines, "alpha", {addressee}), 12);
  EXPECT_EQ(confidence(lines, "alpha", {}), 50);
}

}  // namespace
}  // namespace phimilter::policy
