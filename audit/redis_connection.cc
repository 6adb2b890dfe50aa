// SPDX-License-Identifier: Apache-2.0
#include "audit/redis_connection.h"

#include <hiredis/hiredis.h>
#include <sys/time.h>

#include <charconv>
#include <string_view>

namespace phimilter::audit {

namespace {

timeval to_timeval(std::int64_t milliseconds) {
  return {milliseconds / 1000, (milliseconds % 1000) * 1000};
}

struct Free {
  void operator()(redisContext* context) const { redisFree(context); }
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Context = std::unique_ptr<redisContext, Free>;

Fault away(const redisContext* context) {
  return transient_fault("audit.redis", "Redis is not there")
      .with("error", context == nullptr ? "no memory" : static_cast<const char*>(context->errstr));
}

std::string text_of(const redisReply& reply) {
  return reply.str == nullptr ? std::string() : std::string(reply.str, reply.len);
}

RedisReply converted(const redisReply& reply) {
  RedisReply out;
  switch (reply.type) {
    case REDIS_REPLY_STRING:
      out.kind = RedisReply::Kind::text;
      break;
    case REDIS_REPLY_STATUS:
      out.kind = RedisReply::Kind::status;
      break;
    case REDIS_REPLY_ERROR:
      out.kind = RedisReply::Kind::error;
      break;
    case REDIS_REPLY_INTEGER:
      out.kind = RedisReply::Kind::number;
      out.number = reply.integer;
      return out;
    case REDIS_REPLY_ARRAY:
      out.kind = RedisReply::Kind::list;
      for (std::size_t i = 0; i < reply.elements; ++i) {
        out.list.push_back(converted(*reply.element[i]));
      }
      return out;
    default:
      return out;
  }
  out.text = text_of(reply);
  return out;
}

class HiredisConnection final : public RedisConnection {
 public:
  explicit HiredisConnection(Context context) : context_(std::move(context)) {}

  Result<std::vector<RedisReply>> send(const std::vector<RedisCommand>& commands) override {
    for (const RedisCommand& command : commands) {
      std::vector<const char*> words;
      std::vector<std::size_t> sizes;
      for (const std::string& word : command) {
        words.push_back(word.data());
        sizes.push_back(word.size());
      }
      if (redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), words.data(),
                                 sizes.data()) != REDIS_OK) {
        return fail(away(context_.get()));
      }
    }
    std::vector<RedisReply> replies;
    while (replies.size() < commands.size()) {
      void* raw = nullptr;
      if (redisGetReply(context_.get(), &raw) != REDIS_OK || raw == nullptr) {
        return fail(away(context_.get()));
      }
      const std::unique_ptr<redisReply, Free> reply(static_cast<redisReply*>(raw));
      replies.push_back(converted(*reply));
    }
    return replies;
  }

 private:
  Context context_;
};

Context open_inet(std::string_view place, timeval timeout) {
  const auto colon = place.rfind(':');
  if (colon == std::string_view::npos) {
    return nullptr;
  }
  std::string_view host = place.substr(0, colon);
  const std::string_view digits = place.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  int port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port < 1 || port > 65535 ||
      host.empty()) {
    return nullptr;
  }
  return Context(redisConnectWithTimeout(std::string(host).c_str(), port, timeout));
}

}  // namespace

Result<std::unique_ptr<RedisConnection>> connect_redis(const std::string& address,
                                                       const RedisTimeouts& timeouts) {
  constexpr std::string_view kUnix = "unix:", kInet = "inet:";
  const timeval connect = to_timeval(timeouts.connect_ms);
  Context context;
  if (address.starts_with(kUnix)) {
    context.reset(redisConnectUnixWithTimeout(address.c_str() + kUnix.size(), connect));
  } else if (address.starts_with(kInet)) {
    context = open_inet(std::string_view(address).substr(kInet.size()), connect);
  }
  if (!context) {
    return fail(configuration_fault("audit.redis_address",
                                    "not of the form unix:/path or inet:address:port"));
  }
  if (context->err != 0 ||
      redisSetTimeout(context.get(), to_timeval(timeouts.reply_ms)) != REDIS_OK) {
    return fail(away(context.get()));
  }
  return std::unique_ptr<RedisConnection>(std::make_unique<HiredisConnection>(std::move(context)));
}

}  // namespace phimilter::audit
