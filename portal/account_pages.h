// SPDX-License-Identifier: Apache-2.0
//
// Everything below /account: a recipient's own account.
//
//   GET  /account                        the messages, or the form to sign in
//   POST /account/signin|signout|everywhere
//   GET  /account/settings
//   POST /account/passphrase|remove
//   POST /account/authenticator          shows the QR code; GET: again, while it waits
//   POST /account/authenticator/confirm|remove
//   GET, POST /account/forgotten         mails a code
//   POST /account/reset
#pragma once

#include "portal/account_page.h"
#include "portal/account_visitor.h"
#include "portal/entry_call.h"
#include "portal/visit_reply.h"

namespace phimilter::portal {

class AccountPages {
 public:
  explicit AccountPages(const SiteParts& parts) : parts_(parts) {}
  // `rest`: the path behind "/account".
  Response handle(const Request& request, std::string_view rest);
  // GET and POST /m/<secret>/account, for who has the message open.
  Response new_account(EntryCall& call);

 private:
  using Visited = Response (AccountPages::*)(const Request&, const AccountVisitor&);
  Response get(const Request& request, std::string_view rest);
  Response post(const Request& request, std::string_view rest);
  Response visited(const Request& request, Visited page);

  Response sign_in_form(const Request& request, const AccountNotice& notice, int status);
  Response sign_in(const Request& request);
  Response forgotten(const Request& request);
  Response reset(const Request& request);

  Result<std::vector<escrow::EntryFacts>> open_for(const AccountVisitor& visitor);
  Response list(const Request& request, const AccountVisitor& visitor);
  Response settings(const Request& request, const AccountVisitor& visitor);
  Response sign_out(const Request& request, const AccountVisitor& visitor);
  Response sign_out_everywhere(const Request& request, const AccountVisitor& visitor);
  Response change_passphrase(const Request& request, const AccountVisitor& visitor);
  Response remove(const Request& request, const AccountVisitor& visitor);
  Response authenticator(const Request& request, const AccountVisitor& visitor);
  Response show_authenticator(const Request& request, const AccountVisitor& visitor);
  Response confirm_authenticator(const Request& request, const AccountVisitor& visitor);
  Response remove_authenticator(const Request& request, const AccountVisitor& visitor);

  Response settings_with(const Request& request, const AccountVisitor& visitor,
                         const AccountNotice& notice, int status);
  Response shown_authenticator(const Request& request, const AccountVisitor& visitor,
                               const AccountNotice& notice, int status);
  Status end_sessions(const AccountVisitor& visitor);
  Response new_account_form(EntryCall& call, const AccountNotice& notice, int status);
  Response failed(const Request& request, Fault fault);
  Response word(const Request& request, std::string_view title, std::string_view text);
  PageFrame frame(const Request& request, std::string path) const;
  std::string language(const Request& request) const;

  const SiteParts& parts_;
};

}  // namespace phimilter::portal
