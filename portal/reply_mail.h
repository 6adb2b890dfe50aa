// SPDX-License-Identifier: Apache-2.0
//
// A reply as a message for the MTA. It comes From the portal's own address, which the portal's
// domain vouches for (DMARC); the person who wrote it stands in the display name and in Reply-To.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "mail/message.h"
#include "portal/http.h"
#include "portal/opened_message.h"

namespace phimilter::portal {

struct ReplyMailFacts {
  std::string portal_address;     // From
  std::string organisation_name;  // stands in the display name
  std::string author;             // the recipient's address
  std::vector<std::string> to;    // addresses
  std::string subject;            // of the message that is answered; UTF-8
  std::string subject_prefix;     // "Re" or "Fwd"
  ThreadFields thread;
  std::string message_id;  // with its brackets
  std::string text;        // UTF-8, with bare newlines
  Timestamp now{};
};

struct ReplyMail {
  mail::HeaderList headers;
  std::string body;
};

// `original`: a message that is sent along whole, for one that is forwarded; may be empty.
ReplyMail reply_mail(const ReplyMailFacts& facts, const std::vector<UploadedFile>& files,
                     std::string_view original = {});

}  // namespace phimilter::portal
