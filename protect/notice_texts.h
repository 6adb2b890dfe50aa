// SPDX-License-Identifier: Apache-2.0
//
// Every sentence of the portal notice and its reminders, by language. A translator edits
// notice_<language>.toml; the files are compiled in. The words in braces are filled in:
// {organisation} {phone} {link} {reference} {date} {sent}.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::protect {

struct NoticeTexts {
  std::string language;  // RFC 5646
  std::string below;     // above the other language
  std::string subject, subject_reminder, subject_expiring;
  std::string greeting;
  std::string what, what_reminder, what_expiring;
  std::string how;
  std::string button;
  std::string link_label;  // above the link in the text part, where there is no button
  std::string no_link;     // instead of it, where only the first notice has the link
  std::string until;
  std::string reference;
  std::string unsure_with_phone;
  std::string unsure;  // where no phone number is configured
  std::string never;
  std::string closing;
  std::array<std::string, 12> months;
  std::string date_form;  // {day} {month} {year}
};

// English first. A compiled-in file that lacks a sentence ends the program; a test reads them all.
const std::vector<NoticeTexts>& notice_texts();

namespace embedded {
extern const std::string_view kNoticeEn;
extern const std::string_view kNoticeEs;
}  // namespace embedded

}  // namespace phimilter::protect
