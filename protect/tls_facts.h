// SPDX-License-Identifier: Apache-2.0
//
// Which domains get mail only over verified TLS.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/recipient_facts.h"

namespace phimilter::protect {

class TlsFacts {
 public:
  virtual ~TlsFacts() = default;
  virtual policy::TlsFact find(const std::string& domain) = 0;
};

// The configured partner domains: "hospital.example" or ".hospital.example" for everything below
// it.
std::unique_ptr<TlsFacts> configured_tls_facts(std::vector<std::string> domains);

}  // namespace phimilter::protect
