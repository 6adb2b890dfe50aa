// SPDX-License-Identifier: Apache-2.0
#include "escrow/attached.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

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

}  // namespace
}  // namespace phimilter::escrow
