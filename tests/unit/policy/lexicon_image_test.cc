// SPDX-License-Identifier: Apache-2.0
#include "policy/lexicon_image.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "policy/lexicon.h"
#include "policy/normalise.h"
#include "test_policies.h"

namespace phimilter::policy {
namespace {

std::string sample() {
  LexiconImageWriter writer;
  EXPECT_TRUE(writer.add("Heart failure", "I50.9"));
  EXPECT_TRUE(writer.add("Crohn's disease", "K50"));
  EXPECT_TRUE(writer.add("E11.9", ""));
  EXPECT_FALSE(writer.add("...", ""));
  return writer.bytes();
}

std::shared_ptr<const LexiconImage> must_open(const std::string& path) {
  auto image = LexiconImage::open(path);
  EXPECT_TRUE(image.has_value()) << (image ? "" : image.error().describe());
  return image ? *image : nullptr;
}

TEST(LexiconImage, HoldsItsTerms) {
  const testing::PolicyFolder folder;
  const auto image = must_open(folder.write("a.lexicon", sample()));
  ASSERT_NE(image, nullptr);
  EXPECT_EQ(image->columns(), (std::vector<std::string>{"I50.9", "K50", ""}));
  for (const std::string_view term :
       {"heart failure", "HEART  FAILURE", "crohns disease", "e11.9"}) {
    EXPECT_TRUE(image->contains(term)) << term;
  }
  for (const std::string_view term : {"heart", "failure", "heart failure x", "", "e119"}) {
    EXPECT_FALSE(image->contains(term)) << term;
  }
}

TEST(LexiconImage, IsScannedBesideTheLexiconsOwnTerms) {
  const testing::PolicyFolder folder;
  Lexicon lexicon;
  lexicon.add("failure clinic", 0, 0, Lexicon::Letters::any);
  lexicon.add_image(must_open(folder.write("a.lexicon", sample())), 10);
  const std::string text = normalised("Crohn\u2019s disease; heart failure clinic");
  WordNotes notes;
  const Tokens tokens = lexicon.tokens(text, notes);
  std::vector<LexiconHit> hits;
  lexicon.scan(text, tokens, notes, hits);
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(hits[0].entry, 11U);
  EXPECT_EQ(hits[1].entry, 10U);
  EXPECT_EQ(hits[2].entry, 0U);
  EXPECT_EQ(text.substr(tokens[hits[1].first].from), "heart failure clinic");
}

TEST(LexiconImage, ManyTermsAreAllFound) {
  const testing::PolicyFolder folder;
  LexiconImageWriter writer;
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(
        writer.add("word" + std::to_string(i * 7919 % 5000) + " n" + std::to_string(i), ""));
  }
  const auto image = must_open(folder.write("a.lexicon", writer.bytes()));
  ASSERT_NE(image, nullptr);
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(
        image->contains("Word" + std::to_string(i * 7919 % 5000) + " N" + std::to_string(i)));
    ASSERT_FALSE(image->contains("word" + std::to_string(i % 5000) + " m" + std::to_string(i)));
  }
}

TEST(LexiconImage, ADamagedFileIsRefused) {
  const testing::PolicyFolder folder;
  const std::string good = sample();
  EXPECT_FALSE(LexiconImage::open(folder.write("none", "") + "x").has_value());
  for (const std::size_t size : {0, 7, 100, 183, 200}) {
    EXPECT_FALSE(LexiconImage::open(folder.write("cut", good.substr(0, size))).has_value()) << size;
  }
  for (std::size_t at = 0; at < good.size(); at += 11) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x41);
    const auto opened = LexiconImage::open(folder.write("bad", bad));
    if (at >= 56 && at < 184) {
      continue;  // the table of sections is under no checksum; it is checked by itself below
    }
    ASSERT_FALSE(opened.has_value()) << at;
    EXPECT_EQ(opened.error().kind, FaultKind::configuration);
  }
}

// Whatever the header says, nothing outside the file is read (the sanitizers watch).
TEST(LexiconImage, AForgedHeaderLeadsNowhere) {
  const testing::PolicyFolder folder;
  const std::string good = sample();
  std::mt19937 random(20261122);
  for (int round = 0; round < 100; ++round) {
    std::string bad = good;
    bad[56 + random() % 128] = static_cast<char>(random());
    if (const auto opened = LexiconImage::open(folder.write("forged", bad))) {
      (*opened)->contains("heart failure");
      (*opened)->contains("no such thing");
    }
  }
}

}  // namespace
}  // namespace phimilter::policy
