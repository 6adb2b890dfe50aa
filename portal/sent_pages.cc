// SPDX-License-Identifier: Apache-2.0
#include "portal/sent_pages.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "base/log.h"
#include "portal/replies.h"

namespace phimilter::portal {
namespace {

using delivery::MessageRow;

constexpr std::string_view kMessage = "/message/";

std::string sent_cookie_name(const Request& request) {
  return request.secure ? "__Host-phi-sent" : "phi-sent";
}

void set_sent_cookie(const Request& request, Response& response, const std::string& value) {
  response.headers.emplace_back(
      "Set-Cookie", sent_cookie_name(request) + "=" + value + "; Path=/; HttpOnly; SameSite=Lax" +
                        (request.secure ? "; Secure" : "") + (value.empty() ? "; Max-Age=0" : ""));
}

std::size_t number_of(std::string_view text, std::size_t most) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::min(number, most) : 0;
}

// The sentence about what was done, or why it was not; the closed set is what ?done= may say.
constexpr std::array<std::string_view, 10> kDone = {
    "retract", "retract_seen", "extend",  "resend",     "unlock",
    "failed",  "too_soon",     "no_link", "not_longer", "gone"};

std::string done_sentence(std::string_view done) {
  return std::find(kDone.begin(), kDone.end(), done) == kDone.end()
             ? std::string()
             : "sent_done_" + std::string(done);
}

std::string_view done_of(const Fault& fault) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kWords = {
      {{"desk.too_soon", "too_soon"},
       {"desk.no_link", "no_link"},
       {"desk.no_entry", "gone"},
       {"desk.retracted", "gone"},
       {"desk.expired", "gone"},
       {"escrow.not_longer", "not_longer"},
       {"escrow.too_long", "not_longer"}}};
  for (const auto& [id, word] : kWords) {
    if (fault.id == id) {
      return word;
    }
  }
  return "failed";
}

}  // namespace

Response SentPages::handle(const Request& request, std::string_view rest) {
  if (!rest.empty() && rest.front() != '/') {
    return dead_end(parts_.site, request, DeadEnd::unknown, 404);
  }
  return reads(request) ? get(request, rest) : post(request, rest);
}

Response SentPages::get(const Request& request, std::string_view what) {
  const auto session = parts_.door.find(request.field(request.cookies, sent_cookie_name(request)));
  if (!session) {
    const bool known_page = what.empty() || what == "/" || what == "/messages" || what == "/code" ||
                            what == "/login" || what.starts_with(kMessage);
    if (!known_page) {
      return dead_end(parts_.site, request, DeadEnd::unknown, 404);
    }
    const bool had_one = !request.field(request.cookies, sent_cookie_name(request)).empty();
    return sign_in(request, {{}, {}, had_one ? SentWord::over : SentWord::none},
                   what.empty() || !had_one ? 200 : 403);
  }
  if (what == "/messages") {
    return list(request, *session);
  }
  if (what.starts_with(kMessage)) {
    return message(request, *session, what.substr(kMessage.size()));
  }
  return redirect_reply(request, with_language("/sent/messages", request));
}

Response SentPages::post(const Request& request, std::string_view what) {
  if (!from_our_own_page(request, parts_.site.portal_url)) {
    return dead_end(parts_.site, request, DeadEnd::refused, 403);
  }
  if (what == "/code") {
    return ask_code(request);
  }
  if (what == "/login") {
    return try_code(request);
  }
  const auto cookie = request.field(request.cookies, sent_cookie_name(request));
  const auto session = parts_.door.find(cookie);
  if (!session) {
    return sign_in(request, {{}, {}, SentWord::over}, 403);
  }
  if (!constant_time_equal(request.field(request.form, "token"),
                           std::string_view(session->form_token))) {
    return dead_end(parts_.site, request, DeadEnd::refused, 403);
  }
  if (what == "/logout") {
    if (Status ended = parts_.door.end(cookie); !ended) {
      return failed(request, ended.error());
    }
    Response response = redirect_reply(request, with_language("/sent", request));
    set_sent_cookie(request, response, {});
    return response;
  }
  if (what.starts_with(kMessage)) {
    return act(request, *session, what.substr(kMessage.size()));
  }
  return dead_end(parts_.site, request, DeadEnd::unknown, 404);
}

Response SentPages::sign_in(const Request& request, const SentSignIn& page, int status) {
  return page_reply(request, status,
                    sent_sign_in_page(frame_for(parts_.site, request, {}, "/sent"), page));
}

Response SentPages::ask_code(const Request& request) {
  const std::string address(trim(request.field(request.form, "address")));
  if (address.empty() || address.size() > 254) {
    return sign_in(request, {}, 400);
  }
  const std::string language = frame_for(parts_.site, request, {}, {}).texts.language();
  const auto asked = parts_.door.ask(address, language, request.peer);
  if (!asked) {
    return failed(request, asked.error());
  }
  if (asked->too_many) {
    return sign_in(request, {{}, {}, SentWord::too_many}, 429);
  }
  return sign_in(request, {address, asked->reference, SentWord::none});
}

