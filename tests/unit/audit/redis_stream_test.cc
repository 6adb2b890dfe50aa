// SPDX-License-Identifier: Apache-2.0
//
// Shipping to a real Redis that goes away, comes back, forgets and refuses.
#include "audit/redis_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <sstream>

#include "audit/journal_disk.h"
#include "audit/records.h"
#include "audit/redis_server.h"

namespace phimilter::audit {
namespace {

using test::eventually;
using test::fault_of;
using test::numbered;

constexpr const char* kStream = "phi:decisions";

class RedisStream : public ::testing::Test {
 protected:
  RedisStream() {
    journal_ = std::move(*open_journal(folder_.path(), "filter", system_clock(),
                                       std::make_unique<JournalDisk>(), JournalOptions{20'000}));
  }
  void append(std::uint64_t until) {
    while (next_ <= until) {
      ASSERT_EQ(fault_of(journal_->append(numbered(next_++))), "");
    }
  }
  std::unique_ptr<StreamShipper> ship() {
    return start_stream_shipper({redis_.address(), kStream, "filter", folder_.path()}, *journal_);
  }
  static std::vector<std::string> one_to(std::uint64_t last) {
    std::vector<std::string> out;
    for (std::uint64_t i = 1; i <= last; ++i) {
      out.push_back(std::to_string(i));
    }
    return out;
  }
  std::vector<std::string> sequences() { return redis_.field(kStream, "seq"); }
  // How often a full Redis said so.
  int refusals() {
    const std::string text = redis_.cli("INFO errorstats");
    const std::string name = "errorstat_OOM:count=";
    const auto at = text.find(name);
    return at == std::string::npos ? 0 : std::stoi(text.substr(at + name.size()));
  }

  phimilter::test::TempFolder folder_;
  test::RedisServer redis_;
  std::unique_ptr<Journal> journal_;
  std::uint64_t next_ = 1;
};

TEST_F(RedisStream, EntriesHaveTheDocumentedFields) {
  redis_.start();
  ASSERT_EQ(fault_of(journal_->append(test::lab_result())), "");
  const auto shipper = ship();
  ASSERT_TRUE(eventually([&] { return shipper->shipped() == 1; }));
  EXPECT_TRUE(shipper->connected());
  JournalLine line;
  ASSERT_EQ(fault_of(read_journal(folder_.path(), 1,
                                  [&line](const JournalLine& one) {
                                    line = one;
                                    return false;
                                  })),
            "");
  const auto record = *record_from_json(line.json);
  const auto names = phimilter::test::run_program(
      "grep -o '^| `[a-z_]*` |' | tr -d '|` ' | tr '\\n' ' '",
      phimilter::test::run_program(
          "sed -n '/^## The Redis stream/,/^The cursor/p' " PHIMILTER_SOURCE_DIR
          "/docs/decision-record.md")
          .output);
  EXPECT_EQ(names.output, "v writer seq time event queue_id digest record hash ");
  const std::vector<std::pair<std::string, std::string>> fields = {{"v", "1"},
                                                                   {"writer", "filter"},
                                                                   {"seq", "1"},
                                                                   {"time", rfc3339(record.time)},
                                                                   {"event", "intended"},
                                                                   {"queue_id", "4Yb1xJ2zPQ"},
                                                                   {"digest", std::string(64, 'd')},
                                                                   {"record", line.json},
                                                                   {"hash", line.hash}};
  for (const auto& [name, value] : fields) {
    EXPECT_EQ(redis_.field(kStream, name), std::vector<std::string>{value}) << name;
  }
  EXPECT_EQ(redis_.cli("GET phi:decisions:cursor:filter"), "1 " + line.hash + "\n");
}

TEST_F(RedisStream, RedisAbsentAtTheStartGetsEverythingLater) {
  append(30);
  const auto shipper = ship();
  append(60);
  EXPECT_EQ(shipper->shipped(), 0u);
  EXPECT_FALSE(shipper->connected());
  redis_.start();
  append(90);
  ASSERT_TRUE(eventually([&] { return shipper->shipped() == 90; }));
  EXPECT_EQ(sequences(), one_to(90));
}

// Killed while whole batches are on their way: what was asked for and never answered is what could
// double.
TEST_F(RedisStream, AKilledRedisLosesNothingAndDoublesNothing) {
  constexpr std::uint64_t kRecords = 12'000, kAtOnce = 40;
  redis_.start();
  const auto shipper = ship();
  std::atomic<bool> failed{false};
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < kRecords / kAtOnce; ++i) {
      const std::vector<Record> records(kAtOnce, numbered(i));
      failed = !journal_->append(records) || failed;
    }
  });
  for (std::uint64_t progress = 500; progress < kRecords; progress += 2000) {
    EXPECT_TRUE(eventually([&] { return shipper->shipped() >= progress; }));
    redis_.kill_now();
    redis_.start();
  }
  writer.join();
  EXPECT_FALSE(failed);
  ASSERT_TRUE(eventually([&] { return shipper->shipped() == kRecords; }));
  EXPECT_EQ(sequences(), one_to(kRecords));
}

TEST_F(RedisStream, AShipperThatStartsAgainGoesOnFromTheCursor) {
  redis_.start();
  for (const std::uint64_t until : {250u, 250u, 600u, 601u}) {
    append(until);
    const auto shipper = ship();
    ASSERT_TRUE(eventually([&] { return shipper->shipped() == until; }));
  }
  EXPECT_EQ(sequences(), one_to(601));
}

TEST_F(RedisStream, TwoWritersShareAStream) {
  redis_.start();
  const phimilter::test::TempFolder other_folder;
  auto other = std::move(*open_journal(other_folder.path(), "portal", system_clock()));
  append(50);
  ASSERT_EQ(fault_of(other->append(numbered(1))), "");
  const auto shipper = ship();
  const auto other_shipper =
      start_stream_shipper({redis_.address(), kStream, "portal", other_folder.path()}, *other);
  ASSERT_TRUE(
      eventually([&] { return shipper->shipped() == 50 && other_shipper->shipped() == 1; }));
  EXPECT_EQ(sequences().size(), 51u);
  const auto writers = redis_.field(kStream, "writer");
  EXPECT_EQ(std::count(writers.begin(), writers.end(), "portal"), 1);
}

// As a second gateway with the same settings would do.
TEST_F(RedisStream, TwoShippersOfOneJournalDoubleNothing) {
  redis_.start();
  append(2000);
  const auto one = ship();
  const auto other = ship();
  ASSERT_TRUE(eventually([&] { return one->shipped() == 2000 || other->shipped() == 2000; }));
  EXPECT_EQ(sequences(), one_to(2000));
}

TEST_F(RedisStream, AnEmptiedRedisIsFilledAgain) {
  redis_.start();
  append(300);
  const auto shipper = ship();
  ASSERT_TRUE(eventually([&] { return shipper->shipped() == 300; }));
  ASSERT_EQ(redis_.cli("FLUSHALL"), "OK\n");
  append(301);
  ASSERT_TRUE(eventually([&] { return sequences().size() == 301; }));
  EXPECT_EQ(sequences(), one_to(301));
}

TEST_F(RedisStream, TheCursorOfAnotherJournalStopsShippingUntilItIsDeleted) {
  redis_.start();
  append(5);
  for (const std::string& cursor :
       {"3 " + std::string(64, '0'), "900 " + std::string(64, '0'), std::string("rubbish")}) {
    redis_.cli("SET phi:decisions:cursor:filter '" + cursor + "'");
    const auto shipper = ship();
    // It has read the cursor, more than once, when it has asked for it twice.
    const auto asked = [this] {
      const std::string stats = redis_.cli("INFO commandstats");
      const auto at = stats.find("cmdstat_watch:calls=");
      return at == std::string::npos ? 0 : std::stoi(stats.substr(at + 20));
    };
    const int before = asked();
    ASSERT_TRUE(eventually([&] { return asked() >= before + 2; })) << cursor;
    EXPECT_EQ(redis_.cli("XLEN phi:decisions"), "0\n") << cursor;
    EXPECT_FALSE(shipper->connected()) << cursor;
  }
  redis_.cli("DEL phi:decisions:cursor:filter");
  const auto shipper = ship();
  ASSERT_TRUE(eventually([&] { return shipper->shipped() == 5; }));
  EXPECT_EQ(sequences(), one_to(5));
}

TEST_F(RedisStream, ARedisThatRefusesGetsEverythingOnceItDoesNot) {
  redis_.start();
  append(300);
  redis_.cli("CONFIG SET maxmemory 1");
  ::testing::internal::CaptureStderr();
  const auto shipper = ship();
  const bool refused = eventually([this] { return refusals() >= 3; });
  const std::string said = ::testing::internal::GetCapturedStderr();
  ASSERT_TRUE(refused);
  EXPECT_EQ(said.find("stream_away"), said.rfind("stream_away")) << "said more than once";
  EXPECT_NE(said.find("stream_away"), std::string::npos);
  EXPECT_FALSE(shipper->connected());
  EXPECT_EQ(shipper->shipped(), 0u);
  redis_.cli("CONFIG SET maxmemory 0");
  ASSERT_TRUE(eventually([&] { return shipper->shipped() == 300; }));
  EXPECT_EQ(sequences(), one_to(300));
}

// A key of another type makes XADD fail inside the transaction while SET does not.
TEST_F(RedisStream, AForeignKeyInTheStreamsPlaceAdvancesNoCursor) {
  redis_.start();
  append(20);
  redis_.cli("SET phi:decisions somebody");
  const auto shipper = ship();
  ASSERT_TRUE(eventually([this] {
    return redis_.cli("INFO commandstats").find("cmdstat_type") != std::string::npos;
  }));
  EXPECT_EQ(redis_.cli("EXISTS phi:decisions:cursor:filter"), "0\n");
  redis_.cli("DEL phi:decisions");
  ASSERT_TRUE(eventually([&] { return shipper->shipped() == 20; }));
  EXPECT_EQ(sequences(), one_to(20));
}

TEST_F(RedisStream, EndsSoonWhateverRedisDoes) {
  append(3);
  ship().reset();
  redis_.start();
  ship().reset();
  EXPECT_EQ(
      start_stream_shipper({"nonsense", kStream, "filter", folder_.path()}, *journal_)->shipped(),
      0u);
}

}  // namespace
}  // namespace phimilter::audit
