// SPDX-License-Identifier: Apache-2.0
#include "portal/account_pages.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/log.h"
#include "portal/human.h"
#include "portal/replies.h"

namespace phimilter::portal {
namespace {

std::string_view form_field(const Request& request, std::string_view name) {
  return request.field(request.form, name);
}

AccountNotice locked_notice(std::int64_t seconds) {
  return {"account_locked",
          {{"minutes", std::to_string(std::max<std::int64_t>(1, (seconds + 59) / 60))}}};
}

AccountNotice notice_for(const NewPassphrase& outcome, std::size_t shortest,
                         std::string_view wrong) {
  switch (outcome.kind) {
    case NewPassphrase::Kind::refused:
      return refused_notice(outcome.fault, shortest);
    case NewPassphrase::Kind::locked:
      return locked_notice(outcome.locked_s);
    default:
      return {wrong};
  }
}

int status_for(const NewPassphrase& outcome) {
  switch (outcome.kind) {
    case NewPassphrase::Kind::refused:
      return 400;
    case NewPassphrase::Kind::locked:
      return 429;
    default:
      return 403;
  }
}

}  // namespace

PageFrame AccountPages::frame(const Request& request, std::string path) const {
  return frame_for(parts_, request, {}, std::move(path));
}

std::string AccountPages::language(const Request& request) const {
  return frame(request, {}).texts.language();
}

Response AccountPages::failed(const Request& request, Fault fault) {
  return unavailable(parts_, request, fault);
}

Response AccountPages::word(const Request& request, std::string_view title, std::string_view text) {
  return page_reply(request, 200, account_word_page(frame(request, {}), {title}, {text}));
}

Response AccountPages::handle(const Request& request, std::string_view rest) {
  if (parts_.accounts == nullptr || (!rest.empty() && rest.front() != '/')) {
    return dead_end(parts_, request, DeadEnd::unknown, 404);
  }
  if (reads(request)) {
    return get(request, rest);
  }
  if (!from_our_own_page(request, parts_.portal_url)) {
    return dead_end(parts_, request, DeadEnd::refused, 403);
  }
  return post(request, rest);
}

Response AccountPages::get(const Request& request, std::string_view rest) {
  if (rest == "/settings") {
    return visited(request, &AccountPages::settings);
  }
  if (rest == "/authenticator") {
    return visited(request, &AccountPages::show_authenticator);
  }
  if (rest == "/forgotten") {
    return page_reply(request, 200, forgotten_page(frame(request, "/account/forgotten")));
  }
  if (!rest.empty()) {
    return redirect_reply(request, with_language("/account", request));
  }
  return visited(request, &AccountPages::list);
}

Response AccountPages::post(const Request& request, std::string_view rest) {
  if (rest == "/signin") {
    return sign_in(request);
  }
  if (rest == "/forgotten") {
    return forgotten(request);
  }
  if (rest == "/reset") {
    return reset(request);
  }
  constexpr std::pair<std::string_view, Visited> kForms[] = {
      {"/signout", &AccountPages::sign_out},
      {"/everywhere", &AccountPages::sign_out_everywhere},
      {"/passphrase", &AccountPages::change_passphrase},
      {"/remove", &AccountPages::remove},
      {"/authenticator", &AccountPages::authenticator},
      {"/authenticator/confirm", &AccountPages::confirm_authenticator},
      {"/authenticator/remove", &AccountPages::remove_authenticator}};
  for (const auto& [path, page] : kForms) {
    if (rest == path) {
      return visited(request, page);
    }
  }
  return dead_end(parts_, request, DeadEnd::unknown, 404);
}

// A form of somebody who is signed in carries the session's token.
Response AccountPages::visited(const Request& request, Visited page) {
  const auto visitor = account_visitor(parts_.accounts, request);
  if (!visitor) {
    const bool moved = parts_.sessions.account_moved(cookie_of(request));
    return sign_in_form(request, {moved ? "account_moved" : ""}, moved ? 403 : 200);
  }
  if (!reads(request) &&
      !constant_time_equal(form_field(request, "token"), std::string_view(visitor->form_token))) {
    return dead_end(parts_, request, DeadEnd::refused, 403);
  }
  return (this->*page)(request, *visitor);
}

Response AccountPages::sign_in_form(const Request& request, const AccountNotice& notice,
                                    int status) {
  return page_reply(request, status, sign_in_page(frame(request, "/account"), notice));
}

Response AccountPages::sign_in(const Request& request) {
  const auto outcome = parts_.accounts->accounts.sign_in(
      {form_field(request, "address"), form_field(request, "passphrase"),
       form_field(request, "code"), request.peer});
  if (!outcome) {
    return failed(request, outcome.error());
  }
  if (outcome->kind == SignedIn::Kind::locked) {
    return sign_in_form(request, locked_notice(outcome->locked_s), 429);
  }
  if (outcome->kind == SignedIn::Kind::wrong) {
    return sign_in_form(request, {"account_wrong"}, 403);
  }
  const auto cookie = parts_.sessions.begin(
      Subject::account(outcome->name), cookie_of(request),
      outcome->second_factor ? std::string(kSecondFactorNote) : std::string());
  if (!cookie) {
    return failed(request, cookie.error());
  }
  Response response = redirect_reply(request, with_language("/account", request));
  set_cookie(request, response, *cookie);
  return response;
}

Response AccountPages::forgotten(const Request& request) {
  const std::string_view address = trim(form_field(request, "address"));
  if (Status asked =
          parts_.accounts->accounts.request_reset(address, language(request), request.peer);
      !asked) {
    return failed(request, asked.error());
  }
  return page_reply(
      request, 200,
      reset_page(frame(request, {}), address, parts_.accounts->accounts.rules().shortest(), {}));
}

Response AccountPages::reset(const Request& request) {
  Accounts& accounts = parts_.accounts->accounts;
  const std::string_view address = trim(form_field(request, "address"));
  const auto outcome = accounts.reset(
      {address, form_field(request, "new_passphrase"), form_field(request, "code"), request.peer});
  if (!outcome) {
    return failed(request, outcome.error());
  }
  if (outcome->kind != NewPassphrase::Kind::taken) {
    return page_reply(
        request, status_for(*outcome),
        reset_page(frame(request, {}), address, accounts.rules().shortest(),
                   notice_for(*outcome, accounts.rules().shortest(), "account_reset_wrong")));
  }
  if (Status ended = parts_.sessions.end_all(Subject::account(accounts.name_of(address))); !ended) {
    return failed(request, ended.error());
  }
  return word(request, "account_changed_title", "account_reset_done");
}

Result<std::vector<escrow::EntryFacts>> AccountPages::open_for(const AccountVisitor& visitor) {
  const AccountDesk& desk = *parts_.accounts;
  return desk.index.open_for(desk.vault, visitor.address, desk.attached);
}

Response AccountPages::list(const Request& request, const AccountVisitor& visitor) {
  const auto entries = open_for(visitor);
  if (!entries) {
    return failed(request, entries.error());
  }
  const PageFrame page_frame = frame(request, "/account");
  std::vector<ListedMessage> messages;
  for (const escrow::EntryFacts& facts : *entries) {
    messages.push_back({"/a/" + facts.id.str(), facts.sender,
                        moment_in_words(page_frame.texts, facts.created),
                        escrow::reference_of(facts.id), facts.bound});
  }
  return page_reply(request, 200, message_list_page(page_frame, visitor.form_token, messages));
}

Response AccountPages::sign_out(const Request& request, const AccountVisitor& visitor) {
  const auto others = parts_.sessions.end(cookie_of(request), Subject::account(visitor.name));
  if (!others) {
    return failed(request, others.error());
  }
  Response response = word(request, "closed_title", "account_signed_out");
  if (!*others) {
    set_cookie(request, response, {});
  }
  return response;
}

// Of the account, and of every message that it may read.
Status AccountPages::end_sessions(const AccountVisitor& visitor) {
  if (Status ended = parts_.sessions.end_all(Subject::account(visitor.name)); !ended) {
    return ended;
  }
  const auto entries = open_for(visitor);
  if (!entries) {
    return fail(entries.error());
  }
  for (const escrow::EntryFacts& facts : *entries) {
    if (Status ended = parts_.sessions.end_all(Subject::entry(facts.id)); !ended) {
      return ended;
    }
  }
  return {};
}

Response AccountPages::sign_out_everywhere(const Request& request, const AccountVisitor& visitor) {
  if (Status ended = end_sessions(visitor); !ended) {
    return failed(request, ended.error());
  }
  Response response = word(request, "closed_title", "account_everywhere_done");
  set_cookie(request, response, {});
  return response;
}

}  // namespace phimilter::portal
