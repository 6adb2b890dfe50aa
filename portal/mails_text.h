// SPDX-License-Identifier: Apache-2.0
//
// The mails that the portal writes to senders: what became of their messages, and that somebody
// asks for one again. References, addresses and days; nothing of a message.
#pragma once

#include <string>
#include <vector>

#include "base/brand.h"
#include "escrow/entry.h"
#include "mail/message.h"
#include "portal/mails_round.h"
#include "portal/sent_door.h"
#include "portal/texts.h"

namespace phimilter::portal {

struct SenderMailFacts {
  Brand brand;
  std::string from;      // address
  std::string to;        // address of the sender
  std::string page;      // where senders see their messages; empty: they have no page
  bool outside = false;  // the sender's mailbox is not the clinic's: recipients are not named
  std::vector<const Texts*> languages;
  Timestamp now{};
};

struct SenderMail {
  mail::HeaderList headers;
  std::string body;
};

SenderMail word_mail(const SenderMailFacts& facts, const std::vector<WordLine>& lines);
// A recipient would like to read what has expired.
SenderMail request_mail(const SenderMailFacts& facts, const delivery::MessageRow& row);

// The code for the sender's page.
SenderMail sender_code_mail(const SenderMailFacts& facts, const SentCode& code);

}  // namespace phimilter::portal
