// SPDX-License-Identifier: Apache-2.0
//
// The SMTP client for the MTA's private listeners (RFC 5321, 3461, 6531): strict CRLF,
// dot-stuffing, no bare CR or LF, deadlines on every step.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "mail/message.h"

namespace phimilter::delivery {

struct OutgoingRecipient {
  std::string path;                    // "<a@b>"
  std::vector<std::string> arguments;  // NOTIFY=..., ORCPT=...
};

struct Outgoing {
  std::string reverse_path;  // "<a@b>" or "<>"
  // BODY=..., RET=HDRS, ENVID=..., SMTPUTF8: sent only when the listener offers them. SMTPUTF8
  // comes by itself where a path is not ASCII.
  std::vector<std::string> arguments;
  std::vector<OutgoingRecipient> recipients;
  bool first_decides = false;  // refused for the first recipient, it is sent to nobody
  const mail::HeaderList* headers = nullptr;
  std::string_view body;
};

struct RecipientReply {
  int code = 0;          // of RCPT; when 2xx, of the end of data; 0: not asked (first_decides)
  std::string enhanced;  // "2.1.5" or empty
};

struct SmtpOutcome {
  std::vector<RecipientReply> recipients;  // in order
  std::string queue_id;                    // from "250 2.0.0 Ok: queued as X", where it says so
};

struct SmtpDeadlines {
  std::int64_t connect_ms = limits::kSmtpConnectMs;
  std::int64_t command_ms = limits::kSmtpCommandMs;  // each command and its reply
  std::int64_t data_ms =
      limits::kSmtpDataMs;    // each 64 KiB of content; the wait after the final dot
  std::int64_t whole_ms = 0;  // behind the connect, all of it together; 0: as long as the steps
};

// One transaction on a connection of its own. Transient fault: cannot connect, timeout, connection
// lost, 4xx or 5xx to anything but RCPT; then nothing is known to be accepted. A lost connection
// after the final dot: fault "smtp.in_doubt".
Result<SmtpOutcome> send_message(const std::string& listener, const std::string& helo,
                                 const Outgoing& outgoing, const SmtpDeadlines& deadlines = {});

}  // namespace phimilter::delivery
