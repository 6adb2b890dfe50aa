// SPDX-License-Identifier: Apache-2.0
//
// The MTA-STS policies of domains, fetched and kept for as long as they say (RFC 8461 3.3, 5.1).
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "protect/dns.h"
#include "protect/https_file.h"
#include "protect/mta_sts.h"
#include "protect/tls_facts.h"

namespace phimilter::protect {

// Thread-safe; different domains do not wait for each other.
class StsPolicies {
 public:
  StsPolicies(Dns& dns, HttpsFiles& files) : dns_(dns), files_(files) {}

  // proved: the policy says `enforce`, and a mail host of the domain fits it; the hosts are its
  // patterns. A policy once fetched holds until it is too old, also when its record is gone or the
  // host that gave it is: else whoever can drop packets could switch it off.
  TlsDemand demand(const std::string& domain, Deadline deadline);

 private:
  struct Kept {
    std::string id;
    StsPolicy policy;
    Deadline until{};
  };

  std::optional<Kept> kept(const std::string& domain, Deadline now);
  void keep(const std::string& domain, const Kept& fresh, Deadline now);
  std::optional<StsPolicy> fetch(const std::string& domain, Deadline deadline);
  TlsDemand judge(const std::string& domain, const StsPolicy& policy, Deadline deadline);

  Dns& dns_;
  HttpsFiles& files_;
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
};

}  // namespace phimilter::protect
