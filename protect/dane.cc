// SPDX-License-Identifier: Apache-2.0
#include "protect/dane.h"

#include <algorithm>

namespace phimilter::protect {
namespace {

using policy::TlsState;

constexpr std::size_t kMostHosts = 5;  // what is behind them is as good as not there
constexpr std::size_t kHeadBytes = 3;  // usage, selector, matching type
constexpr std::size_t kSha256Bytes = 32;
constexpr std::size_t kSha512Bytes = 64;

TlsState state_of(const DnsAnswer& answer) {
  if (answer.state == DnsState::unknown) {
    return TlsState::unknown;
  }
  return answer.state == DnsState::found && answer.secure ? TlsState::proved : TlsState::not_proved;
}

// An address that is not signed could lead to anybody's TLSA (RFC 7672 2.2.2).
TlsState address_state(Dns& dns, const std::string& host, Deadline deadline) {
  const TlsState v4 = state_of(dns.query(host, DnsType::a, deadline));
  return v4 == TlsState::proved ? v4 : state_of(dns.query(host, DnsType::aaaa, deadline));
}

TlsState host_state(Dns& dns, const std::string& host, Deadline deadline) {
  const TlsState address = address_state(dns, host, deadline);
  if (address != TlsState::proved) {
    return address;
  }
  const DnsAnswer records = dns.query("_25._tcp." + host, DnsType::tlsa, deadline);
  const TlsState state = state_of(records);
  const bool usable = std::any_of(records.data.begin(), records.data.end(), usable_tlsa);
  return state == TlsState::proved && !usable ? TlsState::not_proved : state;
}

}  // namespace

bool usable_tlsa(std::string_view data) {
  if (data.size() <= kHeadBytes) {
    return false;
  }
  const auto usage = static_cast<unsigned char>(data[0]);
  const auto selector = static_cast<unsigned char>(data[1]);
  const auto matching = static_cast<unsigned char>(data[2]);
  const std::size_t bytes = data.size() - kHeadBytes;
  const bool fits = matching == 0 || (matching == 1 && bytes == kSha256Bytes) ||
                    (matching == 2 && bytes == kSha512Bytes);
  return (usage == 2 || usage == 3) && selector <= 1 && fits;
}

TlsState dane_state(Dns& dns, const std::string& domain, Deadline deadline) {
  const DnsAnswer exchange = dns.query(domain, DnsType::mx, deadline);
  if (exchange.state == DnsState::unknown) {
    return TlsState::unknown;
  }
  if (!exchange.secure) {
    return TlsState::not_proved;
  }
  std::vector<MailHost> hosts = mail_hosts(exchange);
  if (exchange.state == DnsState::none) {
    hosts.push_back({0, domain});
  }
  hosts.resize(std::min(hosts.size(), kMostHosts));
  TlsState all = TlsState::not_proved;
  for (const MailHost& host : hosts) {
    const TlsState state =
        host.name.empty() ? TlsState::not_proved : host_state(dns, host.name, deadline);
    if (state == TlsState::proved) {
      return state;
    }
    all = state == TlsState::unknown ? state : all;
  }
  return all;
}

}  // namespace phimilter::protect
