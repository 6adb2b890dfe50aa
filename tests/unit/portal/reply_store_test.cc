// SPDX-License-Identifier: Apache-2.0
#include "portal/reply_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "portal/fakes.h"
#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

TEST(ReplyStore, KeepsSealedAndDeletes) {
  const TempFolder folder;
  const Secret pepper = random_secret(32);
  auto store = std::move(*open_reply_store(folder.path() + "/replies", pepper));
  const EscrowId id = *EscrowId::parse("0123456789abcdef0123456789abcdef");
  const EscrowId other = *EscrowId::parse("0123456789abcdef0123456789abcdee");
  const SentReply reply{std::string(32, 'a'), ReplyStage::accepted, test_time(),   "s\xC3\xAD",
                        "x@example.org",      {"y@example.org"},    {{"a.pdf", 5}}};
  ASSERT_TRUE(store->save(id, reply));
  EXPECT_EQ(**store->load(id, reply.token), reply);
  std::vector<Fault> faults;
  EXPECT_TRUE(store->list(other, faults)->empty());
  EXPECT_EQ(*store->count(other), 0U);
  const auto path = [](const EscrowId& of) {
    return "replies/" + of.str() + "/" + of.str() + "." + std::string(32, 'a') + ".reply";
  };
  const std::string file = folder.read(path(id));
  EXPECT_EQ(file.find("example.org"), std::string::npos);
  SentReply second = reply;
  second.token = std::string(32, 'b');
  ASSERT_TRUE(store->save(other, second));
  folder.write(path(other), file);
  folder.write("replies/" + other.str() + "/.tmp-5", "what a kill left half written");
  EXPECT_EQ(*store->list(other, faults), std::vector{second}) << "the one that can be read";
  EXPECT_EQ(faults.size(), 1U) << "sealed under its own name";
  EXPECT_EQ(*store->count(other), 2U);
  ASSERT_TRUE(store->remove_all(other));
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/replies/" + other.str()));
  ASSERT_TRUE(store->remove_all(other)) << "gone already";
  auto stranger = std::move(*open_reply_store(folder.path() + "/replies", random_secret(32)));
  EXPECT_FALSE(stranger->load(id, reply.token).has_value());
  ASSERT_TRUE(store->remove_all(id));
  EXPECT_FALSE(store->load(id, reply.token)->has_value());
}

}  // namespace
}  // namespace phimilter::portal
