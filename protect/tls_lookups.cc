// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <typeinfo>

#include "base/encoding.h"
#include "base/log.h"
#include "protect/dane.h"
#include "protect/sts_policies.h"
#include "protect/tls_facts.h"

namespace phimilter::protect {
namespace {

using Steady = std::chrono::steady_clock;
using policy::TlsState;

constexpr std::size_t kThreads = 4;
constexpr std::size_t kMostWaiting = 256;   // domains in the queue; past it: unknown
constexpr std::size_t kMostKnown = 10'000;  // domains that are remembered
constexpr std::chrono::minutes kProvedFor{5};
constexpr std::chrono::minutes kDeniedFor{5};
constexpr std::chrono::seconds kUnknownFor{20};
// A look-up goes on for a while when nobody waits for it any more: the next one who asks will know.
constexpr int kPatience = 2;

class LookedUpTlsFacts final : public TlsFacts {
 public:
  LookedUpTlsFacts(const TlsLookups& lookups, std::unique_ptr<Dns> dns,
                   std::unique_ptr<HttpsFiles> files)
      : lookups_(lookups),
        timeout_(lookups.timeout_ms),
        dns_(std::move(dns)),
        files_(std::move(files)),
        policies_(*dns_, *files_) {
    for (std::thread& thread : threads_) {
      thread = std::thread([this] { work(); });
    }
  }

  ~LookedUpTlsFacts() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wanted_.notify_all();
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }

  LookedUpTlsFacts(const LookedUpTlsFacts&) = delete;
  LookedUpTlsFacts& operator=(const LookedUpTlsFacts&) = delete;

  policy::TlsFact find(const std::string& domain) override {
    const TlsDemand found = demand(domain);
    return {found.state, found.source};
  }

  policy::TlsFact find_at_once(const std::string& spelled) override {
    const std::string domain = ascii_lower(spelled);
    const std::lock_guard lock(mutex_);
    const TlsDemand found = is_known(domain) ? known_.at(domain).demand : could_not_tell();
    return {found.state, found.source};
  }

  TlsDemand demand(const std::string& spelled) override {
    const std::string domain = ascii_lower(spelled);
    if (!is_host_name(domain)) {
      return {};
    }
    const auto deadline = Steady::now() + timeout_;
    std::unique_lock lock(mutex_);
    if (!is_known(domain) && !is_on_its_way(domain)) {
      if (queue_.size() >= kMostWaiting) {
        return could_not_tell();
      }
      queue_.push_back(domain);
      wanted_.notify_one();
    }
    const bool told = found_.wait_until(lock, deadline, [&] { return is_known(domain); });
    return told ? known_.at(domain).demand : could_not_tell();
  }

 private:
  struct Known {
    TlsDemand demand;
    Deadline until{};
  };

  static TlsDemand could_not_tell() { return {TlsState::unknown, "", {}}; }

  bool is_known(const std::string& domain) const {
    const auto found = known_.find(domain);
    return found != known_.end() && Steady::now() < found->second.until;
  }

  bool is_on_its_way(const std::string& domain) const {
    return std::find(queue_.begin(), queue_.end(), domain) != queue_.end() ||
           std::find(in_work_.begin(), in_work_.end(), domain) != in_work_.end();
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wanted_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (ending_) {
        return;
      }
      const std::string domain = std::move(queue_.front());
      queue_.pop_front();
      in_work_.push_back(domain);
      lock.unlock();
      TlsDemand found = look_up_guarded(domain);
      lock.lock();
      in_work_.erase(std::find(in_work_.begin(), in_work_.end(), domain));
      remember(domain, std::move(found));
      found_.notify_all();
    }
  }

  // A thread that ends by an exception ends the filter.
  TlsDemand look_up_guarded(const std::string& domain) {
    try {
      return look_up(domain);
    } catch (const std::exception& error) {
      log::event(log::Level::error, "-", "tls_lookup_failed", {{"type", typeid(error).name()}});
      return could_not_tell();
    }
  }

  // DANE first: where both are there, it is the one to obey (RFC 8461 2).
  TlsDemand look_up(const std::string& domain) {
    const Deadline deadline = Steady::now() + kPatience * timeout_;
    const TlsState dane =
        lookups_.dane ? dane_state(*dns_, domain, deadline) : TlsState::not_proved;
    if (dane == TlsState::proved) {
      return {dane, "dane", {}};
    }
    TlsDemand sts = lookups_.mta_sts ? policies_.demand(domain, deadline) : TlsDemand{};
    return sts.state == TlsState::not_proved && dane == TlsState::unknown ? could_not_tell() : sts;
  }

  void remember(const std::string& domain, TlsDemand demand) {
    const auto now = Steady::now();
    if (known_.size() >= kMostKnown) {
      std::erase_if(known_, [now](const auto& entry) { return entry.second.until <= now; });
    }
    if (known_.size() >= kMostKnown) {
      known_.erase(known_.begin());
    }
    const Deadline until = now + (demand.state == TlsState::unknown  ? Steady::duration(kUnknownFor)
                                  : demand.state == TlsState::proved ? Steady::duration(kProvedFor)
                                                                     : kDeniedFor);
    known_[domain] = {std::move(demand), until};
  }

  const TlsLookups lookups_;
  const std::chrono::milliseconds timeout_;
  const std::unique_ptr<Dns> dns_;
  const std::unique_ptr<HttpsFiles> files_;
  StsPolicies policies_;

  std::mutex mutex_;  // of all below
  std::condition_variable wanted_, found_;
  std::deque<std::string> queue_;
  std::vector<std::string> in_work_;
  std::map<std::string, Known> known_;
  bool ending_ = false;
  std::array<std::thread, kThreads> threads_;
};

}  // namespace

std::unique_ptr<TlsFacts> looked_up_tls_facts(const TlsLookups& lookups, std::unique_ptr<Dns> dns,
                                              std::unique_ptr<HttpsFiles> files) {
  return std::make_unique<LookedUpTlsFacts>(lookups, std::move(dns), std::move(files));
}

}  // namespace phimilter::protect
