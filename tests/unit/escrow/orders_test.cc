// SPDX-License-Identifier: Apache-2.0
#include "escrow/orders.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "escrow/support.h"

namespace phimilter::escrow {
namespace {

const EscrowId kId = *EscrowId::parse("0123456789abcdef0123456789abcdef");
const EscrowId kOther = *EscrowId::parse("ffffffffffffffffffffffffffffffff");

struct OrdersTest : testing::Test {
  OrdersTest() : folder(testing::TempDir() + "/orders-" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder + "/orders");
  }
  ~OrdersTest() override { std::filesystem::remove_all(folder); }
  void put(const std::string& name, const std::string& content) const {
    std::ofstream(folder + "/orders/" + name) << content;
  }
  std::string folder;
  Timestamp now = *parse_rfc3339("2026-11-21T12:00:00.000000Z");
};

TEST_F(OrdersTest, ComesBackAndEnds) {
  ASSERT_TRUE(give_order(folder, {kId, OrderKind::resend, "dr.lee", now}).has_value());
  ASSERT_TRUE(give_order(folder, {kId, OrderKind::resend, "rosa", now}).has_value());
  ASSERT_TRUE(give_order(folder, {kOther, OrderKind::resend, "m\"x\n", now}).has_value());
  const auto orders = standing_orders(folder);
  ASSERT_TRUE(orders.has_value());
  ASSERT_EQ(orders->size(), 2U);
  EXPECT_EQ(orders->front().kind, OrderKind::resend);
  EXPECT_EQ(orders->front().by, "rosa");
  EXPECT_EQ(orders->front().time, now);
  EXPECT_EQ(orders->back().by, "m\"x\n");
  struct stat info {};
  ASSERT_EQ(stat((folder + "/orders/" + kId.str() + ".resend").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0640U);
  for (const Order& order : *orders) {
    EXPECT_TRUE(end_order(folder, order).has_value());
    EXPECT_TRUE(end_order(folder, order).has_value()) << "twice is fine";
  }
  EXPECT_TRUE(standing_orders(folder)->empty());
}

TEST_F(OrdersTest, WhatIsNoOrderIsDeleted) {
  const std::string good = R"({"by":"x","time":"2026-11-21T12:00:00.000000Z"})";
  const std::pair<std::string, std::string> invalid[] = {
      {"README", "no id"},
      {kId.str(), good},
      {kId.str() + ".delete", good},
      {kId.str() + ".resend", "{"},
      {kOther.str() + ".resend", R"({"by":"x","time":"yesterday"})"},
  };
  for (const auto& [name, content] : invalid) {
    put(name, content);
  }
  const auto orders = standing_orders(folder);
  ASSERT_TRUE(orders.has_value());
  EXPECT_TRUE(orders->empty());
  EXPECT_TRUE(std::filesystem::is_empty(folder + "/orders"));
}

TEST_F(OrdersTest, WithoutTheFolderThereAreNone) {
  EXPECT_TRUE(standing_orders(folder + "/nothing")->empty());
  EXPECT_FALSE(give_order(folder + "/nothing", {kId, OrderKind::resend, "x", now}).has_value());
}

}  // namespace
}  // namespace phimilter::escrow
