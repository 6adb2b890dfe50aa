// SPDX-License-Identifier: Apache-2.0
//
// Header protection (RFC 9788): which fields go inside, which stay outside, and the wrapping that
// carries the sender's MIME entity byte for byte.
#pragma once

#include <string>

#include "mail/message.h"

namespace phimilter::protect {

struct ProtectionHeaders {
  // Outside: trace and address fields, Date, Message-ID, "Subject: [...]", "MIME-Version: 1.0";
  // References and In-Reply-To stay when they hold nothing but msg-ids. No Content-*, nothing of
  // ours, nothing else.
  mail::HeaderList outer;
  // On the cryptographic payload: the originals of From, To, Cc, Subject, Date, ... and HP-Outer
  // fields.
  mail::HeaderList inner;
};

ProtectionHeaders protect_headers(const mail::HeaderList& captured);

// The cryptographic payload: multipart/mixed with hp="cipher" and protected-headers="v1" that
// carries `inner` and, as its one part, the sender's entity: its own Content-* fields as spelled,
// an empty line, its body byte for byte.
Status write_payload(const mail::CapturedMessage& message, const mail::HeaderList& inner,
                     mail::ByteSink& out);

}  // namespace phimilter::protect
