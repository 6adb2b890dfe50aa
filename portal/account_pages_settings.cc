// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"
#include "portal/account_pages.h"
#include "portal/replies.h"
#include "portal/totp.h"

namespace phimilter::portal {
namespace {

std::string_view form_field(const Request& request, std::string_view name) {
  return request.field(request.form, name);
}

// Who opened a shared mailbox's message with a code to their own address proved that one.
const std::string& proved_address(const EntryCall& call) {
  return call.session->note.empty() ? call.visit.facts->recipient : call.session->note;
}

}  // namespace

Response AccountPages::settings(const Request& request, const AccountVisitor& visitor) {
  return settings_with(request, visitor, {}, 200);
}

Response AccountPages::settings_with(const Request& request, const AccountVisitor& visitor,
                                     const AccountNotice& notice, int status) {
  const AccountSettings shown{visitor.account.address, !visitor.account.totp_secret.empty(),
                              visitor.account.recovery.size(),
                              parts_.accounts->accounts.rules().shortest()};
  return page_reply(
      request, status,
      settings_page(frame(request, "/account/settings"), visitor.form_token, shown, notice));
}

Response AccountPages::change_passphrase(const Request& request, const AccountVisitor& visitor) {
  Accounts& accounts = parts_.accounts->accounts;
  const auto outcome = accounts.change(visitor.name, form_field(request, "passphrase"),
                                       form_field(request, "new_passphrase"), language(request));
  if (!outcome) {
    return failed(request, outcome.error());
  }
  if (outcome->kind != NewPassphrase::Kind::taken) {
    return settings_with(request, visitor,
                         refused_notice(outcome->fault, accounts.rules().shortest()), 403);
  }
  if (Status ended = end_sessions(visitor); !ended) {
    return failed(request, ended.error());
  }
  return word(request, "account_changed_title", "account_changed_text");
}

Response AccountPages::remove(const Request& request, const AccountVisitor& visitor) {
  const auto removed =
      parts_.accounts->accounts.remove(visitor.name, form_field(request, "passphrase"));
  if (!removed) {
    return failed(request, removed.error());
  }
  if (!*removed) {
    return settings_with(request, visitor, {"account_wrong_passphrase"}, 403);
  }
  if (Status ended = end_sessions(visitor); !ended) {
    return failed(request, ended.error());
  }
  Response response = word(request, "account_removed_title", "account_removed_text");
  set_cookie(request, response, {});
  return response;
}

Response AccountPages::authenticator(const Request& request, const AccountVisitor& visitor) {
  const auto begun = parts_.accounts->accounts.begin_authenticator(
      visitor.name, form_field(request, "passphrase"));
  if (!begun) {
    return failed(request, begun.error());
  }
  if (!*begun) {
    return settings_with(request, visitor, {"account_wrong_passphrase"}, 403);
  }
  return redirect_reply(request, with_language("/account/authenticator", request));
}

Response AccountPages::show_authenticator(const Request& request, const AccountVisitor& visitor) {
  return shown_authenticator(request, visitor, {}, 200);
}

Response AccountPages::shown_authenticator(const Request& request, const AccountVisitor& visitor,
                                           const AccountNotice& notice, int status) {
  const auto secret = parts_.accounts->accounts.pending_authenticator(visitor.name);
  if (!secret) {
    return failed(request, secret.error());
  }
  if (!*secret) {
    return redirect_reply(request, with_language("/account/settings", request));
  }
  const Secret uri = totp_uri(**secret, parts_.organisation_name, visitor.account.address);
  const std::string spelled = base32((*secret)->span());
  std::string groups;
  for (std::size_t i = 0; i < spelled.size(); i += 4) {
    groups += (i == 0 ? "" : " ") + spelled.substr(i, 4);
  }
  return page_reply(request, status,
                    authenticator_page(frame(request, "/account/authenticator"), visitor.form_token,
                                       uri.view(), groups, notice));
}

Response AccountPages::confirm_authenticator(const Request& request,
                                             const AccountVisitor& visitor) {
  const auto codes =
      parts_.accounts->accounts.confirm_authenticator(visitor.name, form_field(request, "code"));
  if (!codes) {
    return failed(request, codes.error());
  }
  if (codes->empty()) {
    return shown_authenticator(request, visitor, {"account_confirm_wrong"}, 403);
  }
  // From here on the session counts as one with a second factor, under a new cookie.
  const auto cookie = parts_.sessions.begin(Subject::account(visitor.name), cookie_of(request),
                                            std::string(kSecondFactorNote));
  if (!cookie) {
    return failed(request, cookie.error());
  }
  Response response = page_reply(request, 200, recovery_page(frame(request, {}), *codes));
  set_cookie(request, response, *cookie);
  return response;
}

Response AccountPages::remove_authenticator(const Request& request, const AccountVisitor& visitor) {
  const auto removed = parts_.accounts->accounts.remove_authenticator(
      visitor.name, form_field(request, "passphrase"));
  if (!removed) {
    return failed(request, removed.error());
  }
  if (!*removed) {
    return settings_with(request, visitor, {"account_wrong_passphrase"}, 403);
  }
  // The session had a second factor that is no more.
  if (Status ended = end_sessions(visitor); !ended) {
    return failed(request, ended.error());
  }
  return word(request, "account_changed_title", "account_authenticator_removed");
}

Response AccountPages::new_account_form(EntryCall& call, const AccountNotice& notice, int status) {
  const AccountSettings shown{proved_address(call), false, 0,
                              parts_.accounts->accounts.rules().shortest()};
  return page_reply(call.request, status,
                    new_account_page(frame_for(parts_, call.request, call.visit.facts->language,
                                               call.link_path + "/account"),
                                     call.session->form_token, call.link_path, shown, notice));
}

Response AccountPages::new_account(EntryCall& call) {
  const auto address = mail::Address::parse(proved_address(call));
  if (parts_.accounts == nullptr || !address) {
    return dead_end(parts_, call.request, DeadEnd::unknown, 404);
  }
  if (reads(call.request)) {
    return new_account_form(call, {}, 200);
  }
  Accounts& accounts = parts_.accounts->accounts;
  const auto outcome =
      accounts.make(*address, form_field(call.request, "new_passphrase"), language(call.request));
  if (!outcome) {
    return failed(call.request, outcome.error());
  }
  if (outcome->kind != NewPassphrase::Kind::taken) {
    return new_account_form(call, refused_notice(outcome->fault, accounts.rules().shortest()), 400);
  }
  return word(call.request, "account_made_title", "account_made_text");
}

}  // namespace phimilter::portal
