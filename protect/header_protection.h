// SPDX-License-Identifier: Apache-2.0
//
// Header protection (RFC 9788): which fields go inside, which stay outside, and the wrapping that
// carries the sender's MIME entity byte for byte.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "mail/message.h"

namespace phimilter::protect {

struct ProtectionHeaders {
  // Outside: trace and address fields, Date, Message-ID, "Subject: [...]", "MIME-Version: 1.0";
  // References and In-Reply-To stay when they hold nothing but msg-ids; Auto-Submitted, Precedence,
  // Importance, Priority, X-Priority and X-Auto-Response-Suppress with a word of the few that they
  // are made for. No Content-*, no List-*, nothing of ours, nothing else.
  mail::HeaderList outer;
  // On the cryptographic payload: the originals of From, To, Cc, Subject, Date, ... and HP-Outer
  // fields.
  mail::HeaderList inner;
};

// `identifiers`: what was found. Where one stands in a msg-id, the threading fields stay inside and
// Message-ID is replaced by one derived from it; where one with a digit may stand beside the
// addresses of an address field, the addresses alone stand outside; a trace field with one goes.
ProtectionHeaders protect_headers(const mail::HeaderList& captured,
                                  std::span<const std::string> identifiers = {});
inline ProtectionHeaders protect_headers(const mail::CapturedMessage& message) {
  return protect_headers(message.headers, message.identifiers);
}

// Whether an identifier with a digit stands in an address field beside the addresses, in names and
// comments, or may stand there: in an encoded-word of a charset that is not decoded here.
bool names_a_number(std::string_view value, std::span<const std::string> identifiers);
// Of a trace field: what stands before its date-time (RFC 5322 3.6.7).
std::string_view beside_time(std::string_view trace);
// The addresses alone, as a field's value.
std::string addresses_alone(std::string_view value);

// The cryptographic payload: multipart/mixed with hp="cipher" and protected-headers="v1" that
// carries `inner` and, as its one part, the sender's entity: its own Content-* fields as spelled,
// an empty line, its body byte for byte.
Status write_payload(const mail::CapturedMessage& message, const mail::HeaderList& inner,
                     mail::ByteSink& out);

}  // namespace phimilter::protect
