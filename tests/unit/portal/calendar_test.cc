// SPDX-License-Identifier: Apache-2.0
#include "portal/calendar.h"

#include <gtest/gtest.h>

namespace phimilter::portal {
namespace {

const Texts& english() {
  static const Languages all = std::move(*load_languages());
  return all.english;
}

// As a calendar server writes an invitation: folded, with a zone's own rules and an alarm.
constexpr std::string_view kInvitation =
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Eastern\r\n"
    "BEGIN:STANDARD\r\nDTSTART:16010101T020000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    "BEGIN:VEVENT\r\nSUMMARY;LANGUAGE=en:Blood draw\\, fasting\\nplea\r\n se\r\n"
    "DTSTART;TZID=\"America/New_York\":20261203T093000\r\nDTEND;TZID=\"America/New_York\":"
    "20261203T100000\r\nLOCATION:12 Maple Road\\; 2nd floor\r\n"
    "BEGIN:VALARM\r\nSUMMARY:not this\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n";

TEST(Calendar, SaysWhatWhenAndWhere) {
  const auto events = calendar_events(kInvitation);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].summary, "Blood draw, fasting please");
  EXPECT_EQ(events[0].location, "12 Maple Road; 2nd floor");
  EXPECT_FALSE(events[0].cancelled);
  EXPECT_EQ(human_when(english(), events[0], {}),
            "December 3, 2026, 09:30 \u2013 10:00 (America/New_York)");
}

TEST(Calendar, TimesArePutWhereTheSenderIs) {
  struct Case {
    const char *start, *end;
    std::optional<SentDate> sent;
    const char* said;
  };
  const SentDate five_west{2026, 11, 21, 12, 0, -300}, half_east{2026, 11, 21, 12, 0, 330};
  for (const Case& each :
       {Case{"DTSTART:20261203T020000Z", "DTEND:20261203T023000Z", five_west,
             "December 2, 2026, 21:00 \u2013 21:30 (UTC-5)"},
        Case{"DTSTART:20261231T200000Z", "DTEND:20270101T040000Z", half_east,
             "January 1, 2027, 01:30 \u2013 09:30 (UTC+5:30)"},
        Case{"DTSTART:20261203T020000Z", "X:1", std::nullopt, "December 3, 2026, 02:00 (UTC)"},
        Case{"DTSTART:20261203T020000", "X:1", five_west, "December 3, 2026, 02:00"},
        Case{"DTSTART;VALUE=DATE:20261203", "DTEND;VALUE=DATE:20261204", five_west,
             "December 3, 2026"},
        Case{"DTSTART:20261303T020000", "X:1", five_west, ""},
        Case{"DTSTART:2026120", "X:1", five_west, ""},
        Case{"DTSTART:20261203X020000", "X:1", five_west, ""},
        Case{"DTSTART:20261203T020000", "DTEND:20261204T010000", five_west,
             "December 3, 2026, 02:00 \u2013 December 4, 2026, 01:00"}}) {
    const auto events = calendar_events(std::string("BEGIN:VEVENT\n") + each.start + "\n" +
                                        each.end + "\nEND:VEVENT\n");
    ASSERT_EQ(events.size(), 1U) << each.start;
    EXPECT_EQ(human_when(english(), events[0], each.sent), each.said) << each.start;
  }
}

// The letter is written in winter and the appointment is in summer, or the other way round: the
// sender's clock is not the zone's. The offsets are those of `TZ=... date`.
TEST(Calendar, TimesInUtcArePutIntoTheCalendarsZone) {
  struct Case {
    const char *zone, *start, *said;
  };
  const SentDate winter{2026, 11, 21, 12, 0, -300};
  for (const Case& each :
       {Case{"X-WR-TIMEZONE:America/New_York", "20260701T130000Z",
             "July 1, 2026, 09:00 \u2013 09:00 (America/New_York)"},
        Case{"X-WR-TIMEZONE:America/New_York", "20261203T140000Z",
             "December 3, 2026, 09:00 \u2013 09:00 (America/New_York)"},
        Case{"BEGIN:VTIMEZONE\nTZID:Eastern Standard Time\nEND:VTIMEZONE", "20260701T130000Z",
             "July 1, 2026, 09:00 \u2013 09:00 (Eastern Standard Time)"},
        Case{"X-WR-TIMEZONE:Asia/Kolkata", "20260701T130000Z",
             "July 1, 2026, 18:30 \u2013 18:30 (Asia/Kolkata)"},
        Case{"X-WR-TIMEZONE:No/Such", "20260701T130000Z",
             "July 1, 2026, 08:00 \u2013 08:00 (UTC-5)"},
        Case{"TZID:America/New_York\nTZID:America/Chicago", "20260701T130000Z",
             "July 1, 2026, 08:00 \u2013 08:00 (UTC-5)"},
        Case{"X-WR-TIMEZONE:America/New_York", "20260701T130000",
             "July 1, 2026, 13:00 \u2013 13:00"}}) {
    const auto events =
        calendar_events(std::string(each.zone) + "\nBEGIN:VEVENT\nDTSTART:" + each.start +
                        "\nDTEND:" + each.start + "\nEND:VEVENT\n");
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(human_when(english(), events[0], winter), each.said) << each.zone;
  }
  const auto flight = calendar_events(
      "BEGIN:VEVENT\nDTSTART;TZID=America/New_York:20260701T090000\n"
      "DTEND;TZID=America/Chicago:20260701T100000\nEND:VEVENT\n");
  EXPECT_EQ(human_when(english(), flight.at(0), winter),
            "July 1, 2026, 09:00 (America/New_York) \u2013 10:00 (America/Chicago)");
}

TEST(Calendar, HostileFilesEndSomewhere) {
  std::string many, deep = "BEGIN:VEVENT\n";
  for (int i = 0; i < 10'000; ++i) {
    many += "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n";
    deep += "BEGIN:X\n";
  }
  EXPECT_EQ(calendar_events(many).size(), kCalendarEvents);
  EXPECT_TRUE(calendar_events(deep).empty());
  EXPECT_TRUE(calendar_events("").empty());
  EXPECT_TRUE(calendar_events(std::string(100'000, ' ')).empty());
  const auto cancelled = calendar_events(
      "METHOD:CANCEL\nBEGIN:VEVENT\nSUMMARY:" + std::string(10'000, 'a') + "\nEND:VEVENT\n");
  ASSERT_EQ(cancelled.size(), 1U);
  EXPECT_TRUE(cancelled[0].cancelled);
  EXPECT_LE(cancelled[0].summary.size(), 500U);
}

}  // namespace
}  // namespace phimilter::portal
