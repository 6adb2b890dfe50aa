// SPDX-License-Identifier: Apache-2.0
#include "milter/open_outcomes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "milter/memory_filter.h"

namespace phimilter::milter {
namespace {

using audit::Event;
using test::kMixed;

constexpr std::int64_t kNever = 3'600'000;
constexpr std::chrono::minutes kLong{1};

// Between the desk's thread and the test's.
class SharedJournal final : public audit::Journal {
 public:
  using audit::Journal::append;
  Result<std::uint64_t> append(std::span<const audit::Record> records) override {
    const std::lock_guard lock(mutex_);
    return inner_.append(records);
  }
  std::uint64_t last_sequence() const override { return inner_.last_sequence(); }
  std::uint64_t wait_for_more(std::uint64_t /*after*/, std::int64_t /*timeout_ms*/) override {
    return inner_.last_sequence();
  }
  explicit SharedJournal(test::FakeJournal& inner) : inner_(inner) {}

 private:
  std::mutex mutex_;
  test::FakeJournal& inner_;
};

struct Bench {
  std::unique_ptr<OpenOutcome> answered() {
    return filter.run_until_told(filter.message(kMixed)).open;
  }
  std::size_t completed() const {
    const auto events = filter.events();
    return static_cast<std::size_t>(std::count(events.begin(), events.end(), Event::completed));
  }
  OpenOutcomes desk(std::int64_t read_ms) {
    return {journal, [this](SteadyTime) { return stood_still.load(); }, read_ms};
  }
  test::MemoryFilter filter;
  SharedJournal journal{filter.journal};
  std::atomic<bool> stood_still{false};
};

TEST(OpenOutcomes, WrittenWhenTheMtaGoesOn) {
  Bench bench;
  OpenOutcomes desk = bench.desk(kNever);
  const auto ticket = desk.keep(bench.answered());
  EXPECT_EQ(bench.filter.ledger->unfinished(), 1U);
  desk.went_on(ticket + 1);
  desk.went_on(ticket);
  desk.drain(kLong);
  EXPECT_EQ(bench.completed(), 1U);
  EXPECT_EQ(bench.filter.ledger->unfinished(), 0U);
}

TEST(OpenOutcomes, WrittenWhenTheAnswerStandsForLong) {
  Bench bench;
  OpenOutcomes desk = bench.desk(1);
  desk.keep(bench.answered());
  desk.drain(kLong);
  EXPECT_EQ(bench.completed(), 1U);
}

TEST(OpenOutcomes, JournalThatFailsIsAskedAgain) {
  Bench bench;
  OpenOutcomes desk = bench.desk(kNever);
  auto open = bench.answered();
  bench.filter.journal.failing = {0, 1};
  desk.went_on(desk.keep(std::move(open)));
  desk.drain(kLong);
  EXPECT_EQ(bench.completed(), 1U);
  EXPECT_EQ(bench.filter.ledger->unfinished(), 0U);
}

// Nobody knows whether it was read: the submission stays, everybody served.
TEST(OpenOutcomes, NotWrittenAfterAStandstill) {
  Bench bench;
  OpenOutcomes desk = bench.desk(kNever);
  bench.stood_still = true;
  desk.went_on(desk.keep(bench.answered()));
  desk.drain(kLong);
  EXPECT_EQ(bench.completed(), 0U);
  EXPECT_EQ(bench.filter.ledger->unfinished(), 1U);
  EXPECT_EQ(bench.filter.run_for(kMixed).kind, Answer::Kind::discard);
  for (const std::string& recipient : kMixed) {
    EXPECT_EQ(bench.filter.sender.count('<' + recipient + '>'), 1U) << recipient;
  }
}

TEST(OpenOutcomes, WhatIsLeftAtTheEndStaysOpen) {
  Bench bench;
  bench.desk(kNever).keep(bench.answered());
  EXPECT_EQ(bench.completed(), 0U);
  EXPECT_EQ(bench.filter.ledger->unfinished(), 1U);
}

}  // namespace
}  // namespace phimilter::milter
