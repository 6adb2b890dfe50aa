// SPDX-License-Identifier: Apache-2.0
#include "audit/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/records.h"
#include "support/run_program.h"

namespace phimilter::audit {
namespace {

TEST(DecisionRecord, ComesBackWhole) {
  Record full = test::lab_result();
  full.sequence = 18'446'744'073'709'551'615u;
  full.writer = "filter";
  full.time = test::at("2026-11-21T21:08:33.123456Z");
  full.sensitive = true;
  full.fault = "escrow.write";
  for (const Record& record : {full, Record{}}) {
    const auto read = record_from_json(to_json(record));
    ASSERT_EQ(test::fault_of(read), "");
    EXPECT_EQ(*read, record);
  }
}

TEST(DecisionRecord, OddTextsComeBackOnOneLineOfAscii) {
  for (const std::string& text :
       {std::string("a\"b\\c/d"), std::string("line\r\nend\ttab"), std::string("nul\0nul", 7),
        std::string("ñandú@exämple.org"), std::string("\xE2\x80\xAE\xE2\x80\xA8 bidi"),
        std::string("\xF0\x9F\x92\x8A pill"), std::string(100'000, 'x'), std::string("\x1B[31m")}) {
    Record record;
    record.sender = text;
    record.rules = {text, ""};
    record.findings[text] = 3;
    const std::string json = to_json(record);
    for (const char c : json) {
      ASSERT_TRUE(c >= 0x20 && c < 0x7F);
    }
    const auto read = record_from_json(json);
    ASSERT_EQ(test::fault_of(read), "");
    EXPECT_EQ(*read, record);
  }
}

TEST(DecisionRecord, BytesThatAreNotUtf8AreReplaced) {
  Record record;
  record.sender = "jos\xE9@example.org";
  const auto read = record_from_json(to_json(record));
  ASSERT_EQ(test::fault_of(read), "");
  EXPECT_EQ(read->sender, "jos\xEF\xBF\xBD@example.org");
}

TEST(DecisionRecord, EveryEventHasANameOfItsOwn) {
  for (int i = 0; i <= static_cast<int>(Event::held_expired); ++i) {
    const auto event = static_cast<Event>(i);
    EXPECT_EQ(event_from(to_string(event)), event) << i;
  }
  EXPECT_EQ(event_from("unknown"), std::nullopt);
  EXPECT_EQ(event_from(""), std::nullopt);
}

TEST(DecisionRecord, KeysStandInTheDocumentedOrder) {
  const auto keys = phimilter::test::run_program(
      "python3 -c 'import json,sys\n"
      "r=json.load(sys.stdin)\n"
      "print(*r)\n"
      "print(*r[\"recipients\"][0])'",
      to_json(test::lab_result()));
  EXPECT_EQ(keys.output,
            "v seq writer time event queue_id digest instance sender login client listener "
            "recipients rules findings scope policy_version sensitive size route fault\n"
            "address method token reasons algorithms key escrow_id status\n");
}

TEST(DecisionRecord, WhatIsNoRecordIsRefused) {
  const std::string good = to_json(test::lab_result());
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string json = good;
    json.replace(json.find(from), from.size(), to);
    return json;
  };
  for (const std::string& json :
       {std::string(), std::string("{}"), std::string("[]"), std::string("null"),
        good.substr(0, good.size() - 1), good + good, with("\"v\":1", "\"v\":2"),
        with("\"v\":1,", ""), with("intended", "intented"), with("1970-01-01T", "1970-13-01T"),
        with("\"seq\":0", "\"seq\":\"0\""), with("\"rules\":[", "\"rules\":[7,"),
        with("\"address\":", "\"adress\":"), with("\"sensitive\":false", "\"sensitive\":0")}) {
    const auto read = record_from_json(json);
    ASSERT_FALSE(read.has_value()) << json;
    EXPECT_EQ(read.error().kind, FaultKind::permanent) << json;
  }
}

}  // namespace
}  // namespace phimilter::audit
