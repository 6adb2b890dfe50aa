// SPDX-License-Identifier: Apache-2.0
#include "protect/gpg_brokers.h"

#include <chrono>
#include <utility>

#include "base/log.h"

namespace phimilter::protect {
namespace {

// After a broker that could not be started: long enough not to spin, short enough to be there for
// the MTA's retry.
constexpr std::chrono::milliseconds kPauseAfterFailure{500};

}  // namespace

GpgBrokers::Lease::~Lease() {
  if (broker_) {
    owner_->give_back(std::move(broker_), usable_);
  }
}

Result<std::unique_ptr<GpgBrokers>> GpgBrokers::start(const GpgBrokersOptions& options) {
  std::unique_ptr<GpgBrokers> brokers(new GpgBrokers(options));
  // All brokers are children of this one thread: their death signal comes when the thread that
  // started them ends, and the milter's threads come and go.
  brokers->keeper_ = std::thread([raw = brokers.get()] { raw->keep(); });
  std::unique_lock lock(brokers->mutex_);
  brokers->changed_.wait(lock, [&] { return brokers->started_ || brokers->start_fault_; });
  if (brokers->start_fault_) {
    Fault fault = *brokers->start_fault_;
    lock.unlock();
    return fail(std::move(fault));
  }
  lock.unlock();
  return brokers;
}

GpgBrokers::~GpgBrokers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  keeper_.join();
}

Deadline GpgBrokers::deadline() const {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.timeout_ms);
}

Result<GpgBrokers::Lease> GpgBrokers::take(Deadline deadline) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!changed_.wait_until(lock, deadline, [&] { return !idle_.empty(); })) {
      return fail(transient_fault("pgp.busy", "no phimilter-gpg became free in time"));
    }
    std::unique_ptr<GpgBroker> broker = std::move(idle_.back());
    idle_.pop_back();
    if (broker->alive()) {
      return Lease(*this, std::move(broker));
    }
    to_bury_.push_back(std::move(broker));
    --living_;
    changed_.notify_all();
  }
}

void GpgBrokers::give_back(std::unique_ptr<GpgBroker> broker, bool usable) {
  {
    const std::lock_guard lock(mutex_);
    if (usable) {
      idle_.push_back(std::move(broker));
    } else {
      to_bury_.push_back(std::move(broker));
      --living_;
    }
  }
  changed_.notify_all();
}

void GpgBrokers::keep() {
  std::unique_lock lock(mutex_);
  while (!stopping_ && !start_fault_) {
    if (!to_bury_.empty()) {
      auto dead = std::exchange(to_bury_, {});
      lock.unlock();
      log::event(log::Level::warning, "-", "pgp.broker_replaced",
                 {{"count", std::to_string(dead.size())}});
      dead.clear();
      lock.lock();
      continue;
    }
    if (living_ == options_.brokers) {
      started_ = true;
      changed_.notify_all();
      changed_.wait(lock, [&] { return stopping_ || !to_bury_.empty(); });
      continue;
    }
    lock.unlock();
    auto broker = GpgBroker::start(options_.program, options_.home, deadline());
    lock.lock();
    if (broker) {
      idle_.push_back(std::move(*broker));
      ++living_;
      changed_.notify_all();
      continue;
    }
    if (!started_) {
      start_fault_ = broker.error();
      changed_.notify_all();
      break;
    }
    log::fault(log::Level::error, "-", broker.error());
    changed_.wait_for(lock, kPauseAfterFailure, [&] { return stopping_; });
  }
  const auto living = std::exchange(idle_, {});
  const auto dead = std::exchange(to_bury_, {});
  lock.unlock();
}

}  // namespace phimilter::protect
