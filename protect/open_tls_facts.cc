// SPDX-License-Identifier: Apache-2.0
#include "protect/tls_facts.h"

namespace phimilter::protect {

Result<std::unique_ptr<TlsFacts>> open_tls_facts(const Settings& settings) {
  if (settings.reentry_secure_listener.empty()) {
    return std::unique_ptr<TlsFacts>();
  }
  auto configured = configured_tls_facts(settings.tls_domains);
  if (!settings.tls_dane && !settings.tls_mta_sts) {
    return configured;
  }
  // What is promised here must be what the instance that delivers demands.
  if (settings.tls_policy_socket.empty()) {
    return fail(configuration_fault(
        "tls.policy_socket",
        "tls.dane and tls.mta_sts need tls.policy_socket, and the secure instance of Postfix must "
        "ask there (contrib/postfix)"));
  }
  auto dns = open_dns({settings.tls_resolver, settings.tls_trust_anchor});
  if (!dns) {
    return fail(dns);
  }
  auto files = open_https_files(settings.tls_ca_file);
  if (!files) {
    return fail(files);
  }
  return all_tls_facts(
      std::move(configured),
      looked_up_tls_facts({settings.tls_dane, settings.tls_mta_sts, settings.tls_timeout_ms},
                          std::move(*dns), std::move(*files)));
}

}  // namespace phimilter::protect
