// SPDX-License-Identifier: Apache-2.0
#include "portal/entry_pages.h"

#include "base/encoding.h"
#include "portal/replies.h"

namespace phimilter::portal {

Response EntryPages::handle(const Request& request, std::string_view rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view secret = rest.substr(0, slash);
  const std::string_view what =
      slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  const auto id = escrow::id_of_link_secret(secret);
  if (!id) {
    return dead_end(parts_, request, DeadEnd::unknown, 404);
  }
  return serve(request, *id, "/m/" + std::string(secret), what);
}

// What is not for this account looks as if it were not there.
Response EntryPages::handle_for_account(const Request& request, std::string_view rest) {
  const std::size_t slash = rest.find('/');
  const auto id = EscrowId::parse(rest.substr(0, slash));
  const auto visitor = account_visitor(parts_.accounts, request);
  if (parts_.accounts == nullptr || (visitor && !id)) {
    return dead_end(parts_, request, DeadEnd::unknown, 404);
  }
  if (!visitor) {
    return redirect_reply(request, with_language("/account", request));
  }
  auto visit = parts_.access.look(*id);
  if (!visit) {
    return unavailable(parts_, request, *id, std::move(visit.error()));
  }
  const auto given = visit->facts
                         ? given_by_account(*parts_.accounts, *visitor, visit->facts->recipient)
                         : Result<Given>(Given());
  if (!given) {
    return unavailable(parts_, request, *id, given.error());
  }
  if (!given->account) {
    return dead_end(parts_, request, DeadEnd::unknown, 404);
  }
  if (visit->facts->bound) {
    return dead_end(parts_, request, DeadEnd::link_needed, 403, &*visit);
  }
  return serve(request, *id, "/a/" + id->str(),
               slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1));
}

Response EntryPages::serve(const Request& request, const EscrowId& id, const std::string& link_path,
                           std::string_view what) {
  auto visit = parts_.access.look(id);
  if (!visit) {
    return unavailable(parts_, request, id, std::move(visit.error()));
  }
  if (visit->standing == Standing::unknown) {
    return dead_end(parts_, request, DeadEnd::unknown, 404);
  }
  if (visit->standing == Standing::expired || visit->standing == Standing::retracted) {
    if (Status ended = parts_.sessions.end_all(Subject::entry(id)); !ended) {
      return unavailable(parts_, request, id, std::move(ended.error()));
    }
    return ended(parts_, request,
                 visit->standing == Standing::expired ? DeadEnd::expired : DeadEnd::retracted, 410,
                 id, link_path);
  }
  EntryCall call{request, id, link_path, std::string(what), std::move(*visit), {}, {}, {}};
  if (Status looked = look_again(call); !looked) {
    return unavailable(parts_, request, id, std::move(looked.error()));
  }
  call.session = parts_.sessions.find(cookie_of(request), Subject::entry(id));
  return reads(request) ? get(call) : post(call);
}

// With what this browser has proved already.
Status EntryPages::look_again(EntryCall& call) {
  call.account = account_visitor(parts_.accounts, call.request);
  if (call.account) {
    auto given = given_by_account(*parts_.accounts, *call.account, call.visit.facts->recipient);
    if (!given) {
      return fail(given);
    }
    call.given = *given;
  }
  const auto first = parts_.sessions.find(cookie_of(call.request), Subject::first_proof(call.id));
  if (first) {
    call.given.first = first->note == "question"     ? ProofKind::question
                       : first->note == "passphrase" ? ProofKind::passphrase
                                                     : ProofKind::code;
  }
  if (!call.given.first && !call.given.account) {
    return {};
  }
  auto visit = parts_.access.look(call.id, call.given);
  if (!visit) {
    return fail(visit);
  }
  // Gone in between: the visit from before is as good.
  if (visit->facts) {
    call.visit = std::move(*visit);
  }
  return {};
}

Response EntryPages::get(EntryCall& call) {
  if (call.what.empty()) {
    if (call.session) {
      return redirect_reply(call.request, with_language(call.link_path + "/message", call.request));
    }
    return proof_.form(call, Notice::none, 0, 200);
  }
  if (call.what == "account" && call.session) {
    return account_.new_account(call);
  }
  if (!ReadingPages::shows(call) && !ReplyPages::knows(call)) {
    // A POST's address, reloaded or typed in.
    return redirect_reply(call.request, with_language(call.link_path, call.request));
  }
  if (!call.session) {
    if (cookie_of(call.request).empty()) {
      return redirect_reply(call.request, with_language(call.link_path, call.request));
    }
    return session_over(call);
  }
  return ReplyPages::knows(call) ? replies_.get(call) : reading_.get(call);
}

Response EntryPages::session_over(EntryCall& call) {
  const bool moved = parts_.sessions.moved(cookie_of(call.request), Subject::entry(call.id));
  return proof_.form(call, moved ? Notice::session_moved : Notice::session_over, 0, 403);
}

Response EntryPages::post(EntryCall& call) {
  if (!from_our_own_page(call.request, parts_.portal_url)) {
    return dead_end(parts_, call.request, DeadEnd::refused, 403);
  }
  if (call.what == "proof") {
    return proof_.try_answer(call);
  }
  if (call.what == "code") {
    return proof_.ask_code(call);
  }
  if (call.what == "open") {
    return proof_.open(call);
  }
  if (call.what != "account" && !ReadingPages::takes(call) && !ReplyPages::knows(call)) {
    return dead_end(parts_, call.request, DeadEnd::unknown, 404);
  }
  if (!call.session) {
    return ReplyPages::knows(call) ? replies_.rescue(call) : session_over(call);
  }
  if (!constant_time_equal(call.request.field(call.request.form, "token"),
                           std::string_view(call.session->form_token))) {
    return dead_end(parts_, call.request, DeadEnd::refused, 403);
  }
  if (call.what == "account") {
    return account_.new_account(call);
  }
  return ReplyPages::knows(call) ? replies_.post(call) : reading_.post(call);
}

}  // namespace phimilter::portal
