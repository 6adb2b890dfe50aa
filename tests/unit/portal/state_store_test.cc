// SPDX-License-Identifier: Apache-2.0
#include "portal/state_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace phimilter::portal {
namespace {

class StateStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string form = (std::filesystem::temp_directory_path() / "phi-state-XXXXXX").string();
    ASSERT_NE(::mkdtemp(form.data()), nullptr);
    folder_ = form;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<StateStore> open() {
    auto store = open_state_store(folder_ + "/state");
    EXPECT_TRUE(store.has_value());
    return std::move(*store);
  }
  std::string folder_;
  EscrowId id_ = *EscrowId::parse("0123456789abcdef0123456789abcdef");
};

AccessState full_state() {
  const Timestamp at = *parse_rfc3339("2026-11-21T12:00:00.123456Z");
  AccessState state;
  state.question = "¿Fecha de \"nacimiento\"?\n";
  state.answer_hash = "$phi-argon2id$x";
  state.wrong_tries = 3;
  state.locked_until = at;
  state.code_hash = "$y";
  state.code_expires = at + std::chrono::seconds(1);
  state.codes_sent = {at, at + std::chrono::hours(1)};
  state.first_shown = at;
  state.ended = "retracted";
  state.ended_at = at;
  return state;
}

TEST_F(StateStoreTest, KeepsEverythingOverARestart) {
  ASSERT_TRUE(open()->save(id_, full_state()).has_value());
  EXPECT_EQ(*open()->load(id_), full_state());
}

TEST_F(StateStoreTest, UnknownEntryIsAsNew) {
  EXPECT_EQ(*open()->load(id_), AccessState());
}

TEST_F(StateStoreTest, FilesAreForTheOwnerAlone) {
  ASSERT_TRUE(open()->save(id_, full_state()).has_value());
  struct stat facts {};
  ASSERT_EQ(::stat((folder_ + "/state/" + id_.str() + ".json").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((folder_ + "/state").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0700U);
}

TEST_F(StateStoreTest, BrokenFileIsAFaultAndNeverAFreshStart) {
  const auto store = open();
  for (const std::string_view content : {"", "{", "[]", "{\"question\":1}", "null"}) {
    std::ofstream(folder_ + "/state/" + id_.str() + ".json") << content;
    EXPECT_FALSE(store->load(id_).has_value()) << content;
  }
}

TEST_F(StateStoreTest, ListsAndRemovesEntriesOnly) {
  const auto store = open();
  ASSERT_TRUE(store->save(id_, full_state()).has_value());
  std::ofstream(folder_ + "/state/other.json") << "{}";
  std::filesystem::create_directory(folder_ + "/state/journal");
  EXPECT_EQ(*store->list(), std::vector<EscrowId>{id_});
  EXPECT_TRUE(store->remove(id_).has_value());
  EXPECT_TRUE(store->remove(id_).has_value()) << "twice is fine";
  EXPECT_EQ(*store->load(id_), AccessState());
}

TEST_F(StateStoreTest, FolderThatCannotBeMadeIsAConfigurationFault) {
  std::ofstream(folder_ + "/state") << "a file";
  const auto store = open_state_store(folder_ + "/state/below");
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().kind, FaultKind::configuration);
}

}  // namespace
}  // namespace phimilter::portal
