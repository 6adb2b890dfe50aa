// SPDX-License-Identifier: Apache-2.0
//
// Questions to the DNS whose answers are validated here (DNSSEC, RFC 4033-4035), so that nobody on
// the way has to be believed.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace phimilter::protect {

using Deadline = std::chrono::steady_clock::time_point;

enum class DnsType { a = 1, mx = 15, txt = 16, aaaa = 28, tlsa = 52 };
// none: it was said that there is no such name or record. unknown: nobody could be asked, or what
// came does not validate.
enum class DnsState { found, none, unknown };

struct DnsAnswer {
  DnsState state = DnsState::unknown;
  bool secure = false;            // validated up to the trust anchor; also of `none`
  std::vector<std::string> data;  // of each record, as on the wire (RFC 1035 3.3)
};

class Dns {
 public:
  virtual ~Dns() = default;
  // Thread-safe; returns at the deadline, `unknown` then.
  virtual DnsAnswer query(const std::string& name, DnsType type, Deadline deadline) = 0;
};

struct DnsOptions {
  std::string resolver;      // "127.0.0.1", "127.0.0.1@5353"; empty: those of /etc/resolv.conf
  std::string trust_anchor;  // file with DS or DNSKEY records
};

// Configuration fault: the anchor cannot be read.
Result<std::unique_ptr<Dns>> open_dns(const DnsOptions& options);

// A host name of letters, digits, hyphens and underscores in labels; nothing else is asked for.
bool is_host_name(std::string_view name);

struct MailHost {
  std::uint16_t preference = 0;
  std::string name;  // lower case, without the last dot; empty: "." (RFC 7505, takes no mail)
};

// The records' mail hosts, best first; names that are none are left out.
std::vector<MailHost> mail_hosts(const DnsAnswer& answer);
std::string text_of(std::string_view txt_data);  // the strings of one TXT record, joined

}  // namespace phimilter::protect
