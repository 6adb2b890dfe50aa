// SPDX-License-Identifier: Apache-2.0
//
// The journal on a disk that fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <thread>

#include "audit/journal_disk.h"
#include "audit/records.h"
#include "base/files.h"
#include "support/temp_folder.h"

namespace phimilter::audit {
namespace {

using phimilter::test::TempFolder;
using test::fault_of;
using test::numbered;
using ::testing::IsEmpty;

enum class Failure { none, write, half_write, sync, truncate };

// What it is told to do next; shared with the test, since the journal owns its disk.
struct Plan {
  std::atomic<int> writes{0}, syncs{0};
  std::atomic<Failure> failure{Failure::none};
  std::atomic<int> every{0};  // 0: each call while `failure` stands
};

class FailingDisk final : public JournalDisk {
 public:
  explicit FailingDisk(std::shared_ptr<Plan> plan) : plan_(std::move(plan)) {}
  Status write(int fd, std::string_view bytes, const std::string& path) override {
    const int call = ++plan_->writes;
    const bool due = plan_->every == 0 || call % plan_->every == 0;
    if (due && plan_->failure == Failure::write) {
      return fail(transient_fault("test.write", "the disk failed"));
    }
    if (due && plan_->failure == Failure::half_write) {
      EXPECT_EQ(fault_of(JournalDisk::write(fd, bytes.substr(0, bytes.size() / 2), path)), "");
      return fail(transient_fault("test.write", "the disk failed half-way"));
    }
    return JournalDisk::write(fd, bytes, path);
  }
  Status sync(int fd, const std::string& path) override {
    const int call = ++plan_->syncs;
    if (plan_->failure == Failure::sync && (plan_->every == 0 || call % plan_->every == 0)) {
      return fail(transient_fault("test.sync", "the disk failed"));
    }
    return JournalDisk::sync(fd, path);
  }
  Status truncate(int fd, std::uint64_t size, const std::string& path) override {
    if (plan_->failure == Failure::truncate) {
      return fail(transient_fault("test.truncate", "the disk failed"));
    }
    return JournalDisk::truncate(fd, size, path);
  }

 private:
  std::shared_ptr<Plan> plan_;
};

class JournalFaults : public ::testing::Test {
 protected:
  JournalFaults() {
    auto journal = open_journal(folder_.path(), "filter", clock_,
                                std::make_unique<FailingDisk>(plan_), JournalOptions{});
    EXPECT_EQ(fault_of(journal), "");
    journal_ = std::move(*journal);
  }
  std::vector<std::string> queue_ids() {
    std::vector<std::string> out;
    EXPECT_EQ(fault_of(read_journal(folder_.path(), 1,
                                    [&](const JournalLine& line) {
                                      out.push_back(record_from_json(line.json)->queue_id);
                                      return true;
                                    })),
              "");
    return out;
  }
  void expect_verified() {
    const auto report = verify_journal(folder_.path());
    ASSERT_EQ(fault_of(report), "");
    EXPECT_THAT(report->problems, IsEmpty());
  }

