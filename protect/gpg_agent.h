// SPDX-License-Identifier: Apache-2.0
//
// gpg-agent for a broker's own home: needed for signing alone. Private to phimilter-gpg.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/files.h"
#include "base/result.h"

namespace phimilter::protect {

class SigningAgent {
 public:
  SigningAgent() = default;
  ~SigningAgent();
  SigningAgent(const SigningAgent&) = delete;
  SigningAgent& operator=(const SigningAgent&) = delete;

  // One is there, or is started; it dies with this process, however that ends. Transient fault: it
  // cannot be started.
  Status ensure(const std::string& home);

 private:
  void end();
  pid_t pid_ = 0;
};

}  // namespace phimilter::protect
