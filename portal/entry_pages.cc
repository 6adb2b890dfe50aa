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
  auto visit = parts_.access.look(*id);
  if (!visit) {
    return unavailable(parts_, request, *id, std::move(visit.error()));
  }
  const std::string link_path = "/m/" + std::string(secret);
  if (visit->standing == Standing::unknown) {
    return dead_end(parts_, request, DeadEnd::unknown, 404);
  }
  if (visit->standing == Standing::expired || visit->standing == Standing::retracted) {
    parts_.sessions.end_all(*id);
    return dead_end(parts_, request,
                    visit->standing == Standing::expired ? DeadEnd::expired : DeadEnd::retracted,
                    410, nullptr, link_path);
  }
  EntryCall call{request, *id, link_path, std::string(what), std::move(*visit), std::nullopt};
  call.session = parts_.sessions.find(request.field(request.cookies, cookie_name(request)), *id);
  return reads(request) ? get(call) : post(call);
}

Response EntryPages::get(EntryCall& call) {
  if (call.what.empty()) {
    if (call.session) {
      return redirect_reply(call.request, with_language(call.link_path + "/message", call.request));
    }
    return proof_.form(call, Notice::none, 0, 200);
  }
  if (!ReadingPages::shows(call)) {
    // A POST's address, reloaded or typed in.
    return redirect_reply(call.request, with_language(call.link_path, call.request));
  }
  if (!call.session) {
    if (call.request.field(call.request.cookies, cookie_name(call.request)).empty()) {
      return redirect_reply(call.request, with_language(call.link_path, call.request));
    }
    return proof_.form(call, Notice::session_over, 0, 403);
  }
  return reading_.get(call);
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
  if (!ReadingPages::takes(call)) {
    return dead_end(parts_, call.request, DeadEnd::unknown, 404);
  }
  if (!call.session) {
    return proof_.form(call, Notice::session_over, 0, 403);
  }
  if (!constant_time_equal(call.request.field(call.request.form, "token"),
                           std::string_view(call.session->form_token))) {
    return dead_end(parts_, call.request, DeadEnd::refused, 403);
  }
  return reading_.post(call);
}

}  // namespace phimilter::portal
