// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "audit/redis_connection.h"
#include "base/log.h"
#include "portal/guess_limits.h"

namespace phimilter::portal {
namespace {

constexpr std::chrono::seconds kLeftAlone(5);
// Somebody waits at the page.
constexpr audit::RedisTimeouts kTimeouts{500, 1000};

// KEYS tries, locks, lock; ARGV tries, window, first lock, longest lock, remembered. All at once,
// so that hosts that count at the same time each get a number of their own.
constexpr std::string_view kAdd = R"(
local locked = redis.call('TTL', KEYS[3])
if locked > 0 then return {0, locked} end
local tries = redis.call('INCR', KEYS[1])
if tries == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
if tries >= tonumber(ARGV[1]) then
  local locks = redis.call('INCR', KEYS[2])
  redis.call('EXPIRE', KEYS[2], ARGV[5])
  local time = math.min(tonumber(ARGV[3]) * 2 ^ math.min(locks - 1, 20), tonumber(ARGV[4]))
  redis.call('SET', KEYS[3], '1', 'EX', string.format('%d', time))
  redis.call('DEL', KEYS[1])
end
return {tries, 0}
)";

constexpr std::string_view kTakeBack = R"(
if redis.call('DEL', KEYS[3]) == 1 then
  redis.call('DECR', KEYS[2])
  redis.call('SET', KEYS[1], tonumber(ARGV[1]) - 1, 'EX', ARGV[2])
elseif tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then
  redis.call('DECR', KEYS[1])
end
return 0
)";

class RedisCounts final : public SharedCounts {
 public:
  RedisCounts(std::string address, const Clock& clock)
      : address_(std::move(address)), clock_(clock) {}

  Result<Count> add(const std::string& key, const GuessRule& rule) override {
    const auto reply = run(kAdd, key, rule);
    if (!reply) {
      return fail(reply.error());
    }
    using Kind = audit::RedisReply::Kind;
    if (reply->kind != Kind::list || reply->list.size() != 2 ||
        reply->list[0].kind != Kind::number || reply->list[1].kind != Kind::number) {
      return fail(away("Redis did not answer with two numbers"));
    }
    return Count{static_cast<int>(reply->list[0].number), reply->list[1].number};
  }

  Status take_back(const std::string& key, const GuessRule& rule) override {
    const auto reply = run(kTakeBack, key, rule);
    return reply ? Status() : fail(reply.error());
  }

  Status forget(const std::string& key) override {
    const auto reply = send({"DEL", name(key, "tries"), name(key, "locks"), name(key, "lock")});
    return reply ? Status() : fail(reply.error());
  }

 private:
  static std::string name(const std::string& key, std::string_view part) {
    return "phimilter:guess:" + key + ":" + std::string(part);
  }
  static Fault away(std::string text) { return transient_fault("portal.redis", std::move(text)); }

  Result<audit::RedisReply> run(std::string_view script, const std::string& key,
                                const GuessRule& rule) {
    return send({"EVAL", std::string(script), "3", name(key, "tries"), name(key, "locks"),
                 name(key, "lock"), std::to_string(rule.tries), std::to_string(rule.window.count()),
                 std::to_string(rule.first_lock.count()), std::to_string(rule.longest_lock.count()),
                 std::to_string(kLocksForgotten.count())});
  }

  Result<audit::RedisReply> send(const audit::RedisCommand& command) {
    const std::lock_guard lock(mutex_);
    if (!redis_ && clock_.now() < not_before_) {
      return fail(away("Redis was away just now"));
    }
    auto reply = try_to_send(command);
    if (!reply) {
      redis_.reset();
      not_before_ = clock_.now() + kLeftAlone;
      if (!away_) {
        log::fault(log::Level::warning, "-",
                   reply.error().with("consequence", "stricter limits, of this host alone"));
      }
    } else if (away_) {
      log::event(log::Level::info, "-", "portal.redis_back");
    }
    away_ = !reply;
    return reply;
  }

  Result<audit::RedisReply> try_to_send(const audit::RedisCommand& command) {
    if (!redis_) {
      auto connected = audit::connect_redis(address_, kTimeouts);
      if (!connected) {
        return fail(connected);
      }
      redis_ = std::move(*connected);
    }
    auto replies = redis_->send({command});
    if (!replies) {
      return fail(replies);
    }
    // Full, read-only or loading: it counts nothing, so it is away.
    if (replies->size() != 1 || replies->front().kind == audit::RedisReply::Kind::error) {
      return fail(away("Redis refused to count")
                      .with("error", replies->empty() ? "-" : replies->front().text));
    }
    return std::move(replies->front());
  }

  std::string address_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unique_ptr<audit::RedisConnection> redis_;
  Timestamp not_before_{};
  bool away_ = false;
};

}  // namespace

std::unique_ptr<SharedCounts> redis_counts(const std::string& address, const Clock& clock) {
  return std::make_unique<RedisCounts>(address, clock);
}

}  // namespace phimilter::portal
