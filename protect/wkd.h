// SPDX-License-Identifier: Apache-2.0
//
// Web Key Directory (draft-koch-openpgp-webkey-service): the domain of an address tells its key.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protect/key_server.h"

namespace phimilter::protect {

// What the name service says of a host. No addresses and `known`: there is no such host.
struct HostAddresses {
  bool known = false;
  std::vector<std::string> addresses;
};
using HostLookup = std::function<HostAddresses(const std::string& host)>;
HostAddresses look_up_host(const std::string& host);  // as the system does

struct WkdOptions {
  std::vector<std::string> domains;  // that are asked; "*": every domain
  std::string ca_file;               // PEM; empty: the system's
  std::uint16_t port = 443;
  HostLookup look_up = look_up_host;  // called in threads of its own, which may outlive the asking
};

// The advanced method where the domain has a host "openpgpkey", else the direct one. HTTPS with a
// certificate that verifies, no redirect, limits::kKeyAnswer at most. None: there is no such host,
// or its answer is a redirect or a refusal (3xx, 4xx). Anything else is unknown.
std::unique_ptr<KeyServer> wkd_server(WkdOptions options);

// "/.well-known/openpgpkey/example.org/hu/<hash>?l=Joe.Doe", without the domain for the direct
// method. `domain`: A-labels.
std::string wkd_path(std::string_view local_part, std::string_view domain, bool advanced);

}  // namespace phimilter::protect
