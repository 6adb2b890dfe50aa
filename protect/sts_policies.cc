// SPDX-License-Identifier: Apache-2.0
#include "protect/sts_policies.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace phimilter::protect {
namespace {

using policy::TlsState;

constexpr std::size_t kMostKept = 10'000;
constexpr std::size_t kMostAddresses = 8;
constexpr std::string_view kSource = "mta-sts";
constexpr std::string_view kPath = "/.well-known/mta-sts.txt";

void add_addresses(const DnsAnswer& answer, int family, std::vector<std::string>& out) {
  const std::size_t bytes = family == AF_INET ? 4 : 16;
  for (const std::string& data : answer.data) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (data.size() == bytes && out.size() < kMostAddresses &&
        ::inet_ntop(family, data.data(), text.data(), text.size()) != nullptr) {
      out.emplace_back(text.data());
    }
  }
}

TlsDemand could_not_tell() {
  return {TlsState::unknown, std::string(kSource), {}};
}

}  // namespace

TlsDemand StsPolicies::demand(const std::string& domain, Deadline deadline) {
  const Deadline now = std::chrono::steady_clock::now();
  const auto known = kept(domain, now);
  const DnsAnswer record = dns_.query("_mta-sts." + domain, DnsType::txt, deadline);
  std::vector<std::string> texts;
  std::transform(record.data.begin(), record.data.end(), std::back_inserter(texts), text_of);
  const auto id = sts_id(texts);
  if (!known && record.state == DnsState::unknown) {
    return could_not_tell();
  }
  if (!known && !id) {
    return {};
  }
  if (known && (!id || *id == known->id)) {
    return judge(domain, known->policy, deadline);
  }
  const auto fresh = fetch(domain, deadline);
  if (!fresh) {
    return known ? judge(domain, known->policy, deadline) : could_not_tell();
  }
  keep(domain, {*id, *fresh, now + std::chrono::seconds(fresh->max_age)}, now);
  return judge(domain, *fresh, deadline);
}

// Who may be asked comes from the MX records, which anybody can forge; who may be believed comes
// from the policy. A domain whose mail hosts do not fit its policy would get nothing.
TlsDemand StsPolicies::judge(const std::string& domain, const StsPolicy& policy,
                             Deadline deadline) {
  if (policy.mode != StsPolicy::Mode::enforce) {
    return {};
  }
  const DnsAnswer exchange = dns_.query(domain, DnsType::mx, deadline);
  if (exchange.state == DnsState::unknown) {
    return could_not_tell();
  }
  const std::vector<MailHost> hosts = mail_hosts(exchange);
  const bool fits = std::any_of(hosts.begin(), hosts.end(), [&](const MailHost& host) {
    return std::any_of(policy.mx.begin(), policy.mx.end(), [&](const std::string& pattern) {
      return sts_host_fits(pattern, host.name);
    });
  });
  return fits ? TlsDemand{TlsState::proved, std::string(kSource), policy.mx} : TlsDemand{};
}

std::optional<StsPolicy> StsPolicies::fetch(const std::string& domain, Deadline deadline) {
  const std::string host = "mta-sts." + domain;
  std::vector<std::string> addresses;
  add_addresses(dns_.query(host, DnsType::a, deadline), AF_INET, addresses);
  add_addresses(dns_.query(host, DnsType::aaaa, deadline), AF_INET6, addresses);
  if (addresses.empty()) {
    return std::nullopt;
  }
  const HttpsFile file = files_.get(host, std::string(kPath), addresses, deadline);
  return file.state == HttpsFile::State::found ? parse_sts_policy(file.text) : std::nullopt;
}

std::optional<StsPolicies::Kept> StsPolicies::kept(const std::string& domain, Deadline now) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(domain);
  return found == kept_.end() || found->second.until <= now ? std::nullopt
                                                            : std::optional(found->second);
}

void StsPolicies::keep(const std::string& domain, const Kept& fresh, Deadline now) {
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMostKept) {
    std::erase_if(kept_, [now](const auto& entry) { return entry.second.until <= now; });
  }
  if (kept_.size() < kMostKept || kept_.contains(domain)) {
    kept_[domain] = fresh;
  }
}

}  // namespace phimilter::protect
