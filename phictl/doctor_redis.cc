// SPDX-License-Identifier: Apache-2.0
#include "audit/journal.h"
#include "audit/redis_connection.h"
#include "audit/stream_batch.h"
#include "phictl/doctor.h"

namespace phimilter::phictl {
namespace {

constexpr std::uint64_t kFarBehind = 1'000;

// "maxmemory-policy" -> "noeviction"; empty: Redis does not say.
std::string config_value(audit::RedisConnection& redis, const std::string& name) {
  const auto replies = redis.send({{"CONFIG", "GET", name}});
  const bool told = replies && !replies->empty() && replies->front().list.size() == 2;
  return told ? replies->front().list[1].text : "";
}

void examine_policy(audit::RedisConnection& redis, Examination& seen) {
  const std::string policy = config_value(redis, "maxmemory-policy");
  const std::string limit = config_value(redis, "maxmemory");
  if (policy.empty()) {
    seen.unknown("redis.policy", "Redis does not tell its settings",
                 "See that maxmemory-policy is noeviction");
  } else if (policy != "noeviction" && limit != "0") {
    seen.problem("redis.policy",
                 "Redis throws records away when it is full: maxmemory-policy is " + policy,
                 "Set maxmemory-policy noeviction");
  } else {
    seen.good("redis.policy",
              "Redis keeps every record: " + policy + (limit == "0" ? ", no limit" : ""));
  }
  if (config_value(redis, "appendonly") == "no" && config_value(redis, "save").empty()) {
    seen.problem(
        "redis.durable",
        "Redis writes nothing to the disk; a restart empties the stream until it is exported anew",
        "Set appendonly yes");
  }
}

std::uint64_t last_of_journal(const std::string& folder) {
  std::uint64_t last = 0;
  const auto read = audit::read_journal(folder, 0, [&last](const audit::JournalLine& line) {
    last = line.sequence;
    return true;
  });
  return read ? last : 0;
}

// The cursor that the shipper keeps beside the stream.
void examine_lag(audit::RedisConnection& redis, const Settings& settings, Examination& seen) {
  const auto cursor =
      audit::read_cursor(redis, audit::stream_names(settings.audit_stream, "filter"));
  if (!cursor) {
    return seen.fault("redis.stream", cursor.error(), "See the log of phimilter for redis");
  }
  const std::uint64_t shipped = cursor->sequence;
  const std::uint64_t last = last_of_journal(settings.audit_journal);
  if (last > shipped + kFarBehind) {
    seen.problem("redis.stream",
                 "Redis is " + std::to_string(last - shipped) + " records behind the journal",
                 "See the log of phimilter for redis");
  } else if (shipped > last) {
    seen.problem("redis.stream", "Redis holds records that the journal does not",
                 "See that stream and journal belong together; run phictl audit verify");
  } else {
    seen.good("redis.stream", settings.audit_stream + " has " + std::to_string(shipped) + " of " +
                                  std::to_string(last) + " records");
  }
}

}  // namespace

void examine_redis(const Settings& settings, Examination& seen) {
  if (settings.audit_redis.empty()) {
    return;
  }
  auto redis = audit::connect_redis(settings.audit_redis);
  if (!redis) {
    return seen.problem("redis.running",
                        "no Redis answers on " + settings.audit_redis +
                            "; mail flows, and the journal keeps every record",
                        "Start it; what is missing is shipped then");
  }
  seen.good("redis.running", "Redis answers on " + settings.audit_redis);
  examine_policy(**redis, seen);
  examine_lag(**redis, settings, seen);
}

}  // namespace phimilter::phictl
