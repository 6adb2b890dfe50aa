// SPDX-License-Identifier: Apache-2.0
//
// Who is signed in to an account, and what that lets them read.
#pragma once

#include <optional>
#include <string>

#include "portal/accounts.h"
#include "portal/http.h"
#include "portal/message_index.h"
#include "portal/proof_plan.h"
#include "portal/sessions.h"

namespace phimilter::portal {

struct AccountDesk {  // borrowed
  Accounts& accounts;
  MessageIndex& index;
  escrow::VaultReader& vault;
  Sessions& sessions;
  const escrow::AttachedAddresses* attached;
};

struct AccountVisitor {
  std::string name;
  mail::Address address;
  Account account;
  std::string form_token;
  bool second_factor = false;
};

// `desk` may be null: no accounts here. nullopt also where it could not be told.
std::optional<AccountVisitor> account_visitor(const AccountDesk* desk, const Request& request);
// What the account proves for this recipient; a fault: could not be told.
Result<Given> given_by_account(const AccountDesk& desk, const AccountVisitor& visitor,
                               const std::string& recipient);

}  // namespace phimilter::portal