  TempFolder folder_;
  FixedClock clock_{test::at("2026-11-21T21:08:33Z")};
  std::shared_ptr<Plan> plan_ = std::make_shared<Plan>();
  std::unique_ptr<Journal> journal_;
};

TEST_F(JournalFaults, AFailedAppendCountsAsNotWrittenAndTheNextGoesOn) {
  std::size_t number = 0;
  std::vector<std::string> expected;
  for (const Failure failure : {Failure::write, Failure::half_write, Failure::sync}) {
    ASSERT_EQ(fault_of(journal_->append(numbered(++number))), "");
    expected.push_back("q" + std::to_string(number));
    plan_->failure = failure;
    for (int i = 0; i < 3; ++i) {
      const std::uint64_t before = journal_->last_sequence();
      const auto failed = journal_->append(numbered(1000));
      ASSERT_FALSE(failed.has_value());
      EXPECT_EQ(failed.error().kind, FaultKind::transient);
      EXPECT_EQ(journal_->last_sequence(), before);
    }
    plan_->failure = Failure::none;
    EXPECT_EQ(*journal_->append(numbered(++number)), number);
    expected.push_back("q" + std::to_string(number));
  }
  EXPECT_EQ(queue_ids(), expected);
  expect_verified();
}

TEST_F(JournalFaults, TheVeryFirstAppendMayFail) {
  for (const Failure failure : {Failure::half_write, Failure::sync}) {
    plan_->failure = failure;
    EXPECT_FALSE(journal_->append(numbered(1000)).has_value());
  }
  plan_->failure = Failure::none;
  EXPECT_EQ(*journal_->append(numbered(1)), 1u);
  EXPECT_EQ(queue_ids(), std::vector<std::string>{"q1"});
  expect_verified();
}

TEST_F(JournalFaults, WhatCannotBeCutOffKeepsTheJournalShutUntilItCan) {
  ASSERT_EQ(fault_of(journal_->append(numbered(1))), "");
  plan_->failure = Failure::half_write;
  EXPECT_FALSE(journal_->append(numbered(1000)).has_value());
  plan_->failure = Failure::truncate;
  for (int i = 0; i < 3; ++i) {
    const auto failed = journal_->append(numbered(1000));
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().id, "test.truncate");
  }
  plan_->failure = Failure::none;
  EXPECT_EQ(*journal_->append(numbered(2)), 2u);
  EXPECT_EQ(queue_ids(), (std::vector<std::string>{"q1", "q2"}));
  expect_verified();
}

// After a failed sync the page cache may show what the disk does not hold.
TEST_F(JournalFaults, AFileThatChangedUnderneathIsNotWrittenToAgain) {
  ASSERT_EQ(fault_of(journal_->append(numbered(1))), "");
  ASSERT_EQ(fault_of(journal_->append(numbered(2))), "");
  plan_->failure = Failure::sync;
  EXPECT_FALSE(journal_->append(numbered(1000)).has_value());
  plan_->failure = Failure::none;
  const std::string name = "journal-0000000001.jsonl";
  const std::string good = folder_.read(name);
  std::string zeroed = good;
  std::fill(zeroed.begin() + 100, zeroed.begin() + 200, '\0');
  folder_.write(name, zeroed);
  const auto failed = journal_->append(numbered(1000));
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().id, "audit.journal_lost");
  EXPECT_EQ(failed.error().kind, FaultKind::transient);
  folder_.write(name, good);
  EXPECT_EQ(*journal_->append(numbered(3)), 3u);
  expect_verified();
}

TEST_F(JournalFaults, EveryThreadHearsOfItsOwnRecord) {
  constexpr std::size_t kThreads = 16, kEach = 30;
  plan_->every = 3;
  std::mutex mutex;
  std::set<std::string> written;
  for (const Failure failure : {Failure::half_write, Failure::sync}) {
    plan_->failure = failure;
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::size_t i = 0; i < kEach; ++i) {
          const Record record =
              numbered(static_cast<std::size_t>(failure) * 100'000 + thread * 1000 + i);
          if (journal_->append(record)) {
            const std::lock_guard lock(mutex);
            written.insert(record.queue_id);
          }
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  }
  plan_->failure = Failure::none;
  ASSERT_EQ(fault_of(journal_->append(numbered(7))), "");
  written.insert("q7");
  const auto ids = queue_ids();
  EXPECT_GT(written.size(), 1u);
  EXPECT_LT(written.size(), 2 * kThreads * kEach);
  EXPECT_EQ(ids.size(), written.size());
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()), written);
  expect_verified();
}

// EFBIG of the real file system.
TEST_F(JournalFaults, AFullDiskIsATransientFault) {
  ASSERT_EQ(fault_of(journal_->append(numbered(1))), "");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, SIG_IGN);
  const rlimit small{2'000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  Record large = numbered(1000);
  large.rules.assign(100, "a rule with a name of some length");
  const auto failed = journal_->append(large);
  const auto again = journal_->append(numbered(2));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind, FaultKind::transient);
  EXPECT_EQ(fault_of(again), "");
  EXPECT_EQ(queue_ids(), (std::vector<std::string>{"q1", "q2"}));
  expect_verified();
}

TEST_F(JournalFaults, AFolderThatIsGoneFailsTheNextFile) {
  const TempFolder place;
  const std::string folder = place.path("journal");
  ASSERT_EQ(fault_of(make_folder(folder, 0750)), "");
  auto journal = open_journal(folder, "filter", clock_);
  ASSERT_EQ(fault_of(journal), "");
  std::filesystem::remove_all(folder);
  const auto failed = (*journal)->append(numbered(1));
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind, FaultKind::transient);
}

}  // namespace
}  // namespace phimilter::audit
