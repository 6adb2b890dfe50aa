// SPDX-License-Identifier: Apache-2.0
#include "milter/service.h"

#include <systemd/sd-daemon.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

#include "base/limits.h"
#include "base/log.h"
#include "milter/callbacks.h"
#include "milter/patience.h"
#include "milter/reloadable.h"
#include "milter/rooms.h"
#include "milter/trust.h"

namespace phimilter::milter {

namespace {

constexpr int kSignalPollMs = 200;
// Less than TimeoutStopSec of the unit.
constexpr auto kDrain = std::chrono::seconds(50);
constexpr auto kDrainOutcomes = std::chrono::seconds(3);

// The tables that the settings name. As long as they name the same ones, a reload keeps them: they
// remember where an address led before its table was changed.
class Aliases {
 public:
  std::shared_ptr<delivery::AliasMaps> of(const Settings& settings) {
    delivery::AliasOptions options{settings.mta_alias_maps, settings.organisation_domains,
                                   settings.mta_postmap, settings.mta_makemap,
                                   settings.mta_recipient_delimiter};
    const std::lock_guard lock(mutex_);
    if (options.maps.empty()) {
      maps_ = nullptr;
    } else if (maps_ == nullptr || !(options == options_)) {
      maps_ = delivery::mta_alias_maps(options);
    }
    options_ = std::move(options);
    return maps_;
  }

 private:
  std::mutex mutex_;
  delivery::AliasOptions options_;
  std::shared_ptr<delivery::AliasMaps> maps_;
};

std::shared_ptr<const LivePipeline> live_pipeline(Rooms& rooms, const Settings& settings,
                                                  std::shared_ptr<delivery::AliasMaps> aliases) {
  Ports ports = ports_of(rooms, settings);
  ports.facts.aliases = aliases.get();
  PipelineOptions options{settings.reentry_always,
                          settings.escrow_expiry_days,
                          settings.milter_proof_header,
                          {settings.milter_trusted_clients, settings.milter_trusted_logins},
                          {settings.hold_tell_sender, settings.hold_expiry_days,
                           settings.hold_tries, settings.hold_minutes, settings.hold_clear},
                          settings.milter_volatile_headers};
  options.may_reply_all = settings.portal_reply_all;
  options.may_forward = settings.portal_forward;
  return std::make_shared<LivePipeline>(std::move(ports), std::move(options),
                                        settings.milter_reentry_listeners, std::move(aliases));
}

// Calls `reload` at each SIGUSR1, which must be blocked in every thread.
class ReloadThread {
 public:
  explicit ReloadThread(std::function<void()> reload)
      : reload_(std::move(reload)), thread_([this] { run(); }) {}
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
        reload_();
      }
    }
  }

  const std::function<void()> reload_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

Status check_values(const Settings& settings);

class WholeService final : public Service {
 public:
  WholeService(const Settings& settings, std::string settings_file, std::unique_ptr<Rooms> rooms)
      : settings_(settings),
        settings_file_(std::move(settings_file)),
        rooms_(std::move(rooms)),
        progress_(limits::kProgressMs, kStandstillMs),
        reload_([this] { reload(); }) {
    sessions_.live.set(live_pipeline(*rooms_, settings_, aliases_.of(settings_)));
    sessions_.clock = &system_clock();
    sessions_.spool_folder = settings_.milter_spool;
    sessions_.learn_listeners = settings_.milter_learn_listeners;
    sessions_.learner = rooms_->learner.get();
    sessions_.outcomes = std::make_unique<OpenOutcomes>(
        *rooms_->journal, [this](SteadyTime since) { return progress_.stood_still_since(since); },
        kAnswerReadMs);
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
    sessions_.admission.close();
    drain();
    sessions_.outcomes->drain(kDrainOutcomes);
    log::event(log::Level::info, "-", "stopped");
    return status;
  }

 private:
  // libmilter returns while its threads may still be in a callback.
  void drain() const {
    const auto end = std::chrono::steady_clock::now() + kDrain;
    while (sessions_.admission.in_work() > 0 && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  // Whole or not at all; whatever is in work keeps what it began with.
  void reload() {
    sd_notify(0, "RELOADING=1");
    const auto loaded = load_anew();
    if (!loaded) {
      log::fault(log::Level::error, "-", loaded.error());
      log::event(log::Level::error, "-", "policy_kept",
                 {{"policy", rooms_->policy->get()->version()}});
    }
    sd_notify(0, "READY=1");
  }

  Status load_anew() {
    Settings settings = settings_;
    if (!settings_file_.empty()) {
      auto read = load_settings(settings_file_);
      if (!read) {
        return fail(read);
      }
      for (const std::string& name : take_reloadable(*read, settings)) {
        log::event(log::Level::warning, "-", "setting_needs_restart", {{"setting", name}});
      }
    }
    auto checked = check_values(settings);
    if (!checked) {
      return checked;
    }
    auto policy = policy::load_policy(settings.policy_files);
    if (!policy) {
      return fail(policy);
    }
    log_warnings(**policy);
    rooms_->policy->set(std::move(*policy));
    sessions_.live.set(live_pipeline(*rooms_, settings, aliases_.of(settings)));
    log::event(log::Level::info, "-", "policy_loaded",
               {{"policy", rooms_->policy->get()->version()}});
    return {};
  }

  const Settings settings_;  // of the start
  const std::string settings_file_;
  std::unique_ptr<Rooms> rooms_;
  Aliases aliases_;
  ProgressClock progress_;
  SessionContext sessions_;
  ReloadThread reload_;
};

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

Result<std::unique_ptr<Service>> start_service(const Settings& settings,
                                               const std::string& settings_file) {
  auto checked = check_values(settings);
  if (!checked) {
    return fail(checked);
  }
  auto rooms = open_rooms(settings);
  if (!rooms) {
    return fail(rooms);
  }
  return std::make_unique<WholeService>(settings, settings_file, std::move(*rooms));
}

}  // namespace phimilter::milter
