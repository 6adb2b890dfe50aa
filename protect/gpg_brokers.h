// SPDX-License-Identifier: Apache-2.0
//
// The brokers of one keyring: never more than configured, dead and hung ones replaced.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "protect/gpg_broker.h"

namespace phimilter::protect {

struct GpgBrokersOptions {
  std::string program;
  std::string home;
  std::size_t brokers = 1;
  std::int64_t timeout_ms = 0;
};

// Thread-safe.
class GpgBrokers {
 public:
  // A broker that is the caller's until this goes. It goes back only after call_finished().
  class Lease {
   public:
    Lease(GpgBrokers& owner, std::unique_ptr<GpgBroker> broker)
        : owner_(&owner), broker_(std::move(broker)) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    GpgBroker& broker() { return *broker_; }
    void call_finished() { usable_ = true; }

   private:
    GpgBrokers* owner_;
    std::unique_ptr<GpgBroker> broker_;
    bool usable_ = false;
  };

  // Returns when all brokers have greeted, or the first fault.
  static Result<std::unique_ptr<GpgBrokers>> start(const GpgBrokersOptions& options);
  ~GpgBrokers();  // no lease may be out any more
  GpgBrokers(const GpgBrokers&) = delete;
  GpgBrokers& operator=(const GpgBrokers&) = delete;

  Deadline deadline() const;  // of a call that begins now
  // Waits for a free broker. Transient fault "pgp.busy" at the deadline.
  Result<Lease> take(Deadline deadline);

 private:
  explicit GpgBrokers(GpgBrokersOptions options) : options_(std::move(options)) {}
  void keep();
  void give_back(std::unique_ptr<GpgBroker> broker, bool usable);

  const GpgBrokersOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<GpgBroker>> idle_;
  std::vector<std::unique_ptr<GpgBroker>> to_bury_;
  std::size_t living_ = 0;  // idle and leased
  std::optional<Fault> start_fault_;
  bool started_ = false;
  bool stopping_ = false;
  std::thread keeper_;
};

}  // namespace phimilter::protect
