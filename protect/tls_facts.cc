// SPDX-License-Identifier: Apache-2.0
#include "protect/tls_facts.h"

#include <utility>

#include "base/encoding.h"
#include "mail/address.h"

namespace phimilter::protect {
namespace {

class ConfiguredTlsFacts final : public TlsFacts {
 public:
  explicit ConfiguredTlsFacts(std::vector<std::string> domains) : domains_(std::move(domains)) {
    for (auto& domain : domains_) {
      domain = ascii_lower(trim(domain));
    }
  }

  policy::TlsFact find(const std::string& domain) override {
    if (mail::domain_listed(ascii_lower(domain), domains_)) {
      return {policy::TlsState::proved, "configured"};
    }
    return {};
  }

 private:
  std::vector<std::string> domains_;
};

}  // namespace

std::unique_ptr<TlsFacts> configured_tls_facts(std::vector<std::string> domains) {
  return std::make_unique<ConfiguredTlsFacts>(std::move(domains));
}

}  // namespace phimilter::protect
