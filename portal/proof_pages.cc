// SPDX-License-Identifier: Apache-2.0
#include "portal/proof_pages.h"

#include "base/encoding.h"
#include "portal/replies.h"

namespace phimilter::portal {

Response ProofPages::form(EntryCall& call, Notice notice, int tries_left, int status) {
  if (call.visit.standing == Standing::locked) {
    return dead_end(parts_, call.request, DeadEnd::locked, 429, &call.visit, call.link_path);
  }
  ProofPage page;
  page.link_path = call.link_path;
  page.reference = escrow::reference_of(call.id);
  page.kind = call.visit.kind;
  page.question = call.visit.question;
  page.step = call.visit.step;
  page.steps = call.visit.steps;
  page.accounts = parts_.accounts != nullptr;
  if (call.visit.given && call.account) {
    page.open_token = call.account->form_token;
  }
  page.code_waits = call.visit.code_waits;
  page.notice = notice;
  page.tries_left = tries_left;
  const PageFrame page_frame = frame_for(parts_, call.request, *call.visit.facts, call.link_path);
  return page_reply(call.request, status, proof_page(page_frame, page));
}

Response ProofPages::try_answer(EntryCall& call) {
  const std::string_view given = trim(call.request.field(call.request.form, "answer"));
  if (given.empty()) {
    return form(call, Notice::empty_answer, 0, 400);
  }
  auto outcome = parts_.access.answer(call.id, given, call.request.peer, call.given);
  if (!outcome) {
    return unavailable(parts_, call.request, call.id, std::move(outcome.error()));
  }
  return answered(call, *outcome);
}

Response ProofPages::begin_session(EntryCall& call, const Subject& subject, const std::string& note,
                                   const std::string& path) {
  auto cookie = parts_.sessions.begin(subject, cookie_of(call.request), note);
  if (!cookie) {
    return unavailable(parts_, call.request, call.id, std::move(cookie.error()));
  }
  Response response = redirect_reply(call.request, with_language(path, call.request));
  set_cookie(call.request, response, *cookie);
  return response;
}

// The first of two proofs is used up: after a log-out both are asked for again.
Response ProofPages::let_in(EntryCall& call, const std::string& address) {
  if (Status ended = parts_.sessions.end_all(Subject::first_proof(call.id)); !ended) {
    return unavailable(parts_, call.request, call.id, std::move(ended.error()));
  }
  return begin_session(call, Subject::entry(call.id), address, call.link_path + "/message");
}

Response ProofPages::open(EntryCall& call) {
  if (!call.account || !constant_time_equal(call.request.field(call.request.form, "token"),
                                            std::string_view(call.account->form_token))) {
    return dead_end(parts_, call.request, DeadEnd::refused, 403);
  }
  if (call.session) {
    return redirect_reply(call.request, with_language(call.link_path + "/message", call.request));
  }
  if (!call.visit.given) {
    return redirect_reply(call.request, with_language(call.link_path, call.request));
  }
  auto outcome = parts_.access.open(call.id, call.request.peer, call.given);
  if (!outcome) {
    return unavailable(parts_, call.request, call.id, std::move(outcome.error()));
  }
  outcome->address = call.account->account.address;
  return answered(call, *outcome);
}

Response ProofPages::answered(EntryCall& call, const Answered& answered) {
  switch (answered.verdict) {
    case Verdict::right:
      return let_in(call, answered.address);
    case Verdict::one_more:
      return begin_session(call, Subject::first_proof(call.id),
                           answered.kind == ProofKind::passphrase ? "passphrase"
                           : answered.kind == ProofKind::question ? "question"
                                                                  : "code",
                           call.link_path);
    case Verdict::wrong:
      return form(call, Notice::wrong, answered.tries_left, 403);
    case Verdict::locked:
      call.visit.standing = Standing::locked;
      call.visit.locked_s = answered.locked_s;
      return form(call, Notice::locked, 0, 429);
    case Verdict::no_code:
      call.visit.code_waits = false;
      return form(call, Notice::no_code, 0, 403);
    case Verdict::gone:
      break;
  }
  return dead_end(parts_, call.request, DeadEnd::unknown, 404);
}

Response ProofPages::ask_code(EntryCall& call) {
  const std::string language =
      frame_for(parts_, call.request, call.visit.facts->language, {}).texts.language();
  auto asked =
      parts_.access.send_code(call.id,
                              {language, call.request.peer,
                               std::string(trim(call.request.field(call.request.form, "address")))},
                              call.given);
  if (!asked) {
    return unavailable(parts_, call.request, call.id, std::move(asked.error()));
  }
  switch (*asked) {
    case CodeRequest::sent:
    case CodeRequest::not_needed:
      // The page itself says whether a code waits; a redirect keeps a reload from mailing another.
      return redirect_reply(call.request, with_language(call.link_path, call.request));
    case CodeRequest::too_many:
      return form(call, Notice::code_too_many, 0, 429);
    case CodeRequest::locked:
      call.visit.standing = Standing::locked;
      return form(call, Notice::locked, 0, 429);
    case CodeRequest::gone:
      break;
  }
  return dead_end(parts_, call.request, DeadEnd::unknown, 404);
}

}  // namespace phimilter::portal
