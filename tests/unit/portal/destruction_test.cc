// SPDX-License-Identifier: Apache-2.0
//
// A portal that is killed while it destroys: on a real vault and a real store of states, at each
// write, once before and once behind it.
#include "portal/destruction.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "base/files.h"
#include "escrow/vault_files.h"
#include "portal/fakes.h"
#include "support/temp_folder.h"

namespace phimilter::portal {
namespace {

// The key of what was sealed is zeros, whatever name its file has by now.
bool is_overwritten(const UniqueFd& sealed) {
  std::string head(escrow::kSealHeaderBytes, 'x');
  const ssize_t got = ::pread(sealed.get(), head.data(), head.size(), 0);
  return got == static_cast<ssize_t>(head.size()) && head == std::string(head.size(), '\0');
}

// After so many writes nothing is written any more.
class Fate {
 public:
  explicit Fate(int writes, bool last_is_done) : left_(writes), last_is_done_(last_is_done) {}
  bool dead() const { return left_ <= 0; }
  template <typename Write>
  auto write(const Write& write) -> decltype(write()) {
    if (dead() || --left_ > 0) {
      return dead() ? decltype(write())(fail(killed())) : write();
    }
    if (last_is_done_) {
      static_cast<void>(write());
    }
    return fail(killed());
  }

 private:
  static Fault killed() { return transient_fault("test.killed", "killed"); }
  int left_;
  bool last_is_done_;
};

class MortalVault final : public escrow::VaultReader {
 public:
  MortalVault(escrow::VaultReader& inner, Fate& fate) : inner_(inner), fate_(fate) {}
  Result<std::optional<escrow::EntryStatus>> status(const EscrowId& id, Timestamp now) override {
    return inner_.status(id, now);
  }
  Result<escrow::EntryFacts> facts(const EscrowId& id) override { return inner_.facts(id); }
  Status read_message(const EscrowId& id, std::string_view link, mail::ByteSink& out) override {
    return inner_.read_message(id, link, out);
  }
  Result<std::unique_ptr<escrow::MessageBytes>> open_message(const EscrowId& id,
                                                             std::string_view link) override {
    return inner_.open_message(id, link);
  }
  Result<std::string> recover_link(const EscrowId& id, const escrow::KeyPair& key) override {
    return inner_.recover_link(id, key);
  }
  Result<std::optional<escrow::Proof>> take_proof(const EscrowId& id) override {
    return inner_.take_proof(id);
  }
  Status remove_proof(const EscrowId& id) override {
    return fate_.write([&] { return inner_.remove_proof(id); });
  }
  Result<bool> proof_removed(const EscrowId& id) override { return inner_.proof_removed(id); }
  Result<std::vector<escrow::EntryStatus>> list(Timestamp now) override { return inner_.list(now); }
  Result<std::optional<escrow::Act>> unlock_asked(const EscrowId& id) override {
    return inner_.unlock_asked(id);
  }
  Status forget_unlock(const EscrowId& id) override {
    return fate_.write([&] { return inner_.forget_unlock(id); });
  }
  Result<escrow::Removal> shred(const EscrowId& id) override {
    return fate_.write([&] { return inner_.shred(id); });
  }
  Result<escrow::Removal> remove(const EscrowId& id) override {
    return fate_.write([&] { return inner_.remove(id); });
  }
  Result<std::vector<EscrowId>> half_removed() override { return inner_.half_removed(); }

 private:
  escrow::VaultReader& inner_;
  Fate& fate_;
};

class MortalStates final : public StateStore {
 public:
  MortalStates(StateStore& inner, Fate& fate) : inner_(inner), fate_(fate) {}
  Result<AccessState> load(const EscrowId& id) override { return inner_.load(id); }
  Status save(const EscrowId& id, const AccessState& state) override {
    return fate_.write([&] { return inner_.save(id, state); });
  }
  Result<std::vector<EscrowId>> list() override { return inner_.list(); }
  Status remove(const EscrowId& id) override {
    return fate_.write([&] { return inner_.remove(id); });
  }

 private:
  StateStore& inner_;
  Fate& fate_;
};

class MortalJournal final : public audit::Journal {
 public:
  MortalJournal(FakeJournal& inner, Fate& fate) : inner_(inner), fate_(fate) {}
  using audit::Journal::append;
  Result<std::uint64_t> append(std::span<const audit::Record> records) override {
    return fate_.write([&] { return inner_.append(records); });
  }
  std::uint64_t last_sequence() const override { return inner_.last_sequence(); }
  std::uint64_t wait_for_more(std::uint64_t after, std::int64_t timeout_ms) override {
    return inner_.wait_for_more(after, timeout_ms);
  }

