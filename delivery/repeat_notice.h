// SPDX-License-Identifier: Apache-2.0
//
// Mails that are written long after their message: the notice of one that waits, once more, and
// whatever else goes to one address.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/settings.h"
#include "escrow/entry.h"
#include "mail/message.h"
#include "protect/portal_notice.h"

namespace phimilter::delivery {

// Transient fault: not sent; "smtp.in_doubt": perhaps.
Status send_one(const std::string& listener, const std::string& from, const std::string& to,
                const mail::HeaderList& headers, std::string_view body);

// To the re-entry listener, from the sender's own address. Its Message-ID is made of the message
// and of the day, so that a mail in doubt shows once when it left twice. Permanent fault: the
// message has no sender. Else as send_one.
Status repeat_notice(const Settings& settings, const escrow::EntryFacts& facts,
                     protect::NoticeKind kind, Timestamp now);

}  // namespace phimilter::delivery
