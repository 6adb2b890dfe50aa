// SPDX-License-Identifier: Apache-2.0
//
// One SMTP connection as a client sees it: lines out, replies in, each with a deadline. Private to
// delivery/.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace phimilter::delivery {

struct ServerReply {
  int code = 0;
  std::string enhanced;            // "4.3.0", empty when the server gave none
  std::vector<std::string> lines;  // the text behind the code, a line each
  int family() const { return code / 100; }
};

class SmtpConnection {
 public:
  // "unix:/path" or "inet:address:port" with a numeric address. Configuration fault: not of that
  // form; transient: no connection within `timeout_ms`.
  static Result<SmtpConnection> open(const std::string& listener, std::int64_t timeout_ms);

  // From now on, whatever each step may take.
  void end_within(std::int64_t whole_ms);

  // `line` without its CRLF.
  Result<ServerReply> command(std::string_view line, std::int64_t timeout_ms);
  Status send(std::string_view bytes, std::int64_t timeout_ms);
  Result<ServerReply> read_reply(std::int64_t timeout_ms);

 private:
  explicit SmtpConnection(UniqueFd socket) : socket_(std::move(socket)) {}
  Result<std::string> read_line(std::int64_t deadline_ms);
  std::int64_t deadline_in(std::int64_t timeout_ms) const;

  UniqueFd socket_;
  std::int64_t end_ms_ = std::numeric_limits<std::int64_t>::max();
  std::string pending_;
};

}  // namespace phimilter::delivery
