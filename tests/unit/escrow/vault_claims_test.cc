// SPDX-License-Identifier: Apache-2.0
#include "escrow/vault_claims.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "escrow/vault_fixture.h"

namespace phimilter::escrow {
namespace {

TEST_F(Vault, AClaimIsOneReadersUntilItEnds) {
  const std::string path = claim_path(folder_.path(), entry_id('a'), ClaimKind::proofs);
  auto claim = reader_->claim(entry_id('a'), ClaimKind::proofs);
  ASSERT_EQ(fault_of(claim), "");
  EXPECT_EQ(*claim_file(path, {}), nullptr);
  EXPECT_EQ(fault_of(reader_->claim(entry_id('a'), ClaimKind::replies)), "") << "of another kind";
  EXPECT_EQ(fault_of(reader_->claim(entry_id('b'), ClaimKind::proofs)), "") << "another entry";
  claim->reset();
  EXPECT_NE(*claim_file(path, {}), nullptr);
}

TEST_F(Vault, ManyWhoClaimWorkOneAtATime) {
  auto other = open_vault_reader(folder_.path(), keys_.private_file);
  ASSERT_EQ(fault_of(other), "");
  std::atomic<int> inside = 0, together = 0, done = 0;
  const auto work = [&](VaultReader& reader) {
    for (int i = 0; i < 20; ++i) {
      const auto claim = reader.claim(entry_id('a'), ClaimKind::proofs);
      together += ++inside > 1 ? 1 : 0;
      std::this_thread::yield();
      --inside;
      done += claim ? 1 : 0;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { work(i % 2 == 0 ? *reader_ : **other); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(together, 0);
  EXPECT_EQ(done, 80);
}

TEST_F(Vault, AVaultThatIsGoneGivesNoClaim) {
  const phimilter::test::TempFolder other;
  EXPECT_EQ(claim_file(other.path("none") + "/.claim", {}).error().kind, FaultKind::transient);
}

TEST_F(Vault, WhatIsShreddedIsThereNoMoreAndIsNotForgotten) {
  ASSERT_EQ(fault_of(writer_->seal(facts_for('1'), Proof{"q", Secret(std::string_view("a"))},
                                   message(kMessage))),
            "");
  ASSERT_EQ(fault_of(writer_->mark_noticed(entry_id('1'))), "");
  EXPECT_EQ(*reader_->shred(entry_id('1')), Removal::overwritten);
  EXPECT_EQ(read('1'), "escrow.no_entry");
  EXPECT_EQ(state('1', "2026-11-22T10:00:00Z"), std::nullopt);
  EXPECT_TRUE(reader_->list(test::at("2026-11-22T10:00:00Z"))->empty());
  const std::string sealed = *read_file(file('1', ".doomed"), 100'000);
  EXPECT_EQ(sealed.substr(0, 512), std::string(512, '\0'));
  EXPECT_EQ(*reader_->half_removed(), std::vector<EscrowId>{entry_id('1')});
  writer_ = std::move(*open_vault_writer(folder_.path(), keys_.public_file));
  reader_ = std::move(*open_vault_reader(folder_.path(), keys_.private_file));
  EXPECT_EQ(reader_->half_removed()->size(), 1U) << "after a start of both";
  EXPECT_EQ(*reader_->shred(entry_id('1')), Removal::overwritten) << "the same answer again";
  EXPECT_EQ(*reader_->remove(entry_id('1')), Removal::overwritten);
  EXPECT_THAT(names(), testing::IsEmpty());
  EXPECT_EQ(*reader_->shred(entry_id('1')), Removal::gone);
}

// A link under that name, as an example of what is not "may only delete".
TEST_F(Vault, WhatCannotBeOpenedToBeOverwrittenIsNotCalledDeleted) {
  ASSERT_EQ(::symlink("/dev/null", folder_.path(entry_id('1').str() + ".doomed").c_str()), 0);
  const auto shredded = reader_->shred(entry_id('1'));
  ASSERT_FALSE(shredded.has_value());
  EXPECT_EQ(shredded.error().id, "escrow.remove");
}

}  // namespace
}  // namespace phimilter::escrow
