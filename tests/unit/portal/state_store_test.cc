// SPDX-License-Identifier: Apache-2.0
#include "portal/state_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "portal/record_store.h"
#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

constexpr std::string_view kPepper = "0123456789abcdef0123456789abcdef";

class StateStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<StateStore> open(std::string_view pepper = kPepper) {
    auto store = open_state_store(folder_ + "/state", Secret(pepper));
    EXPECT_TRUE(store.has_value());
    return std::move(*store);
  }
  std::string file(const EscrowId& id) const { return "state/" + id.str() + ".state"; }

  const TempFolder temp_;
  const std::string folder_ = temp_.path();
  EscrowId id_ = *EscrowId::parse("0123456789abcdef0123456789abcdef");
};

AccessState full_state() {
  const Timestamp at = *parse_rfc3339("2026-11-21T12:00:00.123456Z");
  AccessState state;
  state.question = "¿Fecha de \"nacimiento\"?\n";
  state.answer_hash = "$phi-argon2id$x";
  state.wrong_tries = 3;
  state.locks = 2;
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

TEST_F(StateStoreTest, WhatCouldNotBeReadAgainIsNotKept) {
  const auto records = std::move(*open_record_store(folder_, Secret(kPepper), 1000));
  ASSERT_TRUE(records->save("a", std::string(900, 'x')));
  const Status refused = records->save("a", std::string(1000, 'y'));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, "portal.state_too_large");
  EXPECT_EQ((*records->load("a"))->view(), std::string(900, 'x'));
}

TEST_F(StateStoreTest, UnknownEntryIsAsNew) {
  EXPECT_EQ(*open()->load(id_), AccessState());
}

TEST_F(StateStoreTest, FilesAreForTheOwnerAlone) {
  ASSERT_TRUE(open()->save(id_, full_state()).has_value());
  struct stat facts {};
  ASSERT_EQ(::stat((folder_ + "/" + file(id_)).c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((folder_ + "/state").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0700U);
}

TEST_F(StateStoreTest, NothingOfTheRecordCanBeReadFromTheFile) {
  const auto store = open();
  ASSERT_TRUE(store->save(id_, full_state()).has_value());
  const std::string first = temp_.read(file(id_));
  for (const std::string_view word :
       {"nacimiento", "question", "argon2id", "answer_hash", "retracted", "wrong_tries"}) {
    EXPECT_EQ(first.find(word), std::string::npos) << word;
  }
  ASSERT_TRUE(store->save(id_, full_state()).has_value());
  EXPECT_NE(temp_.read(file(id_)).substr(8, 32), first.substr(8, 32)) << "a new salt each time";
}

// The format as it is written down, read by python's cryptography package.
TEST_F(StateStoreTest, FileIsOfTheDocumentedFormat) {
  ASSERT_TRUE(open()->save(id_, full_state()).has_value());
  const std::string script = temp_.write("read.py", R"(
import os, sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
path, pepper = sys.argv[1], sys.argv[2].encode()
data = open(path, "rb").read()
magic, salt, sealed = data[:8], data[8:40], data[40:]
assert magic == b"PHISTAT\x01"
key = HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=b"phimilter portal state 1").derive(pepper)
sys.stdout.buffer.write(AESGCM(key).decrypt(bytes(12), sealed, magic + os.path.basename(path).encode()))
)");
  const ToolResult read =
      run_tool("python3 " + script + " " + folder_ + "/" + file(id_) + " " + std::string(kPepper));
  ASSERT_EQ(read.status, 0);
  const auto record = nlohmann::json::parse(read.output);
  EXPECT_EQ(record.at("question"), full_state().question);
  EXPECT_EQ(record.at("wrong_tries"), 3);
  EXPECT_EQ(record.at("locked_until"), 1795262400123456);
}

TEST_F(StateStoreTest, EveryFlippedByteIsAFault) {
  const auto store = open();
  ASSERT_TRUE(store->save(id_, full_state()).has_value());
  const std::string whole = temp_.read(file(id_));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    temp_.write(file(id_), flipped);
    ASSERT_FALSE(store->load(id_).has_value()) << at;
  }
  temp_.write(file(id_), whole);
  EXPECT_TRUE(store->load(id_).has_value());
}

TEST_F(StateStoreTest, BrokenFileIsAFaultAndNeverAFreshStart) {
  const auto store = open();
  ASSERT_TRUE(store->save(id_, full_state()).has_value());
  const std::string whole = temp_.read(file(id_));
  for (const std::string& content :
       {std::string(), std::string("{}"), std::string("PHISTAT\x01", 8), whole.substr(0, 40),
        whole.substr(0, whole.size() - 1), whole + "x", std::string(70'000, 'x')}) {
    temp_.write(file(id_), content);
    EXPECT_FALSE(store->load(id_).has_value()) << content.size();
  }
}

TEST_F(StateStoreTest, AnotherPepperIsAFaultThatNamesIt) {
  ASSERT_TRUE(open()->save(id_, full_state()).has_value());
  const auto state = open("another pepper, of 32 bytes too!")->load(id_);
  ASSERT_FALSE(state.has_value());
  EXPECT_EQ(state.error().id, "portal.state_broken");
  EXPECT_NE(state.error().text.find("portal.pepper"), std::string::npos);
}

TEST_F(StateStoreTest, FileOfAnotherEntryIsAFault) {
  const auto store = open();
  const EscrowId other = *EscrowId::parse(std::string(32, 'f'));
  ASSERT_TRUE(store->save(other, AccessState()).has_value());
  temp_.write(file(id_), temp_.read(file(other)));
  EXPECT_TRUE(store->load(other).has_value());
  EXPECT_FALSE(store->load(id_).has_value());
}

TEST_F(StateStoreTest, ListsAndRemovesEntriesOnly) {
  const auto store = open();
  ASSERT_TRUE(store->save(id_, full_state()).has_value());
  std::ofstream(folder_ + "/state/other.state") << "{}";
  std::filesystem::create_directory(folder_ + "/state/journal");
  EXPECT_EQ(*store->list(), std::vector<EscrowId>{id_});
  EXPECT_TRUE(store->remove(id_).has_value());
  EXPECT_TRUE(store->remove(id_).has_value()) << "twice is fine";
  EXPECT_EQ(*store->load(id_), AccessState());
}

TEST_F(StateStoreTest, FolderThatCannotBeMadeIsAConfigurationFault) {
  std::ofstream(folder_ + "/state") << "a file";
  const auto store = open_state_store(folder_ + "/state/below", Secret(kPepper));
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().kind, FaultKind::configuration);
}

}  // namespace
}  // namespace phimilter::portal
