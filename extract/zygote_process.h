// SPDX-License-Identifier: Apache-2.0
//
// The filter's side of the zygote: starts the program, asks it for workers, ends the whole process
// group.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "extract/frames.h"

namespace phimilter::extract {

// A jailed worker that waits for a message. Killed when it goes.
struct Worker {
  UniqueFd socket;
  UniqueFd process;  // pidfd
  int landlock_abi = 0;
  std::size_t messages = 0;

  Worker() = default;
  Worker(Worker&&) = default;
  Worker& operator=(Worker&&) = delete;
  ~Worker();
  // Dead, or talking out of turn: not to be given a message.
  bool is_idle() const;
};

class ZygoteProcess {
 public:
  // Must be called by a thread that lives as long as the zygote shall: the death signal follows
  // that thread. Configuration fault: there is no such program, or it does not start.
  static Result<std::unique_ptr<ZygoteProcess>> start(const std::string& program,
                                                      const std::vector<std::string>& arguments);
  ZygoteProcess(const ZygoteProcess&) = delete;
  ZygoteProcess& operator=(const ZygoteProcess&) = delete;
  ~ZygoteProcess();  // kills the group

  // Waits until the worker has jailed itself. Thread-safe. Configuration fault: it cannot.
  // Transient fault: the zygote is gone or does not answer; then it is of no more use.
  Result<Worker> new_worker(Deadline deadline);

 private:
  ZygoteProcess(pid_t pid, UniqueFd control) : pid_(pid), control_(std::move(control)) {}
  Result<Worker> ask_for_worker(Deadline deadline);

  pid_t pid_;
  std::mutex mutex_;  // one question at a time
  UniqueFd control_;
};

}  // namespace phimilter::extract
