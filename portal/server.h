// SPDX-License-Identifier: Apache-2.0
//
// The HTTP server: reads requests within limits and time-outs, hands them to a handler on worker
// threads, writes the responses. Over TLS 1.2 or later, or in the clear on loopback for a reverse
// proxy.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "portal/http.h"

namespace phimilter::portal {

struct BodyBudgets;  // portal/arriving_bodies.h

struct ServerOptions {
  std::string address;
  std::uint16_t port = 0;        // 0: any free one, see Server::port()
  std::string certificate;       // PEM chain; empty: plain HTTP
  std::string certificate_key;   // PEM
  std::size_t upload_bytes = 0;  // of a form with files; past it the files are left out
  std::size_t workers = 8;       // an answer's Argon2id keeps one busy for about 0.1 s
  // One whole request, 25 MB of files from a phone too; past it: closed. Of a TLS handshake: at
  // most 20 s.
  std::int64_t read_timeout_ms = 120'000;
  // For one response, or one piece (64 KB) of a streamed one; past it: closed.
  std::int64_t write_timeout_ms = 60'000;
  std::size_t connections = 2048;      // past it: waits in the kernel's queue
  std::size_t of_one_client = 256;     // over TLS; past it: closed at once
  bool api_alone = false;              // the API is served there, and no page
  std::vector<std::string> proxies{};  // networks whose X-Forwarded-For is believed
};

class Server {
 public:
  virtual ~Server() = default;  // stops listening, lets running handlers end
  virtual std::uint16_t port() const = 0;
};

// `handler` is called by several threads at once and must not throw. Without `budgets` there are
// some of its own, to which everybody is a stranger. Configuration fault: certificate or key cannot
// be used, address taken.
Result<std::unique_ptr<Server>> start_server(const ServerOptions& options, Handler handler,
                                             std::shared_ptr<BodyBudgets> budgets = {});

}  // namespace phimilter::portal
