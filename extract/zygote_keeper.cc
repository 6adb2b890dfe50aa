// SPDX-License-Identifier: Apache-2.0
#include "extract/zygote_keeper.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace phimilter::extract {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Loading and warming up takes some 50 ms on an idle machine; this is for a busy one.
constexpr milliseconds kWorkerStart{15'000};
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5'000};

milliseconds pause_after(int failures) {
  if (failures <= 1) {
    return milliseconds{0};
  }
  return std::min(kFirstPause * (1 << std::min(failures - 2, 10)), kLongestPause);
}

}  // namespace

// The zygote dies with the thread that started it, so that thread must be one that stays: callers'
// threads come and go.
ZygoteKeeper::ZygoteKeeper(std::string program, std::vector<std::string> arguments)
    : program_(std::move(program)), arguments_(std::move(arguments)), starter_([this] { run(); }) {}

ZygoteKeeper::~ZygoteKeeper() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    zygote_.reset();
  }
  wake_.notify_all();
  starter_.join();
}

void ZygoteKeeper::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || start_wanted_; });
    if (ending_) {
      return;
    }
    auto started = ZygoteProcess::start(program_, arguments_);
    start_wanted_ = false;
    if (started) {
      started_.emplace(Zygote(std::move(*started)));
    } else {
      started_.emplace(fail(started));
    }
    wake_.notify_all();
  }
}

Result<ZygoteKeeper::Zygote> ZygoteKeeper::zygote() {
  std::unique_lock lock(mutex_);
  if (zygote_) {
    return zygote_;
  }
  if (steady_clock::now() < not_before_) {
    return fail(transient_fault(
        "extract.zygote", "the extraction program keeps failing; it is tried again in seconds"));
  }
  if (!start_wanted_) {
    started_.reset();
    start_wanted_ = true;
    wake_.notify_all();
  }
  wake_.wait(lock, [this] { return started_.has_value(); });
  if (!*started_) {
    return fail(started_->error());
  }
  zygote_ = **started_;
  return zygote_;
}

void ZygoteKeeper::forget(const Zygote& dead) {
  const std::lock_guard lock(mutex_);
  if (zygote_ == dead) {
    zygote_.reset();
    ++failures_;
    not_before_ = steady_clock::now() + pause_after(failures_);
  }
}

void ZygoteKeeper::worked() {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
}

Result<Worker> ZygoteKeeper::first_worker() {
  auto running = zygote();
  auto worker = running ? (*running)->new_worker(steady_clock::now() + kWorkerStart)
                        : Result<Worker>(fail(running));
  if (!worker) {
    worker.error().kind = FaultKind::configuration;
    worker.error().with("program", program_);
  }
  return worker;
}

Result<Worker> ZygoteKeeper::new_worker() {
  Fault last = transient_fault("extract.zygote", "no extraction worker can be had");
  // Twice: the first time may find a zygote that died long ago.
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto running = zygote();
    if (!running) {
      last = running.error();
      break;
    }
    auto worker = (*running)->new_worker(steady_clock::now() + kWorkerStart);
    if (worker) {
      worked();
      return worker;
    }
    last = worker.error();
    log::fault(log::Level::error, "-", last);
    forget(*running);
  }
  last.kind = FaultKind::transient;
  return fail(std::move(last));
}

}  // namespace phimilter::extract
