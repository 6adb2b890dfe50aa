// SPDX-License-Identifier: Apache-2.0
#include "portal/account_visitor.h"

#include "portal/replies.h"

namespace phimilter::portal {

std::optional<AccountVisitor> account_visitor(const AccountDesk* desk, const Request& request) {
  if (desk == nullptr) {
    return std::nullopt;
  }
  auto session = desk->sessions.find_account(cookie_of(request));
  if (!session) {
    return std::nullopt;
  }
  auto account = desk->accounts.find(session->first);
  if (!account || !*account) {
    return std::nullopt;
  }
  auto address = mail::Address::parse((*account)->address);
  if (!address) {
    return std::nullopt;
  }
  return AccountVisitor{std::move(session->first), std::move(*address), std::move(**account),
                        std::move(session->second.form_token),
                        session->second.note == kSecondFactorNote};
}

Result<Given> given_by_account(const AccountDesk& desk, const AccountVisitor& visitor,
                               const std::string& recipient) {
  Given given;
  const auto address = mail::Address::parse(recipient);
  if (!address) {
    return given;
  }
  const auto may = may_read(visitor.address, *address, desk.attached);
  if (!may) {
    return fail(may.error());
  }
  given.account = *may;
  given.second_factor = *may && visitor.second_factor;
  return given;
}

}  // namespace phimilter::portal
