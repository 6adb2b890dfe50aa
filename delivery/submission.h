// SPDX-License-Identifier: Apache-2.0
//
// What makes two submissions the same: sender and content, without what an MTA makes anew for each
// try.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "mail/message.h"

namespace phimilter::delivery {

// The MTA gave the message its Message-ID: the queue id stands in its id part.
bool message_id_by_mta(const mail::HeaderList& headers, std::string_view queue_id);

// Its author gave it a Message-ID: two mails with the same content and the same name are one mail,
// handed in twice.
bool names_itself(const mail::HeaderList& headers, std::string_view queue_id);

// SHA-256 over the reverse-path, the header fields and the body. Left out: what relays and filters
// before us write (Received, Authentication-Results, DKIM-Signature, X-Spam-* and the like, and the
// fields of `more_volatile`, in which a * at the end stands for the rest of a name), a Message-ID
// by the MTA, a Date that may be the MTA's (it stands last, but for such fields and a From or To
// that Postfix adds behind it), and whatever the caller has taken off the message. The recipients
// are left out: a client may repeat a message for some of them. Transient fault: the body cannot be
// read.
Result<DigestId> submission_digest(const mail::CapturedMessage& message,
                                   std::span<const std::string> more_volatile = {});

// One recipient's outcome of one submission.
TokenId recipient_token(const DigestId& digest, std::string_view instance,
                        std::string_view address_key);

// The same for every copy of one submission, and for every try of it: "<...@domain>".
std::string derived_message_id(const DigestId& digest, std::string_view instance,
                               std::string_view domain);
std::string derived_message_id(const TokenId& token, std::string_view domain);

}  // namespace phimilter::delivery
