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
  policy::TlsFact find_at_once(const std::string& domain) override { return find(domain); }

 private:
  std::vector<std::string> domains_;
};

class AllTlsFacts final : public TlsFacts {
 public:
  AllTlsFacts(std::unique_ptr<TlsFacts> configured, std::unique_ptr<TlsFacts> looked_up)
      : configured_(std::move(configured)), looked_up_(std::move(looked_up)) {}

  policy::TlsFact find(const std::string& domain) override {
    policy::TlsFact fact = configured_->find(domain);
    return fact.state == policy::TlsState::proved ? fact : looked_up_->find(domain);
  }

  policy::TlsFact find_at_once(const std::string& domain) override {
    policy::TlsFact fact = configured_->find_at_once(domain);
    return fact.state == policy::TlsState::proved ? fact : looked_up_->find_at_once(domain);
  }

  TlsDemand demand(const std::string& domain) override {
    TlsDemand own = looked_up_->demand(domain);
    const bool proved = own.state == policy::TlsState::proved;
    return proved || configured_->find(domain).state != policy::TlsState::proved
               ? own
               : configured_->demand(domain);
  }

 private:
  std::unique_ptr<TlsFacts> configured_, looked_up_;
};

}  // namespace

std::unique_ptr<TlsFacts> all_tls_facts(std::unique_ptr<TlsFacts> configured,
                                        std::unique_ptr<TlsFacts> looked_up) {
  return std::make_unique<AllTlsFacts>(std::move(configured), std::move(looked_up));
}

std::unique_ptr<TlsFacts> configured_tls_facts(std::vector<std::string> domains) {
  return std::make_unique<ConfiguredTlsFacts>(std::move(domains));
}

}  // namespace phimilter::protect
