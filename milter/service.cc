// SPDX-License-Identifier: Apache-2.0
#include "milter/service.h"

#include <systemd/sd-daemon.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/limits.h"
#include "base/log.h"
#include "milter/callbacks.h"
#include "milter/rooms.h"
#include "milter/trust.h"

namespace phimilter::milter {

namespace {

constexpr int kSignalPollMs = 200;
constexpr auto kDrain = std::chrono::seconds(20);

// Loads the policy anew at each SIGUSR1, which must be blocked in every thread.
class ReloadThread {
 public:
  ReloadThread(std::vector<std::string> files, PolicySlot& slot)
      : files_(std::move(files)), slot_(slot), thread_([this] { run(); }) {}
  ~ReloadThread() {
    ending_ = true;
    thread_.join();
  }
  ReloadThread(const ReloadThread&) = delete;
  ReloadThread& operator=(const ReloadThread&) = delete;

 private:
  void run() {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    const timespec pause{0, kSignalPollMs * 1'000'000L};
    while (!ending_) {
      if (sigtimedwait(&wanted, nullptr, &pause) == SIGUSR1) {
        reload();
      }
    }
  }

  void reload() {
    auto loaded = policy::load_policy(files_);
    if (!loaded) {
      log::fault(log::Level::error, "-", loaded.error());
      log::event(log::Level::error, "-", "policy_kept", {{"policy", slot_.get()->version()}});
      return;
    }
    log_warnings(**loaded);
    slot_.set(std::move(*loaded));
    log::event(log::Level::info, "-", "policy_loaded", {{"policy", slot_.get()->version()}});
  }

  const std::vector<std::string> files_;
  PolicySlot& slot_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

class WholeService final : public Service {
 public:
  WholeService(const Settings& settings, std::unique_ptr<Rooms> rooms)
      : settings_(settings),
        rooms_(std::move(rooms)),
        pipeline_(ports_of(*rooms_, settings_),
                  {settings_.reentry_always,
                   settings_.escrow_expiry_days,
                   settings_.milter_proof_header,
                   {settings_.milter_trusted_clients, settings_.milter_trusted_logins},
                   {settings_.hold_tell_sender, settings_.hold_expiry_days, settings_.hold_tries,
                    settings_.hold_minutes, settings_.hold_clear}}),
        progress_(limits::kProgressMs),
        reload_(settings_.policy_files, *rooms_->policy) {
    sessions_.pipeline = &pipeline_;
    sessions_.clock = &system_clock();
    sessions_.spool_folder = settings_.milter_spool;
    sessions_.learn_listeners = settings_.milter_learn_listeners;
    sessions_.learner = rooms_->learner.get();
    sessions_.reentry_listeners = settings_.milter_reentry_listeners;
  }

  Status run() override {
    auto status = register_callbacks({&sessions_, &progress_});
    if (status) {
      status = listen(settings_.milter_socket, settings_.milter_socket_group);
    }
    if (!status) {
      return status;
    }
    sd_notify(0, "READY=1");
    log::event(log::Level::info, "-", "started",
               {{"socket", settings_.milter_socket},
                {"policy", rooms_->policy->get()->version()},
                {"unfinished", std::to_string(rooms_->ledger.unfinished())}});
    status = serve();
    sd_notify(0, "STOPPING=1");
    drain();
    log::event(log::Level::info, "-", "stopped");
    return status;
  }

 private:
  // libmilter returns while its threads may still be in a callback.
  void drain() const {
    const auto end = std::chrono::steady_clock::now() + kDrain;
    while (sessions_.in_work > 0 && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  const Settings settings_;
  std::unique_ptr<Rooms> rooms_;
  Pipeline pipeline_;
  SessionContext sessions_;
  ProgressClock progress_;
  ReloadThread reload_;
};

}  // namespace

namespace {

Status check_values(const Settings& settings) {
  for (const std::string& block : settings.milter_trusted_clients) {
    auto checked = check_block(block);
    if (!checked) {
      return checked;
    }
  }
  if (settings.policy_files.empty()) {
    return fail(configuration_fault("settings.policy_files",
                                    "policy.files names no file, so nothing could be found"));
  }
  return {};
}

}  // namespace

Status check_settings(const Settings& settings) {
  auto checked = check_values(settings);
  if (!checked) {
    return checked;
  }
  auto policy = policy::load_policy(settings.policy_files);
  if (!policy) {
    return fail(policy);
  }
  return {};
}

Result<std::unique_ptr<Service>> start_service(const Settings& settings) {
  auto checked = check_values(settings);
  if (!checked) {
    return fail(checked);
  }
  auto rooms = open_rooms(settings);
  if (!rooms) {
    return fail(rooms);
  }
  return std::make_unique<WholeService>(settings, std::move(*rooms));
}

}  // namespace phimilter::milter
