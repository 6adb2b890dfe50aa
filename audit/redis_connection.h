// SPDX-License-Identifier: Apache-2.0
//
// A Redis server over a unix socket or loopback: commands go out together, replies are collected.
// One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace phimilter::audit {

struct RedisReply {
  enum class Kind { text, status, number, list, nothing, error };
  Kind kind = Kind::nothing;
  std::string text;  // of text, status and error
  std::int64_t number = 0;
  std::vector<RedisReply> list;

  bool is_status(std::string_view wanted) const { return kind == Kind::status && text == wanted; }
};

using RedisCommand = std::vector<std::string>;

class RedisConnection {
 public:
  virtual ~RedisConnection() = default;
  // One reply a command, in order; an error reply is a reply. Transient fault: the connection is of
  // no use any more, and nobody knows which commands were done.
  virtual Result<std::vector<RedisReply>> send(const std::vector<RedisCommand>& commands) = 0;
};

struct RedisTimeouts {
  std::int64_t connect_ms = 2'000, reply_ms = 5'000;
};

// `address`: "unix:/path" or "inet:host:port" (host may be in brackets). Configuration fault:
// neither; transient: no connection in time.
Result<std::unique_ptr<RedisConnection>> connect_redis(const std::string& address,
                                                       const RedisTimeouts& timeouts = {});

}  // namespace phimilter::audit