 private:
  FakeJournal& inner_;
  Fate& fate_;
};

struct DestructionBench {
  phimilter::test::TempFolder folder, state_folder, keys;
  EscrowId id = *EscrowId::parse("0123456789abcdef0123456789abcdef");
  Secret pepper{std::string_view("0123456789abcdef0123456789abcdef")};
  FixedClock clock{test_time()};
  FakeJournal journal;
  std::unique_ptr<escrow::VaultWriter> writer;
  bool sweeps = true;  // else only the ends are looked at
  EndsReport ends;

  DestructionBench() {
    EXPECT_TRUE(escrow::generate_keys(keys.path("p.key"), keys.path("p.pub")).has_value());
    writer = std::move(*escrow::open_vault_writer(folder.path(), keys.path("p.pub")));
    const escrow::Proof proof{"Date of birth?", Secret(std::string_view("1961-03-07"))};
    EXPECT_TRUE(writer
                    ->seal(test_facts(id), escrow::Proof{proof.question, proof.answer.duplicate()},
                           [](mail::ByteSink& out) { return out.write("Subject: x\r\n\r\ny\r\n"); })
                    .has_value());
    EXPECT_TRUE(writer->mark_noticed(id).has_value());
  }

  // A portal that starts, works and ends as its fate wills. What it found on the disk is all that
  // it knows.
  void live(Fate& fate) {
    auto vault = escrow::open_vault_reader(folder.path(), keys.path("p.key"));
    auto states = open_state_store(state_folder.path("state"), pepper);
    ASSERT_TRUE(vault.has_value() && states.has_value());
    MortalVault mortal_vault(**vault, fate);
    MortalStates mortal_states(**states, fate);
    MortalJournal mortal_journal(journal, fate);
    SlowHash slow_hash{pepper};
    GuessLimits guesses{memory_record_store(), nullptr, pepper, clock, GuessOptions{}};
    const auto no_mail = [](const escrow::EntryFacts&, const std::string&, const std::string&) {
      return Status();
    };
    Access access{{mortal_vault,
                   nullptr,
                   mortal_states,
                   mortal_journal,
                   slow_hash,
                   guesses,
                   clock,
                   no_mail,
                   [](const escrow::EntryFacts&, const std::string&, const std::string&) {},
                   nullptr,
                   {}}};
    Sessions sessions{clock};
    SweepParts parts{access, sessions, mortal_vault, mortal_states, mortal_journal, clock};
    if (sweeps) {
      static_cast<void>(sweep_once(parts));
    }
    ends = look_at_ends(parts);
  }
  void live() {
    Fate long_one(1000, true);
    live(long_one);
  }

