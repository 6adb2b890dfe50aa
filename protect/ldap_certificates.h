// SPDX-License-Identifier: Apache-2.0
//
// Certificates out of LDAP directories (RFC 4523, RFC 2798): userCertificate and
// userSMIMECertificate of the entry whose mail is the address.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protect/key_server.h"

namespace phimilter::protect {

// keys.ldap: "hospital.example ldaps://host[:port]/base". With ldap:// the connection goes on with
// StartTLS. The server's certificate must verify, `ca_file` (PEM) or the system's CAs vouching.
// Configuration fault: not such a text.
Result<std::vector<std::unique_ptr<KeyServer>>> ldap_servers(
    const std::vector<std::string>& settings, const std::string& ca_file);

// A value inside a filter, with everything escaped that could mean something else (RFC 4515 3).
std::string ldap_escaped(std::string_view value);

}  // namespace phimilter::protect