Response SentPages::try_code(const Request& request) {
  const std::string address(trim(request.field(request.form, "address")));
  const std::string reference(request.field(request.form, "reference").substr(0, 20));
  const auto tried = parts_.door.answer(address, request.field(request.form, "code"), request.peer);
  if (!tried) {
    return failed(request, tried.error());
  }
  if (*tried == SentDoor::Tried::wrong) {
    return sign_in(request, {address, reference, SentWord::wrong}, 403);
  }
  if (*tried == SentDoor::Tried::locked) {
    return sign_in(request, {{}, {}, SentWord::locked}, 429);
  }
  const auto cookie =
      parts_.door.begin(address, request.field(request.cookies, sent_cookie_name(request)));
  if (!cookie) {
    return failed(request, cookie.error());
  }
  Response response = redirect_reply(request, with_language("/sent/messages", request));
  set_sent_cookie(request, response, *cookie);
  return response;
}

Response SentPages::failed(const Request& request, const Fault& fault) const {
  return unavailable(parts_.site, request, fault);
}

std::optional<MessageRow> SentPages::own_row(const SentSession& session, std::string_view id) {
  const auto parsed = EscrowId::parse(id);
  auto row = parsed ? parts_.desk.index().find(*parsed) : std::nullopt;
  return row && ascii_iequal(row->sender, session.address) ? row : std::nullopt;
}

Response SentPages::list(const Request& request, const SentSession& session) {
  SentList page;
  page.address = session.address;
  page.form_token = session.form_token;
  page.recipient = std::string(trim(request.field(request.query, "to"))).substr(0, 254);
  const auto state = delivery::message_state_from(request.field(request.query, "state"));
  page.state = state ? std::string(delivery::to_string(*state)) : std::string();
  page.from = number_of(request.field(request.query, "from"), 10'000'000);
  auto found = parts_.desk.index().list({session.address, page.recipient, state, std::nullopt},
                                        page.from, kSentRows);
  page.rows = std::move(found.rows);
  page.all = found.all;
  return page_reply(request, 200,
                    sent_list_page(frame_for(parts_.site, request, {}, "/sent/messages"), page));
}

Response SentPages::message(const Request& request, const SentSession& session,
                            std::string_view id) {
  auto row = own_row(session, id);
  if (!row) {
    return dead_end(parts_.site, request, DeadEnd::unknown, 404);
  }
  const std::string path = "/sent/message/" + row->id.str();
  return page_reply(request, 200,
                    sent_message_page(frame_for(parts_.site, request, {}, path),
                                      {session.form_token, std::move(*row),
                                       done_sentence(request.field(request.query, "done"))}));
}

Status SentPages::carry_out(const Request& request, const SentSession& session, const EscrowId& id,
                            std::string_view action) {
  if (action == "resend") {
    return parts_.desk.resend(id, session.address);
  }
  if (action == "unlock") {
    return parts_.desk.unlock(id, session.address);
  }
  const int days = static_cast<int>(number_of(request.field(request.form, "days"), 1000));
  if (std::find(std::begin(kSentExtendDays), std::end(kSentExtendDays), days) ==
      std::end(kSentExtendDays)) {
    return fail(permanent_fault("desk.days", "the page offers no such number of days"));
  }
  return parts_.desk.extend(id, parts_.clock.now() + std::chrono::hours(24 * days),
                            session.address);
}

Response SentPages::act(const Request& request, const SentSession& session, std::string_view what) {
  const auto slash = what.find('/');
  const std::string_view action =
      slash == std::string_view::npos ? std::string_view() : what.substr(slash + 1);
  const auto row = own_row(session, what.substr(0, slash));
  const bool known =
      action == "retract" || action == "extend" || action == "resend" || action == "unlock";
  if (!row || !known) {
    return dead_end(parts_.site, request, DeadEnd::unknown, 404);
  }
  std::string done(action);
  std::optional<Fault> fault;
  if (action == "retract") {
    const auto retracted = parts_.desk.retract(row->id, session.address);
    done = retracted && retracted->seen ? "retract_seen" : done;
    if (!retracted) {
      fault = retracted.error();
    }
  } else if (const Status carried = carry_out(request, session, row->id, action); !carried) {
    fault = carried.error();
  }
  if (fault) {
    done = done_of(*fault);
    if (fault->kind != FaultKind::permanent) {
      log::fault(log::Level::error, "-", *fault);
    }
  }
  std::string path = with_language("/sent/message/" + row->id.str(), request);
  path += (path.find('?') == std::string::npos ? "?done=" : "&done=") + done;
  return redirect_reply(request, path);
}

}  // namespace phimilter::portal
