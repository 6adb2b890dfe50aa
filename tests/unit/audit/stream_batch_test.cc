// SPDX-License-Identifier: Apache-2.0
//
// What is made of Redis's answers, also of those that a real one gives once a year.
#include "audit/stream_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/records.h"

namespace phimilter::audit {
namespace {

using test::fault_of;
using Kind = RedisReply::Kind;

RedisReply status(const std::string& text) {
  return {Kind::status, text, 0, {}};
}
RedisReply text(const std::string& value) {
  return {Kind::text, value, 0, {}};
}
RedisReply error(const std::string& value) {
  return {Kind::error, value, 0, {}};
}
RedisReply list(std::vector<RedisReply> items) {
  return {Kind::list, "", 0, std::move(items)};
}
RedisReply nothing() {
  return {};
}

// Gives prepared answers, and keeps what was asked.
class ScriptedRedis final : public RedisConnection {
 public:
  explicit ScriptedRedis(std::vector<std::vector<RedisReply>> answers)
      : answers_(std::move(answers)) {}
  Result<std::vector<RedisReply>> send(const std::vector<RedisCommand>& commands) override {
    asked.push_back(commands);
    if (asked.size() > answers_.size()) {
      return fail(transient_fault("test.gone", "the connection is gone"));
    }
    return answers_[asked.size() - 1];
  }
  std::vector<std::vector<RedisCommand>> asked;

 private:
  std::vector<std::vector<RedisReply>> answers_;
};

const StreamNames kNames = stream_names("s", "filter");
const Cursor kBefore{6, std::string(64, '6')};

std::vector<JournalLine> two_lines() {
  std::vector<JournalLine> lines;
  for (const std::uint64_t sequence : {7u, 8u}) {
    Record record = test::numbered(sequence);
    record.sequence = sequence;
    lines.push_back({sequence, to_json(record), std::string(64, 'a'), "f"});
  }
  return lines;
}

TEST(StreamBatch, WholeTransactionIsShipped) {
  ScriptedRedis redis({{status("OK"), status("QUEUED"), status("QUEUED"), status("QUEUED"),
                        list({text("1-0"), text("1-1"), status("OK")})}});
  const auto shipped = ship(redis, kNames, kBefore, two_lines());
  ASSERT_EQ(fault_of(shipped), "");
  EXPECT_TRUE(*shipped);
  ASSERT_EQ(redis.asked.size(), 1u);
  EXPECT_EQ(redis.asked[0].front(), RedisCommand{"MULTI"});
  EXPECT_EQ(redis.asked[0][3],
            (RedisCommand{"SET", "s:cursor:filter", "8 " + std::string(64, 'a')}));
  EXPECT_EQ(redis.asked[0].back(), RedisCommand{"EXEC"});
}

TEST(StreamBatch, ACursorThatMovedMakesItVoid) {
  ScriptedRedis redis(
      {{status("OK"), status("QUEUED"), status("QUEUED"), status("QUEUED"), nothing()}});
  const auto shipped = ship(redis, kNames, kBefore, two_lines());
  ASSERT_EQ(fault_of(shipped), "");
  EXPECT_FALSE(*shipped);
}

TEST(StreamBatch, RefusedWhileQueuedIsAFaultWithRedissWord) {
  ScriptedRedis redis({{status("OK"), error("OOM command not allowed"), status("QUEUED"),
                        status("QUEUED"), error("EXECABORT Transaction discarded")}});
  const auto shipped = ship(redis, kNames, kBefore, two_lines());
  ASSERT_FALSE(shipped.has_value());
  EXPECT_EQ(shipped.error().kind, FaultKind::transient);
  EXPECT_THAT(shipped.error().describe(), ::testing::HasSubstr("reply=OOM"));
  EXPECT_EQ(redis.asked.size(), 1u);
}

TEST(StreamBatch, AHalfDoneTransactionIsUndone) {
  const std::vector<RedisReply> queued = {status("OK"), status("QUEUED"), status("QUEUED"),
                                          status("QUEUED")};
  const struct {
    const char* what;
    Cursor before;
    std::vector<RedisReply> executed;
    std::vector<RedisCommand> undone;
  } cases[] = {
      {"the first entry failed",
       kBefore,
       {error("WRONGTYPE x"), text("1-1"), status("OK")},
       {{"MULTI"},
        {"XDEL", "s", "1-1"},
        {"SET", "s:cursor:filter", "6 " + std::string(64, '6')},
        {"EXEC"}}},
      {"all entries failed, no cursor before",
       {},
       {error("WRONGTYPE x"), error("WRONGTYPE x"), status("OK")},
       {{"MULTI"}, {"DEL", "s:cursor:filter"}, {"EXEC"}}},
      {"the cursor failed",
       kBefore,
       {text("1-0"), text("1-1"), error("ERR x")},
       {{"MULTI"},
        {"XDEL", "s", "1-0"},
        {"XDEL", "s", "1-1"},
        {"SET", "s:cursor:filter", "6 " + std::string(64, '6')},
        {"EXEC"}}},
  };
  for (const auto& test : cases) {
    auto answers = queued;
    answers.push_back(list(test.executed));
    ScriptedRedis redis({answers, {status("OK"), list({})}});
    const auto shipped = ship(redis, kNames, test.before, two_lines());
    ASSERT_FALSE(shipped.has_value()) << test.what;
    EXPECT_EQ(shipped.error().kind, FaultKind::transient) << test.what;
    ASSERT_EQ(redis.asked.size(), 2u) << test.what;
    EXPECT_EQ(redis.asked[1], test.undone) << test.what;
  }
}

TEST(StreamBatch, CursorsAreReadStrictly) {
  const std::string hash(64, 'a');
  const auto cursor = [](const RedisReply& type, const RedisReply& value) {
    ScriptedRedis redis({{status("OK"), status("OK"), type, value}});
    return read_cursor(redis, kNames);
  };
  EXPECT_EQ(*cursor(status("none"), nothing()), Cursor{});
  EXPECT_EQ(*cursor(status("stream"), text("12 " + hash)), (Cursor{12, hash}));
  const struct {
    RedisReply type, value;
    FaultKind kind;
  } cases[] = {
      {status("string"), nothing(), FaultKind::configuration},
      {status("stream"), text(""), FaultKind::configuration},
      {status("stream"), text("12"), FaultKind::configuration},
      {status("stream"), text("12 "), FaultKind::configuration},
      {status("stream"), text("x " + hash), FaultKind::configuration},
      {status("stream"), text("12 " + hash + "a"), FaultKind::configuration},
      {status("stream"), text(" " + hash), FaultKind::configuration},
      {status("stream"), error("WRONGTYPE x"), FaultKind::configuration},
      {error("LOADING Redis is loading"), nothing(), FaultKind::transient},
  };
  for (const auto& test : cases) {
    const auto read = cursor(test.type, test.value);
    ASSERT_FALSE(read.has_value()) << test.value.text;
    EXPECT_EQ(read.error().kind, test.kind) << test.value.text;
  }
}

}  // namespace
}  // namespace phimilter::audit
