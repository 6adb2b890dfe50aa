// SPDX-License-Identifier: Apache-2.0
//
// From the settings to what the portal runs with; every missing or unusable setting is named.
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"
#include "portal/proof_plan.h"
#include "portal/server.h"

namespace phimilter::portal {

// "inet:address:port" or "inet:[address]:port"; the address is numeric.
struct InetPlace {
  std::string address;
  std::uint16_t port = 0;
};
Result<InetPlace> parse_inet(std::string_view setting_name, const std::string& value);

// One or two listeners. Configuration fault: none at all, HTTPS without certificate, plain HTTP
// beyond loopback or on a unix socket.
Result<std::vector<ServerOptions>> listeners(const Settings& settings);

// Which proofs messages need.
ProofRules proof_rules(const Settings& settings);

// A private key or pepper that the service manager hands over (LoadCredential=portal.key:... and
// pepper.key:...) is taken instead of the file that the settings name.
void use_credentials(Settings& settings);

// What must be set for the portal to be of use.
Status check_portal_settings(const Settings& settings);

}  // namespace phimilter::portal
