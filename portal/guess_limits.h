// SPDX-License-Identifier: Apache-2.0
//
// How often somebody may guess: by recipient, by account, by network. A try is counted on the disk,
// and with the other portal hosts where there is a Redis, before it is checked. What is over the
// limit is locked; each lock lasts twice as long as the one before, up to GuessRule::longest_lock,
// and a day without a lock begins anew. The names of records and keys are HMACs: they tell no
// address. Threads: may be shared.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "portal/record_store.h"

namespace phimilter::portal {

struct GuessRule {
  int tries = 5;  // the last of these locks
  std::chrono::seconds window{3600};
  std::chrono::seconds first_lock{900}, longest_lock{24 * 3600};
};
// Locks remembered for the doubling after the last one began.
inline constexpr std::chrono::seconds kLocksForgotten{48 * 3600};
// The longest lock of all: 24 hours for recipients and accounts, 4 for networks.
std::chrono::seconds lock_time(const GuessRule& rule, int locks);

// Limits count by mailbox, however its address is spelled.
std::string mailbox_name(std::string_view address);

// What several hosts count together. A fault: the store is away, or does not answer as it should.
class SharedCounts {
 public:
  struct Count {
    int tries = 0;              // with this one
    std::int64_t locked_s = 0;  // locked before this try, which was not counted
  };
  virtual ~SharedCounts() = default;
  virtual Result<Count> add(const std::string& key, const GuessRule& rule) = 0;
  virtual Status take_back(const std::string& key, const GuessRule& rule) = 0;
  virtual Status forget(const std::string& key) = 0;
};

// `address` as in audit::connect_redis. After a fault Redis is left alone for a few seconds. The
// keys: phimilter:guess:<HMAC>:tries, :locks and :lock, each with an end of its own.
std::unique_ptr<SharedCounts> redis_counts(const std::string& address, const Clock& clock);

enum class GuessScope { recipient, account, network, code_mails };

struct GuessOptions {
  GuessRule recipient{.tries = 15}, account{.tries = 10},
      network{.tries = 60, .longest_lock = std::chrono::hours(4)},
      code_mails{
          .tries = 10, .first_lock = std::chrono::hours(1), .longest_lock = std::chrono::hours(1)};
  int v4_bits = 24, v6_bits = 56;
};

class GuessLimits {
 public:
  // `shared` may be null: this host alone.
  GuessLimits(std::unique_ptr<RecordStore> records, std::unique_ptr<SharedCounts> shared,
              const Secret& pepper, const Clock& clock, GuessOptions options);

  // 0: counted, and may be checked; else locked for so many seconds more, and not counted. A
  // fault: could not be counted, and must not be checked.
  Result<std::int64_t> count(GuessScope scope, std::string_view who);
  Result<std::int64_t> locked_s(GuessScope scope, std::string_view who);  // of this host
  // The try was no guess: as if it had not been counted, nor locked anything.
  Status take_back(GuessScope scope, std::string_view who);
  Status forget(GuessScope scope, std::string_view who);
  // With the other hosts alone, for what this host counts elsewhere. 0 or the seconds locked.
  // `away`: there should be a Redis and is none, so the caller has to be stricter.
  std::int64_t count_link(const std::string& link, const GuessRule& rule, bool& away);
  void take_back_link(const std::string& link, const GuessRule& rule);
  void forget_link(const std::string& link);

  // "192.0.2.0/24"; an address that is none: "unknown".
  std::string network_of(std::string_view peer) const;
  void sweep();  // deletes what is over

 private:
  struct Counted;
  const GuessRule& rule_of(GuessScope scope) const;
  std::string name_of(std::string_view scope, std::string_view who) const;
  std::string name_of(GuessScope scope, std::string_view who) const;
  std::mutex& mutex_of(const std::string& name);
  Result<Counted> load(const std::string& name);

  std::unique_ptr<RecordStore> records_;
  std::unique_ptr<SharedCounts> shared_;
  Secret pepper_;
  const Clock& clock_;
  GuessOptions options_;
  std::array<std::mutex, 64> held_;
};

}  // namespace phimilter::portal
