// SPDX-License-Identifier: Apache-2.0
//
// One request to one entry's pages.
#pragma once

#include <optional>
#include <string>

#include "portal/access.h"
#include "portal/account_visitor.h"
#include "portal/http.h"
#include "portal/sessions.h"

namespace phimilter::portal {

struct EntryCall {
  const Request& request;
  EscrowId id;
  std::string link_path;  // "/m/<secret>"
  std::string what;       // "", "message", "attachment/2", ...
  Visit visit;            // locked or open
  Given given{};          // what this browser has proved already
  std::optional<AccountVisitor> account;
  std::optional<Session> session;
};

}  // namespace phimilter::portal
