// SPDX-License-Identifier: Apache-2.0
//
// The mail that tells a recipient that a message waits in the portal: text and HTML, English and
// Spanish. It says who to call, and nothing of what the message holds: no PHI, no original subject.
#pragma once

#include <string>
#include <vector>

#include "protect/protected_message.h"

namespace phimilter::protect {

struct NoticeFacts {
  std::string organisation_name;
  std::string organisation_phone;
  std::string link;       // https://portal/m/...
  std::string reference;  // short code that the page shows again: "7KQ4-M2"
  mail::Address recipient;
  Timestamp expires{};
  std::vector<std::string> languages;  // "en", "es"; empty: both
};

// From, Reply-To, Date and the threading of the captured message stay; To is the recipient alone;
// Message-ID is given by delivery. With Auto-Submitted: auto-generated and
// X-Auto-Response-Suppress.
Result<ProtectedMessage> portal_notice(const mail::CapturedMessage& message,
                                       const NoticeFacts& facts, const std::string& spool_folder);

// All that a notice says on its own account, as it stands in its decoded parts (the HTML spelling
// too): what may stand there even if the message happens to hold the same words, as an exposure
// check needs to know.
std::vector<std::string> notice_own_texts(const NoticeFacts& facts);

}  // namespace phimilter::protect
