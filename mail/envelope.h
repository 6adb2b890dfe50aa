// SPDX-License-Identifier: Apache-2.0
//
// What the SMTP transaction said (RFC 5321), with every ESMTP argument as it came.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mail/address.h"

namespace phimilter::mail {

struct Recipient {
  Address address;
  std::string path;                    // as the MTA gave it, for smfi_delrcpt and the like: "<a@b>"
  std::vector<std::string> arguments;  // NOTIFY=..., ORCPT=...
};

// Who handed the message in, from the milter macros; empty where the MTA did not say.
struct Client {
  std::string daemon_name;  // the listener: {daemon_name}
  std::string address;      // {client_addr}
  std::string name;         // {client_name}
  std::string helo;
  std::string login;     // {auth_authen}
  std::string mta_name;  // j
};

struct Envelope {
  std::optional<Address> reverse_path;  // nullopt: the null reverse-path <>
  std::vector<std::string> arguments;   // BODY=8BITMIME, SMTPUTF8, RET=..., ENVID=..., SIZE=...
  std::vector<Recipient> recipients;
  Client client;

  // The value of "NAME=value" (empty text for a bare "NAME"), names compared without case.
  static std::optional<std::string> argument(const std::vector<std::string>& arguments,
                                             std::string_view name);
};

}  // namespace phimilter::mail
