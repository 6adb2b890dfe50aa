// SPDX-License-Identifier: Apache-2.0
//
// MTA-STS (RFC 8461): a domain says over HTTPS that its mail hosts speak verified TLS, and which
// hosts they are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::protect {

// The id of the one record "v=STSv1; id=..." among the TXT records of _mta-sts.<domain>. nullopt:
// none, or more than one (section 3.1).
std::optional<std::string> sts_id(std::span<const std::string> records);

struct StsPolicy {
  enum class Mode { enforce, testing, none };
  Mode mode = Mode::none;
  std::vector<std::string> mx;  // lower case: "mail.example.com", "*.example.net"
  std::int64_t max_age = 0;     // seconds
  bool operator==(const StsPolicy&) const = default;
};

// The policy's file (section 3.2). nullopt: not a policy, or one that lacks what it must say.
std::optional<StsPolicy> parse_sts_policy(std::string_view text);

// "*.example.net" fits one label more, and no deeper (section 4.1).
bool sts_host_fits(std::string_view pattern, std::string_view host);

}  // namespace phimilter::protect
