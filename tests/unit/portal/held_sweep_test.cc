// SPDX-License-Identifier: Apache-2.0
#include "portal/held_sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "portal/fakes.h"

namespace phimilter::portal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FakeSender final : public delivery::CopySender {
 public:
  Result<delivery::SmtpOutcome> send(delivery::Way /*way*/, const std::string& /*helo*/,
                                     const delivery::Outgoing& outgoing) override {
    if (broken) {
      return fail(transient_fault("smtp.connect", "made to fail"));
    }
    told.push_back(outgoing.recipients.front().path);
    text = outgoing.headers->text() + std::string(outgoing.body);
    return delivery::SmtpOutcome{{{code, enhanced}}, ""};
  }
  bool broken = false;
  int code = 250;
  std::string enhanced;
  std::vector<std::string> told;
  std::string text;
};

struct HeldBench {
  explicit HeldBench(escrow::EntryState state = escrow::EntryState::expired) {
    FakeVault::Entry entry{
        .facts = {id, *TokenId::parse(std::string(64, 'b')), "4F2A", "lab@clinic.example",
                  "pat@example.org", "Potassium of Jordan", "", false, clock.now(),
                  clock.now() + std::chrono::hours(24)},
        .state = state,
        .message = "Subject: Potassium of Jordan\r\nMessage-ID: <1@lab>\r\n\r\nToo low.\r\n",
        .proof = std::nullopt};
    vault.entries.emplace(id, std::move(entry));
  }
  delivery::HeldParts parts() { return {vault, sender, journal, clock, "/tmp"}; }

  const EscrowId id = *EscrowId::parse(std::string(32, 'c'));
  FixedClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  FakeVault vault;
  FakeSender sender;
  FakeJournal journal;
};

TEST(HeldSweep, NothingEndsBeforeItsTime) {
  HeldBench bench(escrow::EntryState::open);
  const SweepReport report = sweep_held(bench.parts());
  EXPECT_EQ(report.entries, 1U);
  EXPECT_EQ(report.deleted, 0U);
  EXPECT_EQ(bench.journal.events(), "");
}

// A person may have released it in its last second, and it is on its way.
TEST(HeldSweep, ReleaseUnderWayIsNotEnded) {
  HeldBench bench;
  bench.clock.advance(std::chrono::hours(24));
  EXPECT_EQ(sweep_held(bench.parts()).deleted, 0U);
  EXPECT_EQ(bench.journal.events(), "");
}

TEST(HeldSweep, ExpiredIsToldRecordedAndDeleted) {
  HeldBench bench;
  bench.clock.advance(std::chrono::hours(25));
  EXPECT_EQ(sweep_held(bench.parts()).deleted, 1U);
  EXPECT_TRUE(bench.vault.entries.empty());
  EXPECT_EQ(bench.journal.events(), "held_expired");
  EXPECT_EQ(bench.sender.told, std::vector<std::string>{"<lab@clinic.example>"});
  EXPECT_THAT(bench.sender.text, HasSubstr("Status: 5.4.7"));
  EXPECT_THAT(bench.sender.text, HasSubstr("<1@lab>"));
  EXPECT_THAT(bench.sender.text, Not(HasSubstr("Potassium")));
  EXPECT_THAT(bench.sender.text, Not(HasSubstr("Too low")));
}

TEST(HeldSweep, WhatCannotBeToldOrRecordedStays) {
  HeldBench bench;
  bench.clock.advance(std::chrono::hours(25));
  bench.sender.broken = true;
  EXPECT_EQ(sweep_held(bench.parts()).faults.size(), 1U);
  bench.sender.broken = false;
  bench.sender.code = 451;
  EXPECT_EQ(sweep_held(bench.parts()).faults.size(), 1U);
  bench.sender.code = 250;
  bench.journal.broken = true;
  EXPECT_EQ(sweep_held(bench.parts()).faults.size(), 1U);
  EXPECT_EQ(bench.vault.entries.size(), 1U);
  bench.journal.broken = false;
  EXPECT_EQ(sweep_held(bench.parts()).deleted, 1U);
  bench.vault.broken = true;
  const SweepReport report = sweep_held(bench.parts());
  ASSERT_FALSE(report.faults.empty()) << "what is half removed could not be looked for";
  EXPECT_EQ(report.faults.front().id, "test.vault");
}

// A mailbox that is gone can be told nothing; where nobody may be told, nobody would know.
TEST(HeldSweep, RefusedNoticeIsOnRecordOrKeepsTheMessage) {
  struct Case {
    escrow::EntryState state;
    const char* enhanced;
    const char* recorded;  // nullptr: it stays
  };
  const std::vector<Case> cases = {
      {escrow::EntryState::expired, "5.1.1", "sender not told: 550 5.1.1"},
      {escrow::EntryState::expired, "", "sender not told: 550"},
      {escrow::EntryState::expired, "5.7.1", nullptr},
      {escrow::EntryState::retracted, "5.7.1", "sender not told: 550 5.7.1"},
  };
  for (const Case& c : cases) {
    HeldBench bench(c.state);
    bench.clock.advance(std::chrono::hours(25));
    bench.sender.code = 550;
    bench.sender.enhanced = c.enhanced;
    const SweepReport report = sweep_held(bench.parts());
    EXPECT_EQ(bench.vault.entries.empty(), c.recorded != nullptr) << c.enhanced;
    if (c.recorded == nullptr) {
      ASSERT_EQ(report.faults.size(), 1U);
      EXPECT_EQ(report.faults.front().id, "held.not_told");
      EXPECT_EQ(bench.journal.events(), "");
    } else {
      ASSERT_EQ(bench.journal.records().size(), 1U);
      EXPECT_EQ(bench.journal.records().front().recipients.front().reasons,
                std::vector<std::string>{c.recorded});
    }
  }
}

TEST(HeldSweep, WhatPhictlLeftIsFinished) {
  HeldBench refused(escrow::EntryState::retracted);
  HeldBench released(escrow::EntryState::released);
  for (HeldBench* bench : {&refused, &released}) {
    bench->clock.advance(std::chrono::hours(24));
    EXPECT_EQ(sweep_held(bench->parts()).deleted, 1U);
    EXPECT_TRUE(bench->vault.entries.empty());
  }
  EXPECT_EQ(refused.journal.events(), "held_refused");
  EXPECT_EQ(refused.sender.told.size(), 1U);
  EXPECT_EQ(released.journal.events(), "");
  EXPECT_TRUE(released.sender.told.empty());
}

}  // namespace
}  // namespace phimilter::portal
