// SPDX-License-Identifier: Apache-2.0
//
// What the sender is told about one recipient of a message (RFC 3464), in words that hold nothing
// of the message.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "delivery/smtp_client.h"
#include "mail/message.h"

namespace phimilter::delivery {

enum class News {
  failed,        // refused for good
  held,          // waits for a person to decide
  hold_refused,  // a person refused it
  hold_expired,  // nobody decided in time
};

// Whether the sender wants to hear of this recipient's failure (RFC 3461 4.1).
bool wants_failure_notice(const mail::CapturedMessage& message, std::size_t recipient);
// Whether the sender may be told that it takes longer: everybody but a bounce and who said NEVER.
bool may_be_told(const mail::CapturedMessage& message, std::size_t recipient);

struct FailureNotice {
  mail::HeaderList headers;
  std::string body;
  Outgoing outgoing() const;  // borrows from this
  std::string to;
};
// `enhanced`: of News::failed, "5.1.1", as the listener said it, or empty.
FailureNotice failure_notice(const mail::CapturedMessage& message, std::size_t recipient,
                             std::string_view enhanced, std::string_view message_id, Timestamp now,
                             News news = News::failed);

}  // namespace phimilter::delivery
