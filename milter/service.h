// SPDX-License-Identifier: Apache-2.0
//
// The whole filter, put together from the settings and started in the order that matters: what
// forks first, while the process is small and has one thread.
#pragma once

#include <memory>

#include "base/result.h"
#include "base/settings.h"

namespace phimilter::milter {

class Service {
 public:
  virtual ~Service() = default;
  // Listens, says that it is ready, serves until SIGTERM or SIGINT, waits for messages in work.
  // SIGUSR1 loads the policy files and such settings as can change in a running filter anew: whole,
  // or the old ones stay.
  virtual Status run() = 0;
};

// Configuration fault: something that a setting names is missing or wrong. SIGUSR1 must be blocked
// already.
// `settings_file`: read again at SIGUSR1; empty: the settings stay.
Result<std::unique_ptr<Service>> start_service(const Settings& settings,
                                               const std::string& settings_file);

// What start_service() would find wrong in the settings, without starting anything.
Status check_settings(const Settings& settings);

}  // namespace phimilter::milter
