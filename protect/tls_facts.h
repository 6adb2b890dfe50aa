// SPDX-License-Identifier: Apache-2.0
//
// Which domains get mail only over TLS that is proved beforehand, and what the MTA must demand of
// their hosts for that.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/settings.h"
#include "policy/recipient_facts.h"
#include "protect/dns.h"
#include "protect/https_file.h"

namespace phimilter::protect {

// What makes the proof good: "dane" (RFC 7672), "mta-sts" with the names that a host's certificate
// may bear (RFC 8461), or "configured": the domain itself.
struct TlsDemand {
  policy::TlsState state = policy::TlsState::not_proved;
  std::string source;
  std::vector<std::string> hosts;
};

class TlsFacts {
 public:
  virtual ~TlsFacts() = default;
  virtual policy::TlsFact find(const std::string& domain) = 0;
  // What can be said without waiting; unknown: it would have to be looked up.
  virtual policy::TlsFact find_at_once(const std::string& /*domain*/) {
    return {policy::TlsState::unknown, {}};
  }
  virtual TlsDemand demand(const std::string& domain) {
    const policy::TlsFact fact = find(domain);
    return {fact.state, fact.source, {}};
  }
};

// The configured partner domains: "hospital.example" or ".hospital.example" for everything below
// it.
std::unique_ptr<TlsFacts> configured_tls_facts(std::vector<std::string> domains);

struct TlsLookups {
  bool dane = false;
  bool mta_sts = false;
  std::int64_t timeout_ms = 0;  // after which whoever asks is told: unknown
};

// What the domains say themselves. Asked in threads of its own, a few at a time, and remembered:
// what was proved or denied for minutes, an MTA-STS policy for as long as it says. Thread-safe.
std::unique_ptr<TlsFacts> looked_up_tls_facts(const TlsLookups& lookups, std::unique_ptr<Dns> dns,
                                              std::unique_ptr<HttpsFiles> files);

// Configured domains first; the others are looked up. What must be demanded of a configured domain
// is what it says of itself, where it does.
std::unique_ptr<TlsFacts> all_tls_facts(std::unique_ptr<TlsFacts> configured,
                                        std::unique_ptr<TlsFacts> looked_up);

// As the settings say; nullptr where there is no listener that never sends in the clear: then no
// domain can be promised it. Configuration fault: what a look-up needs is not there.
Result<std::unique_ptr<TlsFacts>> open_tls_facts(const Settings& settings);

}  // namespace phimilter::protect
