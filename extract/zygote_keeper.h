// SPDX-License-Identifier: Apache-2.0
//
// Keeps a zygote running: starts it, notices that it died, starts it again on the next request,
// with a growing pause when that keeps failing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "extract/zygote_process.h"

namespace phimilter::extract {

class ZygoteKeeper {
 public:
  ZygoteKeeper(std::string program, std::vector<std::string> arguments);
  ZygoteKeeper(const ZygoteKeeper&) = delete;
  ZygoteKeeper& operator=(const ZygoteKeeper&) = delete;
  ~ZygoteKeeper();

  // Configuration fault, whatever goes wrong: for the start of the filter.
  Result<Worker> first_worker();
  // Transient fault: no worker can be had now. Thread-safe.
  Result<Worker> new_worker();

 private:
  using Zygote = std::shared_ptr<ZygoteProcess>;

  Result<Zygote> zygote();
  void forget(const Zygote& dead);
  void worked();
  void run();  // the thread that starts zygotes

  const std::string program_;
  const std::vector<std::string> arguments_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Zygote zygote_;
  int failures_ = 0;
  std::chrono::steady_clock::time_point not_before_{};
  // One question to the starting thread at a time, guarded by mutex_.
  bool start_wanted_ = false;
  std::optional<Result<Zygote>> started_;
  bool ending_ = false;
  std::thread starter_;
};

}  // namespace phimilter::extract
