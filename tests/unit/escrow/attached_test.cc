// SPDX-License-Identifier: Apache-2.0
#include "escrow/attached.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/encoding.h"
#include "escrow/recipients.h"
#include "escrow/support.h"

namespace phimilter::escrow {
namespace {

mail::Address address(const char* text) {
  return *mail::Address::parse(text);
}

struct AttachedTest : ::testing::Test {
  phimilter::test::TempFolder temp;
  test::OpensslKeys keys{temp};
  std::string folder = temp.path() + "/recipients";
  AttachedAddresses attached{folder};
  const mail::Address office = address("office@practice.example");
  const mail::Address anna = address("Anna.Berg@practice.example");
  AttachedTest() { EXPECT_EQ(::mkdir(folder.c_str(), 0700), 0); }
};

TEST_F(AttachedTest, CountsOneWayAndWhateverTheCase) {
  EXPECT_FALSE(*attached.is_attached(office, anna));
  ASSERT_TRUE(attached.attach(office, anna, keys.public_file).has_value());
  EXPECT_TRUE(*attached.is_attached(office, address("anna.berg@Practice.example")));
  EXPECT_FALSE(*attached.is_attached(anna, office)) << "what is Anna's own stays hers";
  EXPECT_TRUE(*attached.detach(office, anna));
  EXPECT_FALSE(*attached.detach(office, anna));
  EXPECT_FALSE(*attached.is_attached(office, anna));
}

TEST_F(AttachedTest, ListNeedsTheKeyAndNoAddressStandsInTheFolder) {
  ASSERT_TRUE(attached.attach(office, anna, keys.public_file).has_value());
  const auto pairs = attached.list(keys.private_file);
  ASSERT_TRUE(pairs.has_value());
  ASSERT_EQ(pairs->size(), 1U);
  EXPECT_EQ(pairs->front().recipient, "office@practice.example");
  EXPECT_EQ(pairs->front().other, "Anna.Berg@practice.example");
  const auto found = phimilter::test::run_program("grep -raiE 'anna|office' " + folder + " ; ls " +
                                                  folder + " | grep -iE 'anna|office'");
  EXPECT_EQ(found.output, "");
  const test::OpensslKeys others(temp, "other");
  EXPECT_EQ(attached.list(others.private_file)->front().recipient, "");
  EXPECT_TRUE(*attached.is_attached(office, anna)) << "counts without any key";
}

TEST_F(AttachedTest, WhatCannotBe) {
  EXPECT_FALSE(attached.attach(office, address("OFFICE@practice.example"), keys.public_file));
  EXPECT_FALSE(attached.attach(office, anna, "/nonexistent"));
  const AttachedAddresses nowhere("/nonexistent");
  EXPECT_FALSE(nowhere.attach(office, anna, keys.public_file));
}

TEST_F(AttachedTest, OnePersonsTwoAddressesShareTheProofThatIsOnFile) {
  const auto home = address("anna@home.example");
  auto store = open_recipient_store(folder, keys.public_file, keys.private_file);
  ASSERT_TRUE(store.has_value());
  RecipientEntry entry;
  entry.language = "es";
  entry.consent_date = "2026-01-31";
  ASSERT_TRUE((*store)->put(anna, entry, Proof{"Pet?", Secret(std::string_view("Rex"))}));
  ASSERT_TRUE(attached.attach(anna, home, keys.public_file, Attachment::same_person));
  EXPECT_TRUE(*attached.is_attached(home, anna));
  ASSERT_TRUE((*store)->proof(home).has_value() && (*store)->proof(home)->has_value());
  EXPECT_EQ((*(*store)->proof(home))->question, "Pet?");
  const auto told = (*store)->for_notice(home);
  ASSERT_TRUE(told.has_value() && told->has_value());
  EXPECT_TRUE((*told)->has_proof);
  EXPECT_EQ((*told)->language, "es");
  EXPECT_EQ((*told)->consent_date, "") << "a consent is for one address";
  EXPECT_EQ(*(*store)->find(home), std::nullopt) << "nothing is on file under it";
  ASSERT_EQ(attached.list(keys.private_file)->size(), 1U);
  EXPECT_EQ(attached.list(keys.private_file)->front().recipient, anna.spelled());
  EXPECT_EQ(attached.list(keys.private_file)->front().kind, Attachment::same_person);
  ASSERT_TRUE((*store)->put(home, {}, Proof{"Street?", Secret(std::string_view("Elm"))}));
  EXPECT_EQ((*(*store)->proof(home))->question, "Street?") << "its own comes first";
  ASSERT_TRUE((*store)->remove(home));
  EXPECT_TRUE(*attached.detach(anna, home));
  EXPECT_EQ(*(*store)->proof(home), std::nullopt);
  EXPECT_FALSE(*attached.is_attached(home, anna));
}

TEST_F(AttachedTest, ASharedMailboxHasNoProofForItsPeople) {
  auto store = open_recipient_store(folder, keys.public_file, keys.private_file);
  ASSERT_TRUE((*store)->put(office, {}, Proof{"Room?", Secret(std::string_view("12"))}));
  ASSERT_TRUE(attached.attach(office, anna, keys.public_file));
  EXPECT_EQ(*(*store)->proof(anna), std::nullopt);
  EXPECT_EQ(attached.list(keys.private_file)->front().kind, Attachment::shared);
}

TEST_F(AttachedTest, AnUnreadableLinkToThePersonIsNoAnswer) {
  auto store = open_recipient_store(folder, keys.public_file, keys.private_file);
  std::ofstream(folder + "/" + hex(sha256(anna.key())) + ".person") << "x";
  EXPECT_EQ((*store)->proof(anna).error().kind, FaultKind::transient);
  EXPECT_FALSE((*store)->for_notice(anna).has_value());
}

}  // namespace
}  // namespace phimilter::escrow
