// SPDX-License-Identifier: Apache-2.0
//
// Cards and events are written by hand after vCard 2.1, RFC 6350 and RFC 5545.
#include "extract/contact_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "extract/record_labels.h"
#include "extract/recorded_reading.h"

namespace phimilter::extract {
namespace {

struct Case {
  const char* what;
  const char* lines;
  const char* said;
};

std::string card(const std::string& lines) {
  return "BEGIN:VCARD\nVERSION:3.0\n" + lines + "END:VCARD\n";
}

TEST(ContactReader, ReadsCards) {
  const Case kCases[] = {
      {"names", "FN:Jane Doe\nN:Doe;Jane;Q;Dr.;Jr\n", "Contact name\tJane Doe\n"},
      {"structured name", "N:Doe;Jane;Q;Dr.;Jr\n", "Contact name\tDoe, Jane Q Jr\n"},
      {"phone", "TEL;TYPE=HOME:6175550184\nTEL;VALUE=uri:tel:+1-617-555-0185\n",
       "Phone\t617-555-0184\nPhone\t+1-617-555-0185\n"},
      {"address", "ADR;TYPE=HOME:;Apt 4;12 Oak St;Omaha;NE;68117;US\n",
       "Address\t12 Oak St, Apt 4, Omaha, NE 68117, US\n"},
      {"birthday", "BDAY:19570211\n", "Birthday\t1957-02-11\n"},
      {"group and case", "item1.email;type=INTERNET:jane@home.example\n",
       "Email\tjane@home.example\n"},
      {"escapes", "ORG:Plains\\, Inc;Sales\nNOTE:MRN 7\\nDOB 1957\n",
       "Organization\tPlains, Inc Sales\nDescription\tMRN 7\nDOB 1957\n"},
      {"folded", "NOTE:metfor\n min\n", "Description\tmetformin\n"},
      {"quoted-printable (2.1)",
       "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:caf=C3=A9 met=\nformin\n",
       "Description\tcafé metformin\n"},
      {"own fields", "X-MRN:48151623\n", "mrn\t48151623\n"},
      {"picture", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQ\n", ""},
      {"colon in a parameter", "TEL;LABEL=\"call: me\":555-0100\n", "Phone\t555-0100\n"},
  };
  for (const Case& each : kCases) {
    const std::string text = card(each.lines);
    const Document document = text_document(text);
    EXPECT_TRUE(is_contact_or_event(document)) << each.what;
    EXPECT_EQ(reading_of(read_contact_or_event, document).said, each.said) << each.what;
  }
}

TEST(ContactReader, PutsAnEmptyLineBetweenCards) {
  const std::string text = card("FN:Jane\n") + card("FN:Mark\n");
  EXPECT_EQ(reading_of(read_contact_or_event, text_document(text)).said,
            "Contact name\tJane\n\nContact name\tMark\n");
}

TEST(ContactReader, ReadsEvents) {
  const std::string text =
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;TZID=America/"
      "Chicago:20240201T093000\r\n"
      "SUMMARY:Follow up\\, Zelda Fitzwater\r\nLOCATION:Room 4\r\n"
      "ATTENDEE;CN=\"Doe; Jane\";ROLE=REQ-PARTICIPANT:mailto:jane@home.example\r\n"
      "DESCRIPTION:MRN: 48151623\\nmetformin\r\n"
      "ATTACH;ENCODING=BASE64;VALUE=BINARY:JVBERi0xLjQKMSAwIG9iago8PC9UeXBlL0NhdGFsb2c+"
      "PgplbmRvYmoKdHJhaWxlcjw8Pj4K\r\n"
      "BEGIN:VALARM\r\nDESCRIPTION:Ring\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
  const RecordedReading read = reading_of(read_contact_or_event, text_document(text));
  EXPECT_EQ(read.said,
            "Start time\t2024-02-01 09:30\nSummary\tFollow up, Zelda Fitzwater\nLocation\tRoom 4\n"
            "Contact name\tDoe; Jane\nEmail\tjane@home.example\nDescription\tMRN: 48151623\n"
            "metformin\nDescription\tRing\n");
  ASSERT_EQ(read.members.size(), 1U);
  EXPECT_TRUE(read.members[0].bytes.starts_with("%PDF-1.4"));
}

TEST(ContactReader, ToldFromOtherText) {
  for (const char* text : {"", "BEGIN:", "See BEGIN:VCARD in the manual", "BEGIN:VFOO\n"}) {
    EXPECT_FALSE(is_contact_or_event(text_document(text))) << text;
  }
}

TEST(ContactReader, SurvivesStrangeCards) {
  for (const std::string& lines :
       {std::string("N\nN:\n:\n;\nADR:;;;;;;;;;;;;;;;;;;;;;;;;;\nTEL:\nBDAY:\nX-:\n"),
        "NOTE;ENCODING=QUOTED-PRINTABLE:" + std::string(50'000, '='), std::string(50'000, ';'),
        "N:" + std::string(50'000, '\\'), "TEL;X=\"" + std::string(50'000, 'x')}) {
    const std::string text = card(lines);
    reading_of(read_contact_or_event, text_document(text));
  }
}

}  // namespace
}  // namespace phimilter::extract
