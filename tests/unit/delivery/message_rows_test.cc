// SPDX-License-Identifier: Apache-2.0
#include "delivery/message_rows.h"

#include <gtest/gtest.h>

namespace phimilter::delivery {
namespace {

using audit::Event;

const EscrowId kId = *EscrowId::parse("0123456789abcdef0123456789abcdef");
const EscrowId kOther = *EscrowId::parse("ffffffffffffffffffffffffffffffff");

Timestamp at(const std::string& minute) {
  return *parse_rfc3339("2026-11-21T12:" + minute + ":00.000000Z");
}

audit::Record record(Event event, const std::string& minute, const EscrowId& id = kId) {
  audit::Record made;
  made.writer = "portal";
  made.event = event;
  made.time = at(minute);
  made.sender = "lab@clinic.example";
  made.queue_id = "4ABC";
  made.recipients.emplace_back();
  made.recipients.front().address = "pat@example.org";
  made.recipients.front().method = "portal";
  made.recipients.front().escrow_id = id.str();
  return made;
}

escrow::EntryStatus status(escrow::EntryState state) {
  return {kId, state, at("00"), at("59"), 100};
}

TEST(MessageRows, StateSaysWhatASenderWantsToKnow) {
  using escrow::EntryState;
  struct Case {
    const char* name;
    std::optional<EntryState> entry;
    std::vector<Event> events;
    MessageState expected;
  };
  const Case cases[] = {
      {"just sealed", EntryState::waiting_for_notice, {}, MessageState::waiting},
      {"notice left", EntryState::open, {Event::noticed}, MessageState::unread},
      {"a scanner looked", EntryState::open, {Event::fetched}, MessageState::unread},
      {"a wrong answer", EntryState::open, {Event::refused}, MessageState::unread},
      {"read", EntryState::open, {Event::fetched, Event::shown}, MessageState::opened},
      {"read before its marker",
       EntryState::waiting_for_notice,
       {Event::shown},
       MessageState::opened},
      {"read, then over", EntryState::expired, {Event::shown}, MessageState::expired},
      {"taken back", EntryState::retracted, {Event::shown}, MessageState::retracted},
      {"taken back and gone", std::nullopt, {Event::retracted}, MessageState::retracted},
      {"over and gone", std::nullopt, {Event::shown, Event::expired}, MessageState::expired},
  };
  for (const Case& each : cases) {
    MessageRows rows;
    if (each.entry) {
      note_entry(rows, status(*each.entry));
    }
    for (const Event event : each.events) {
      note_record(rows, record(event, "10"));
    }
    EXPECT_EQ(rows.at(kId).state(), each.expected) << each.name;
    EXPECT_EQ(message_state_from(to_string(each.expected)), each.expected);
  }
  EXPECT_FALSE(message_state_from("read").has_value());
}

TEST(MessageRows, EventsStandInOrderWhicheverJournalCameFirst) {
  MessageRows rows;
  note_record(rows, record(Event::shown, "30"));
  note_record(rows, record(Event::shown, "40"));
  note_record(rows, record(Event::noticed, "10"));
  note_record(rows, record(Event::completed, "05"));
  const MessageRow& row = rows.at(kId);
  ASSERT_EQ(row.events.size(), 3U) << "what the filter did before is no event of the entry";
  EXPECT_EQ(row.events.front().event, Event::noticed);
  EXPECT_EQ(row.first(Event::shown), at("30"));
  EXPECT_EQ(row.last(Event::shown), at("40"));
  EXPECT_EQ(row.sender, "lab@clinic.example");
  EXPECT_EQ(row.recipient, "pat@example.org");
}

TEST(MessageRows, SaysWhoDidWhatAPersonDid) {
  MessageRows rows;
  audit::Record retracted = record(Event::retracted, "20");
  retracted.login = "dr.lee";
  note_record(rows, retracted);
  audit::Record noticed = record(Event::noticed, "10");
  noticed.login = "relay-login";
  note_record(rows, noticed);
  EXPECT_EQ(rows.at(kId).events.front().person, "") << "the login of the mail is no such person";
  EXPECT_EQ(rows.at(kId).events.back().person, "dr.lee");
}

TEST(MessageRows, HeldMessagesAndCleanMailAreNone) {
  MessageRows rows;
  audit::Record held = record(Event::held, "10");
  held.recipients.front().method = "hold";
  note_record(rows, held);
  audit::Record clean = record(Event::completed, "10");
  clean.recipients.front().escrow_id.clear();
  note_record(rows, clean);
  EXPECT_TRUE(rows.empty());
}

TEST(MessageRows, ManyLooksOfMachinesPushOutNothingElse) {
  MessageRows rows;
  note_record(rows, record(Event::noticed, "01"));
  note_record(rows, record(Event::shown, "02"));
  for (std::size_t i = 0; i < 3 * MessageRow::kEventsKept; ++i) {
    note_record(rows, record(Event::fetched, "10"));
  }
  const MessageRow& row = rows.at(kId);
  EXPECT_EQ(row.events.size(), MessageRow::kEventsKept);
  EXPECT_TRUE(row.first(Event::noticed).has_value());
  EXPECT_TRUE(row.first(Event::shown).has_value());
}

TEST(MessageRows, FilterAndNames) {
  MessageRows rows;
  note_entry(rows, status(escrow::EntryState::open));
  note_record(rows, record(Event::noticed, "10"));
  note_record(rows, record(Event::shown, "10", kOther));
  const MessageRow& row = rows.at(kId);
  struct Case {
    const char* name;
    MessageFilter filter;
    bool fits;
  };
  const Case cases[] = {
      {"all", {}, true},
      {"sender", {"LAB@clinic.example", "", {}, {}}, true},
      {"another sender", {"lab@clinic.example.org", "", {}, {}}, false},
      {"recipient", {"", "pat@example.org", {}, {}}, true},
      {"another recipient", {"", "at@example.org", {}, {}}, false},
      {"state", {"", "", MessageState::unread, {}}, true},
      {"another state", {"", "", MessageState::opened, {}}, false},
      {"since then", {"", "", {}, at("00")}, true},
      {"since later", {"", "", {}, at("01")}, false},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(each.filter.fits(row), each.fits) << each.name;
  }
  EXPECT_EQ(named_rows(rows, kId.str()).size(), 1U);
  EXPECT_EQ(named_rows(rows, row.reference()).size(), 1U);
  EXPECT_TRUE(named_rows(rows, "").empty());
}

}  // namespace
}  // namespace phimilter::delivery
