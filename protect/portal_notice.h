// SPDX-License-Identifier: Apache-2.0
//
// The mail that tells a recipient that a message waits in the portal: text and HTML, English and
// Spanish. It says who to call, and nothing of what the message holds: no PHI, no original subject.
#pragma once

#include <string>
#include <vector>

#include "protect/protected_message.h"

namespace phimilter::protect {

enum class NoticeKind {
  first,     // also when it is mailed again as it was
  reminder,  // still unread
  expiring,  // unread, and over soon
};

struct NoticeFacts {
  std::string organisation_name;
  std::string organisation_phone;
  std::string link;       // https://portal/m/...; empty, in reminders: only the first notice has it
  std::string reference;  // short code that the page shows again: "7KQ4-M2"
  mail::Address recipient;
  Timestamp expires{};
  std::vector<std::string> languages;  // "en", "es"; empty: both
  std::string colour = "#0b5c7d";      // of the clinic; white can be read on it
  std::string footer{};                // a line of the clinic's; empty: none
  NoticeKind kind = NoticeKind::first;
  Timestamp sent{};  // when the first notice left, for reminders
};

// From, Reply-To, Date and the threading of the captured message stay; To is the recipient alone;
// Message-ID is given by delivery. With Auto-Submitted: auto-generated and
// X-Auto-Response-Suppress.
Result<ProtectedMessage> portal_notice(const mail::CapturedMessage& message,
                                       const NoticeFacts& facts, const std::string& spool_folder);

// A notice that the portal mails by itself, long after the message was there: the same again, or a
// reminder. From is the organisation's name and `from`, an address. Without Message-ID.
struct NoticeMail {
  mail::HeaderList headers;
  std::string body;
};
Result<NoticeMail> repeated_notice(const NoticeFacts& facts, const mail::Address& from,
                                   Timestamp now);

// All that a notice says on its own account, as it stands in its decoded parts (the HTML spelling
// too): what may stand there even if the message happens to hold the same words, as an exposure
// check needs to know.
std::vector<std::string> notice_own_texts(const NoticeFacts& facts);

}  // namespace phimilter::protect