  int count(audit::Event event) const {
    return static_cast<int>(std::ranges::count_if(
        journal.records(), [event](const audit::Record& record) { return record.event == event; }));
  }
  std::vector<std::string> names_of_entry() const {
    std::vector<std::string> found;
    const auto names = list_folder(folder.path());
    for (const std::string& name : *names) {
      if (name.starts_with(id.str())) {
        found.push_back(name);
      }
    }
    return found;
  }
};

bool has(const std::vector<std::string>& names, std::string_view suffix) {
  return std::ranges::any_of(names, [&](const auto& name) { return name.ends_with(suffix); });
}

// Whether it was killed before it was done.
bool killed_at(int writes, bool last_is_done) {
  DestructionBench bench;
  bench.live();
  EXPECT_TRUE(bench.writer->retract(bench.id, "lee", bench.clock.now()).has_value());
  Fate fate(writes, last_is_done);
  bench.live(fate);
  const auto left = bench.names_of_entry();
  EXPECT_TRUE(has(left, ".sealed") || has(left, ".doomed") ||
              bench.count(audit::Event::destroyed) > 0)
      << "gone without a record";
  EXPECT_TRUE(!has(left, ".sealed") || bench.count(audit::Event::destroyed) == 0)
      << "on record and still there";
  bench.live();
  EXPECT_THAT(bench.names_of_entry(), testing::IsEmpty());
  const int destroyed = bench.count(audit::Event::destroyed);
  EXPECT_TRUE(destroyed == 1 || destroyed == 2) << destroyed;
  const audit::RecipientRecord& told = bench.journal.records().back().recipients.front();
  EXPECT_EQ(bench.journal.records().back().login, "lee");
  EXPECT_EQ(told.address, "pat@example.org") << "although nothing of it can be read any more";
  EXPECT_EQ(told.reasons, (std::vector<std::string>{"retracted", "key overwritten"}));
  bench.live();
  EXPECT_EQ(bench.count(audit::Event::destroyed), destroyed) << "once and for all";
  return fate.dead();
}

TEST(Destruction, KilledAtAnyWriteItIsEndedAndOnRecord) {
  for (const bool last_is_done : {false, true}) {
    int writes = 1;
    for (bool killed = true; killed; ++writes) {
      SCOPED_TRACE("write " + std::to_string(writes) + (last_is_done ? ", done" : ", not done"));
      killed = killed_at(writes, last_is_done);
    }
    EXPECT_GE(writes, 6) << "there are fewer writes than steps";
  }
}

TEST(Destruction, StoppedBetweenRenameAndOverwritingTheKeyIsOverwritten) {
  DestructionBench bench;
  bench.live();
  ASSERT_TRUE(bench.writer->retract(bench.id, "lee", bench.clock.now()).has_value());
  Fate fate(3, true);  // cause and state are noted, the replies are none
  bench.live(fate);
  const std::string sealed = bench.folder.path(bench.id.str() + ".sealed");
  const std::string doomed = bench.folder.path(bench.id.str() + ".doomed");
  const std::string& now = ::access(sealed.c_str(), F_OK) == 0 ? sealed : doomed;
  const UniqueFd watched(::open(now.c_str(), O_RDONLY));
  ASSERT_TRUE(watched);
  if (now == sealed) {
    ASSERT_EQ(::rename(sealed.c_str(), doomed.c_str()), 0);
  }
  // The filter starts meanwhile and sweeps what it was writing itself.
  bench.writer =
      std::move(*escrow::open_vault_writer(bench.folder.path(), bench.keys.path("p.pub")));
  ASSERT_EQ(::access(doomed.c_str(), F_OK), 0) << "deleted with its key";
  bench.live();
  EXPECT_TRUE(is_overwritten(watched));
  EXPECT_THAT(bench.names_of_entry(), testing::IsEmpty());
  EXPECT_EQ(bench.count(audit::Event::destroyed), 1);
}

// As a shred leaves it whose overwriting failed: under its other name, with its key.
TEST(Destruction, WhatIsThereUnderItsOtherNameIsNotCalledGone) {
  DestructionBench bench;
  bench.live();
  ASSERT_TRUE(bench.writer->retract(bench.id, "lee", bench.clock.now()).has_value());
  Fate fate(3, false);
  bench.live(fate);
  const std::string sealed = bench.folder.path(bench.id.str() + ".sealed");
  const std::string doomed = bench.folder.path(bench.id.str() + ".doomed");
  ASSERT_EQ(::rename(sealed.c_str(), doomed.c_str()), 0);
  const UniqueFd watched(::open(doomed.c_str(), O_RDONLY));
  bench.sweeps = false;
  Fate no_shred(1, false);
  bench.live(no_shred);
  EXPECT_EQ(bench.count(audit::Event::destroyed), 0) << "its key is there";
  ASSERT_EQ(bench.ends.faults.size(), 1U);
  EXPECT_THAT(bench.ends.faults[0].describe(), testing::HasSubstr(bench.id.str()));
  bench.live();
  ASSERT_EQ(bench.count(audit::Event::destroyed), 1);
  EXPECT_EQ(bench.journal.records().back().recipients.front().reasons.back(), "key overwritten");
  EXPECT_TRUE(is_overwritten(watched));
  EXPECT_THAT(bench.names_of_entry(), testing::IsEmpty());
}

TEST(Destruction, WhatWentByAnotherHandAfterItWasBegunIsOnRecordAsThat) {
  DestructionBench bench;
  bench.live();
  ASSERT_TRUE(bench.writer->retract(bench.id, "lee", bench.clock.now()).has_value());
  Fate fate(3, false);
  bench.live(fate);
  ASSERT_EQ(bench.count(audit::Event::destroyed), 0);
  for (const std::string& name : bench.names_of_entry()) {
    ASSERT_EQ(::unlink(bench.folder.path(name).c_str()), 0);
  }
  bench.live();
  ASSERT_EQ(bench.count(audit::Event::destroyed), 1);
  EXPECT_EQ(bench.journal.records().back().recipients.front().reasons.back(), "key gone");
}

}  // namespace
}  // namespace phimilter::portal
