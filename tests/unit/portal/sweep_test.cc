// SPDX-License-Identifier: Apache-2.0
#include "portal/sweep.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "portal/fakes.h"
#include "support/temp_folder.h"

namespace phimilter::portal {
namespace {

struct SweepBench : AccessBench {
  Sessions sessions{clock};
  SweepParts parts{access, sessions, vault, states, journal, clock};

  void expire() {
    auto& entry = vault.entries.at(id);
    clock.advance(entry.facts.expires - clock.now());
    entry.state = escrow::EntryState::expired;
  }
};

TEST(Sweep, TakesInTheProofAndKeepsTheEntry) {
  SweepBench bench;
  const SweepReport report = sweep_once(bench.parts);
  EXPECT_EQ(report.entries, 1U);
  EXPECT_EQ(report.deleted, 0U);
  EXPECT_FALSE(bench.vault.entries.at(bench.id).proof.has_value());
  EXPECT_EQ(bench.states.states.at(bench.id).question, "Date of birth?");
  EXPECT_EQ(bench.journal.events(), "");
  EXPECT_EQ(bench.access.answer(bench.id, "1961-03-07", "")->verdict, Verdict::right);
}

TEST(Sweep, RetractedIsDestroyedAndRemembered) {
  SweepBench bench;
  const std::string cookie = *bench.sessions.begin(Subject::entry(bench.id));
  sweep_once(bench.parts);
  bench.vault.entries.at(bench.id).state = escrow::EntryState::retracted;
  EXPECT_EQ(sweep_once(bench.parts).deleted, 1U);
  EXPECT_TRUE(bench.vault.entries.empty());
  EXPECT_EQ(bench.journal.events(), "retracted destroyed");
  const auto& told = bench.journal.records().back().recipients.front();
  EXPECT_EQ(told.address, "pat@example.org");
  EXPECT_EQ(told.reasons, (std::vector<std::string>{"retracted", "key overwritten"}));
  EXPECT_FALSE(bench.sessions.find(cookie, Subject::entry(bench.id)).has_value());
  EXPECT_EQ(bench.states.states.at(bench.id).answer_hash, "") << "the answer goes with the message";
  EXPECT_EQ(bench.access.look(bench.id)->standing, Standing::retracted);
}

// What a reply under way would write behind the destruction would stay for ever.
TEST(Sweep, NoReplyIsUnderWayWhileAnEntryIsDestroyed) {
  SweepBench bench;
  const phimilter::test::TempFolder folder;
  const Secret pepper = random_secret(32);
  const auto replies = std::move(*open_reply_store(folder.path("replies"), pepper));
  bench.parts.replies = replies.get();
  SentReply reply;
  reply.token = std::string(32, 'a');
  ASSERT_TRUE(replies->save(bench.id, reply));
  sweep_once(bench.parts);
  bench.vault.entries.at(bench.id).state = escrow::EntryState::retracted;
  bench.vault.reply_under_way = true;
  EXPECT_EQ(sweep_once(bench.parts).deleted, 0U);
  EXPECT_EQ(bench.vault.entries.size(), 1U);
  EXPECT_EQ(*replies->count(bench.id), 1U);
  EXPECT_EQ(bench.journal.events(), "") << "nothing is begun";
  bench.vault.reply_under_way = false;
  EXPECT_EQ(sweep_once(bench.parts).deleted, 1U);
  EXPECT_TRUE(bench.vault.shredded_under_claim);
  EXPECT_EQ(*replies->count(bench.id), 0U);
  // As if it had gone by another hand.
  ASSERT_TRUE(replies->save(bench.id, reply));
  EXPECT_TRUE(look_at_ends(bench.parts).faults.empty());
  EXPECT_EQ(*replies->count(bench.id), 0U);
}

TEST(Sweep, WhatCannotBeLookedForIsAFault) {
  SweepBench bench;
  sweep_once(bench.parts);
  bench.vault.broken = true;
  const SweepReport report = sweep_once(bench.parts);
  ASSERT_FALSE(report.faults.empty());
  EXPECT_EQ(report.faults.front().id, "test.vault");
  bench.vault.broken = false;
  bench.states.broken_load = true;
  const EndsReport ends = look_at_ends(bench.parts);
  ASSERT_EQ(ends.faults.size(), 1U);
  EXPECT_NE(ends.faults[0].describe().find(bench.id.str()), std::string::npos);
}

TEST(Sweep, ExpiredIsKeptUntilItsRetentionEnds) {
  SweepBench bench;
  bench.parts.retention = std::chrono::hours(24 * 7);
  const std::string cookie = *bench.sessions.begin(Subject::entry(bench.id));
  bench.expire();
  EXPECT_EQ(sweep_once(bench.parts).deleted, 0U);
  EXPECT_EQ(sweep_once(bench.parts).deleted, 0U);
  EXPECT_EQ(bench.journal.events(), "expired") << "once";
  EXPECT_FALSE(bench.sessions.find(cookie, Subject::entry(bench.id)).has_value());
  EXPECT_EQ(bench.access.look(bench.id)->standing, Standing::expired);
  bench.clock.advance(std::chrono::hours(24 * 7) - std::chrono::microseconds(1));
  EXPECT_EQ(sweep_once(bench.parts).deleted, 0U);
  bench.clock.advance(std::chrono::microseconds(1));
  EXPECT_EQ(sweep_once(bench.parts).deleted, 1U);
  EXPECT_EQ(bench.journal.events(), "expired destroyed");
  EXPECT_EQ(bench.journal.records().back().recipients.front().reasons,
            (std::vector<std::string>{"retention ended", "key overwritten"}));
  EXPECT_EQ(bench.access.look(bench.id)->standing, Standing::expired);
}

TEST(Sweep, AClockThatJumpsDestroysNothing) {
  SweepBench bench;
  phimilter::test::TempFolder folder;
  Ticks ticks{"boot", std::chrono::hours(1)};
  DueClock due(bench.clock, folder.path("sweep.clock"), [&ticks] { return ticks; });
  bench.parts.due = &due;
  due.step();
  bench.expire();
  bench.clock.advance(std::chrono::hours(24 * 3653));
  due.step();
  EXPECT_EQ(sweep_once(bench.parts).deleted, 0U);
  EXPECT_EQ(bench.vault.entries.size(), 1U);
  bench.clock.advance(-std::chrono::hours(24 * 3653));
  ticks.since += std::chrono::hours(24 * 30);
  due.step();
  EXPECT_EQ(sweep_once(bench.parts).deleted, 1U) << "the time has passed";
}

TEST(Sweep, ExtendedAfterItExpiredItOpensAgain) {
  SweepBench bench;
  bench.parts.retention = std::chrono::hours(24 * 7);
  sweep_once(bench.parts);
  bench.expire();
  sweep_once(bench.parts);
  auto& entry = bench.vault.entries.at(bench.id);
  entry.state = escrow::EntryState::open;
  entry.facts.expires = bench.clock.now() + std::chrono::hours(24);
  sweep_once(bench.parts);
  EXPECT_EQ(bench.access.answer(bench.id, "1961-03-07", "")->verdict, Verdict::right);
  bench.clock.advance(std::chrono::hours(24));
  entry.state = escrow::EntryState::expired;
  sweep_once(bench.parts);
  EXPECT_EQ(bench.journal.events(), "expired challenged verified shown expired");
}

TEST(Sweep, LiftsALockWhenAskedTo) {
  SweepBench bench;
  for (int i = 0; i < limits::kProofTries; ++i) {
    ASSERT_TRUE(bench.access.answer(bench.id, "1960-01-01", "").has_value());
  }
  ASSERT_EQ(bench.access.look(bench.id)->standing, Standing::locked);
  bench.journal.clear();
  bench.vault.entries.at(bench.id).unlock_asked = escrow::Act{"officer", test_time()};
  sweep_once(bench.parts);
  sweep_once(bench.parts);
  EXPECT_EQ(bench.access.look(bench.id)->standing, Standing::open);
  EXPECT_EQ(bench.journal.events(), "unlocked");
  EXPECT_EQ(bench.journal.records().front().login, "officer");
}

TEST(Sweep, KeepsWhatItCannotRecord) {
  SweepBench bench;
  bench.expire();
  bench.journal.broken = true;
  EXPECT_EQ(sweep_once(bench.parts).faults.size(), 1U);
  EXPECT_EQ(bench.vault.entries.size(), 1U);
  bench.journal.broken = false;
  bench.states.broken_save = true;
  EXPECT_EQ(sweep_once(bench.parts).faults.size(), 1U);
  EXPECT_EQ(bench.vault.entries.size(), 1U);
  bench.states.broken_save = false;
  EXPECT_EQ(sweep_once(bench.parts).deleted, 1U);
}

TEST(Sweep, WhatMayBeReadableLaterIsNotLost) {
  struct Case {
    const char* name;
    Fault fault;
    std::size_t deleted;
  };
  const Case cases[] = {
      {"disk error", transient_fault("test.vault", "the disk said no"), 0},
      {"another key", configuration_fault("test.vault", "sealed to another key"), 0},
      {"damaged", permanent_fault("test.vault", "damaged"), 1}};
  for (const Case& each : cases) {
    SweepBench bench;
    bench.expire();
    bench.vault.unreadable = each.fault;
    EXPECT_EQ(sweep_once(bench.parts).deleted, each.deleted) << each.name;
    EXPECT_EQ(bench.vault.entries.size(), 1 - each.deleted) << each.name;
    EXPECT_EQ(bench.journal.events(), each.deleted == 1 ? "expired destroyed" : "") << each.name;
  }
}

TEST(Sweep, EntrySealedAnewSinceTheListWasMadeStays) {
  SweepBench bench;
  bench.expire();
  auto& entry = bench.vault.entries.at(bench.id);
  bench.vault.after_list = [&entry, &bench] {
    entry.state = escrow::EntryState::open;
    entry.facts.expires = bench.clock.now() + std::chrono::hours(24);
  };
  EXPECT_EQ(sweep_once(bench.parts).deleted, 0U);
  EXPECT_EQ(bench.vault.entries.size(), 1U);
  EXPECT_EQ(bench.journal.events(), "");
}

TEST(Sweep, LongRoundsAreRare) {
  using std::chrono::milliseconds;
  EXPECT_EQ(pause_behind(milliseconds(3)), std::chrono::seconds(5));
  EXPECT_EQ(pause_behind(milliseconds(2000)), std::chrono::seconds(18));
  EXPECT_EQ(pause_behind(std::chrono::hours(1)), std::chrono::minutes(1));
}

TEST(Sweep, FaultThatStaysIsSaidOnceAnHour) {
  FaultMemory memory;
  const Fault one = transient_fault("test.one", "the disk said no");
  const Fault other = transient_fault("test.one", "the disk said no").with("entry", "2");
  EXPECT_EQ(memory.worth_saying({one}, test_time()).size(), 1U);
  EXPECT_EQ(memory.worth_saying({one, other}, test_time() + std::chrono::minutes(59)).size(), 1U);
  EXPECT_EQ(memory.worth_saying({one, other}, test_time() + std::chrono::minutes(60)).size(), 1U);
  EXPECT_EQ(memory.worth_saying({}, test_time() + std::chrono::minutes(61)).size(), 0U);
  EXPECT_EQ(memory.worth_saying({one}, test_time() + std::chrono::minutes(62)).size(), 1U)
      << "it went, and is back";
}

TEST(Sweep, KilledBeforeTheDeletionTheCauseIsNotRecordedAgain) {
  SweepBench bench;
  bench.expire();
  AccessState noted;
  noted.ended = "expired";
  noted.ended_at = bench.clock.now();
  bench.states.states[bench.id] = noted;
  EXPECT_EQ(sweep_once(bench.parts).deleted, 1U);
  EXPECT_EQ(bench.journal.events(), "destroyed");
}

TEST(Sweep, EntryWithoutNoticeGoesWhenNoNoticeCanComeAnyMore) {
  SweepBench bench;
  bench.vault.entries.at(bench.id).state = escrow::EntryState::waiting_for_notice;
  bench.clock.advance(std::chrono::seconds(limits::kIntentWindowS));
  EXPECT_EQ(sweep_once(bench.parts).deleted, 0U);
  bench.clock.advance(std::chrono::hours(24));
  EXPECT_EQ(sweep_once(bench.parts).deleted, 1U);
}

TEST(Sweep, VisitedEntryWasNoticed) {
  SweepBench bench;
  bench.vault.entries.at(bench.id).state = escrow::EntryState::waiting_for_notice;
  ASSERT_EQ(bench.access.answer(bench.id, "1961-03-07", "")->verdict, Verdict::right);
  bench.clock.advance(std::chrono::seconds(limits::kIntentWindowS) + std::chrono::hours(48));
  EXPECT_EQ(sweep_once(bench.parts).deleted, 0U);
}

}  // namespace
}  // namespace phimilter::portal
