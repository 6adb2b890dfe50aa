// SPDX-License-Identifier: Apache-2.0
//
// libunbound asks and validates in a thread of its own; ours waits for its answers and hands them
// to whoever asked. Nobody waits past his deadline.
#include <fcntl.h>
#include <poll.h>
#include <unbound.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "protect/dns.h"

namespace phimilter::protect {
namespace {

constexpr int kInternetClass = 1;
constexpr std::size_t kMostRecords = 64;
constexpr int kServerFailure = 2;
constexpr int kNoError = 0;
constexpr int kNoSuchName = 3;

struct ContextDeleter {
  void operator()(ub_ctx* context) const { ub_ctx_delete(context); }
};

struct Question {
  std::mutex mutex;
  std::condition_variable answered;
  bool done = false;
  DnsAnswer answer;
};

// A bogus answer has data: it is looked at first (RFC 4035 4.3).
DnsAnswer answer_from(int error, const ub_result* result) {
  DnsAnswer out;
  if (error != 0 || result == nullptr || result->bogus != 0 || result->rcode == kServerFailure) {
    return out;
  }
  out.secure = result->secure != 0;
  if (result->havedata == 0) {
    const bool denied = result->rcode == kNoError || result->rcode == kNoSuchName;
    out.state = denied ? DnsState::none : DnsState::unknown;
    return out;
  }
  for (std::size_t i = 0; result->data[i] != nullptr && i < kMostRecords; ++i) {
    out.data.emplace_back(result->data[i], static_cast<std::size_t>(result->len[i]));
  }
  out.state = DnsState::found;
  return out;
}

// libunbound owns one reference to the question until it has called or has been told not to.
using Reference = std::shared_ptr<Question>;

void on_answer(void* data, int error, ub_result* result) {
  const std::unique_ptr<Reference> reference(static_cast<Reference*>(data));
  Question& question = **reference;
  {
    const std::lock_guard lock(question.mutex);
    question.answer = answer_from(error, result);
    question.done = true;
  }
  question.answered.notify_all();
  ub_resolve_free(result);
}

class UnboundDns final : public Dns {
 public:
  UnboundDns(std::unique_ptr<ub_ctx, ContextDeleter> context, std::array<int, 2> wake)
      : context_(std::move(context)), wake_(wake), thread_([this] { listen(); }) {}

  ~UnboundDns() override {
    const char end = 0;
    while (::write(wake_[1], &end, 1) < 0 && errno == EINTR) {
    }
    thread_.join();
    ::close(wake_[0]);
    ::close(wake_[1]);
  }

  UnboundDns(const UnboundDns&) = delete;
  UnboundDns& operator=(const UnboundDns&) = delete;

  DnsAnswer query(const std::string& name, DnsType type, Deadline deadline) override {
    if (!is_host_name(name)) {
      return {};
    }
    auto question = std::make_shared<Question>();
    auto reference = std::make_unique<Reference>(question);
    int id = 0;
    if (ub_resolve_async(context_.get(), name.c_str(), static_cast<int>(type), kInternetClass,
                         reference.get(), on_answer, &id) != 0) {
      return {};
    }
    Reference* const lent = reference.release();
    std::unique_lock lock(question->mutex);
    if (question->answered.wait_until(lock, deadline, [&] { return question->done; })) {
      return question->answer;
    }
    lock.unlock();
    if (ub_cancel(context_.get(), id) == 0) {
      const std::unique_ptr<Reference> returned(lent);
    }
    return {};
  }

 private:
  void listen() {
    std::array<pollfd, 2> watched{pollfd{ub_fd(context_.get()), POLLIN, 0},
                                  pollfd{wake_[0], POLLIN, 0}};
    while (watched[1].revents == 0) {
      if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) {
        return;
      }
      if (watched[0].revents != 0) {
        ub_process(context_.get());
      }
    }
  }

  std::unique_ptr<ub_ctx, ContextDeleter> context_;
  std::array<int, 2> wake_;
  std::thread thread_;
};

Fault dns_fault(const std::string& text, int error) {
  return configuration_fault("tls.dns", text).with("error", ub_strerror(error));
}

// Small caches: what is remembered about a domain is remembered one room further up.
Status set_up(ub_ctx* context, const DnsOptions& options) {
  ub_ctx_debugout(context, nullptr);
  ub_ctx_debuglevel(context, 0);
  for (const auto& [name, value] :
       {std::pair{"do-not-query-localhost:", "no"}, std::pair{"msg-cache-size:", "1m"},
        std::pair{"rrset-cache-size:", "2m"}, std::pair{"key-cache-size:", "1m"},
        std::pair{"neg-cache-size:", "256k"}, std::pair{"cache-max-negative-ttl:", "300"}}) {
    if (const int error = ub_ctx_set_option(context, name, value); error != 0) {
      return fail(dns_fault(std::string("libunbound does not take ") + name, error));
    }
  }
  const int told = options.resolver.empty() ? ub_ctx_resolvconf(context, "/etc/resolv.conf")
                                            : ub_ctx_set_fwd(context, options.resolver.c_str());
  if (told != 0) {
    return fail(
        dns_fault("tls.resolver is no address like 127.0.0.1 or 127.0.0.1@5353, or "
                  "/etc/resolv.conf cannot be read",
                  told));
  }
  if (const int error = ub_ctx_add_ta_file(context, options.trust_anchor.c_str()); error != 0) {
    return fail(dns_fault("tls.trust_anchor cannot be read", error));
  }
  ub_ctx_async(context, 1);
  return {};
}

}  // namespace

Result<std::unique_ptr<Dns>> open_dns(const DnsOptions& options) {
  if (::access(options.trust_anchor.c_str(), R_OK) != 0) {
    return fail(configuration_fault("tls.dns", "tls.trust_anchor cannot be read")
                    .with("path", options.trust_anchor));
  }
  std::unique_ptr<ub_ctx, ContextDeleter> context(ub_ctx_create());
  std::array<int, 2> wake{};
  if (context == nullptr || ::pipe2(wake.data(), O_CLOEXEC) != 0) {
    return fail(errno_fault("tls.dns", "the resolver cannot be made"));
  }
  if (auto ready = set_up(context.get(), options); !ready) {
    ::close(wake[0]);
    ::close(wake[1]);
    return fail(ready);
  }
  return std::unique_ptr<Dns>(std::make_unique<UnboundDns>(std::move(context), wake));
}

}  // namespace phimilter::protect
