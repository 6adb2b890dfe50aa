// SPDX-License-Identifier: Apache-2.0
//
// Handing copies back to the MTA over its private listeners.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "delivery/smtp_client.h"
#include "mail/message.h"

namespace phimilter::delivery {

enum class Way {
  ordinary,
  secure,  // an MTA that never sends in the clear
};

class CopySender {
 public:
  virtual ~CopySender() = default;
  // Thread-safe. Faults as send_message(); configuration fault: there is no such listener.
  virtual Result<SmtpOutcome> send(Way way, const std::string& helo, const Outgoing& outgoing) = 0;
};

// What each recipient was answered where the listener took them, and then does not want the copy,
// now or later: a filter or a limit behind it. To wait would only keep the sender from knowing.
// nullopt: another fault.
std::optional<SmtpOutcome> refused_whole(const Fault& fault, std::size_t recipients);

// A mail of our own to one person: what was answered in the end, 2xx or, refused for good, 5xx.
// Transient fault: not now.
Result<RecipientReply> send_notice(CopySender& sender, const std::string& helo,
                                   const Outgoing& notice);

// "5.7.1": not wanted from this client, or not for this recipient (RFC 3463 3.8).
bool is_about_permission(std::string_view enhanced);

// Among the reasons of a record, where the notice was refused: "sender not told: 550 5.1.1".
std::string sender_not_told(const RecipientReply& reply);

std::unique_ptr<CopySender> smtp_copy_sender(std::string listener, std::string secure_listener);

// The trace field that the MTA wrote for the captured message and did not show (RFC 5321 4.4), from
// the macros. Names no recipient.
mail::HeaderField received_field(const mail::CapturedMessage& message);

// The envelope of one copy (RFC 3461, 6531): RET=HDRS whatever was asked, so that no bounce carries
// the body; ENVID, NOTIFY and ORCPT kept, a missing ORCPT added; SMTPUTF8 and BODY=8BITMIME only
// where this copy needs them.
Outgoing outgoing_copy(const mail::CapturedMessage& message,
                       std::span<const std::size_t> recipients, const mail::HeaderList& headers,
                       std::string_view body);

}  // namespace phimilter::delivery
