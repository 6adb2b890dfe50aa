// SPDX-License-Identifier: Apache-2.0
#include "portal/site.h"

#include <charconv>

#include "base/encoding.h"
#include "base/limits.h"
#include "base/log.h"
#include "portal/events.h"
#include "portal/replies.h"
#include "portal/sanitise.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kOpeningBytes = 1024 * limits::kMiB;  // past it: 503, try again
constexpr std::size_t kOpeningFactor =
    5;  // measured: bytes, two copies in the parser, the decoded part

class Reservation {
 public:
  Reservation(std::atomic<std::size_t>& used, std::size_t bytes) : used_(used), bytes_(bytes) {
    granted_ = used_.fetch_add(bytes_) + bytes_ <= kOpeningBytes;
  }
  ~Reservation() { used_.fetch_sub(bytes_); }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  bool granted() const { return granted_; }

 private:
  std::atomic<std::size_t>& used_;
  std::size_t bytes_;
  bool granted_ = false;
};

std::optional<std::size_t> attachment_number(std::string_view what) {
  constexpr std::string_view kPrefix = "attachment/";
  if (!what.starts_with(kPrefix) || what.size() > kPrefix.size() + 4) {
    return std::nullopt;
  }
  what.remove_prefix(kPrefix.size());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(what.data(), what.data() + what.size(), number);
  if (error != std::errc() || end != what.data() + what.size() || number == 0) {
    return std::nullopt;
  }
  return number - 1;
}

std::string visitor_language(const Request& request) {
  std::string_view asked = request.field(request.query, "lang");
  if (asked.empty()) {
    asked = request.field(request.form, "lang");
  }
  return asked == "en" || asked == "es" ? std::string(asked) : std::string();
}

std::string with_language(const std::string& path, const Request& request) {
  const std::string language = visitor_language(request);
  return language.empty() ? path : path + "?lang=" + language;
}

Result<SanitisedHtml> harmless_body(const OpenedMessage& message) {
  return sanitise(*message.html(),
                  [&message](std::string_view id) { return message.inline_image(id); });
}

bool reads(const Request& request) {
  return request.method == Method::get || request.method == Method::head;
}

}  // namespace

PageFrame Site::frame(const Request& request, std::string_view entry_language,
                      std::string path) const {
  const std::string asked = visitor_language(request);
  return {parts_.languages.choose(asked, entry_language, request.header("accept-language")),
          parts_.organisation_name, parts_.organisation_phone, std::move(path), asked};
}

Response Site::dead_end(const Request& request, DeadEnd end, int status, const Visit* visit,
                        const std::string& link_path) {
  const std::string language = visit != nullptr && visit->facts ? visit->facts->language : "";
  const std::int64_t locked_s = visit == nullptr ? 0 : visit->locked_s;
  const PageFrame page_frame = frame(request, language, end == DeadEnd::closed ? "" : link_path);
  Response response = page_reply(
      request, status, dead_end_page(page_frame, end, locked_s, with_language(link_path, request)));
  if (status == 429) {
    response.headers.emplace_back("Retry-After", std::to_string(locked_s));
  } else if (status == 503) {
    response.headers.emplace_back("Retry-After", "60");
  } else if (status == 405) {
    response.headers.emplace_back("Allow", "GET, HEAD, POST");
  }
  return response;
}

Response Site::unavailable(const Request& request, const EscrowId& id, Fault fault) {
  std::erase_if(fault.fields, [](const auto& field) { return field.first == "entry"; });
  fault.with("entry", id.str()).with("reference", escrow::reference_of(id));
  log::fault(log::Level::error, "-", fault);
  return dead_end(request, DeadEnd::unavailable, 503);
}

Response Site::handle(const Request& request) {
  if (request.too_large) {
    return dead_end(request, DeadEnd::too_large, 413);
  }
  if (request.method == Method::other) {
    return dead_end(request, DeadEnd::refused, 405);
  }
  if (request.malformed) {
    return dead_end(request, DeadEnd::refused, 400);
  }
  if (reads(request) && request.path == "/style.css") {
    return style_reply(request, style_sheet());
  }
  if (reads(request) && request.path == "/robots.txt") {
    return text_reply(request, 200, "User-agent: *\nDisallow: /\n");
  }
  constexpr std::string_view kPrefix = "/m/";
  if (!request.path.starts_with(kPrefix)) {
    return dead_end(request, DeadEnd::unknown, 404);
  }
  const std::string_view rest = std::string_view(request.path).substr(kPrefix.size());
  const std::size_t slash = rest.find('/');
  return entry(request, rest.substr(0, slash),
               slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1));
}

Response Site::entry(const Request& request, std::string_view secret, std::string_view what) {
  const auto id = escrow::id_of_link_secret(secret);
  if (!id) {
    return dead_end(request, DeadEnd::unknown, 404);
  }
  auto visit = parts_.access.look(*id);
  if (!visit) {
    return unavailable(request, *id, std::move(visit.error()));
  }
  const std::string link_path = "/m/" + std::string(secret);
  if (visit->standing == Standing::unknown) {
    return dead_end(request, DeadEnd::unknown, 404);
  }
  if (visit->standing == Standing::expired || visit->standing == Standing::retracted) {
    parts_.sessions.end_all(*id);
    return dead_end(request,
                    visit->standing == Standing::expired ? DeadEnd::expired : DeadEnd::retracted,
                    410, nullptr, link_path);
  }
  Call call{request, *id, link_path, std::string(what), std::move(*visit), std::nullopt};
  call.session = parts_.sessions.find(request.field(request.cookies, cookie_name(request)), *id);
  return reads(request) ? get(call) : post(call);
}

Response Site::get(Call& call) {
  if (call.what.empty()) {
    if (call.session) {
      return redirect_reply(call.request, with_language(call.link_path + "/message", call.request));
    }
    return proof_form(call, Notice::none, 0, 200);
  }
  if (call.what != "message" && call.what != "body") {
    // A POST's address, reloaded or typed in.
    return redirect_reply(call.request, with_language(call.link_path, call.request));
  }
  if (!call.session) {
    if (call.request.field(call.request.cookies, cookie_name(call.request)).empty()) {
      return redirect_reply(call.request, with_language(call.link_path, call.request));
    }
    return proof_form(call, Notice::session_over, 0, 403);
  }
  return with_message(call, [this, &call](const OpenedMessage& message) {
    return call.what == "message" ? show_message(call, message) : show_body(call, message);
  });
}

Response Site::post(Call& call) {
  if (!from_our_own_page(call.request, parts_.portal_url)) {
    return dead_end(call.request, DeadEnd::refused, 403);
  }
  if (call.what == "proof") {
    return try_answer(call);
  }
  if (call.what == "code") {
    return ask_code(call);
  }
  const auto attachment = attachment_number(call.what);
  if (call.what != "original" && call.what != "logout" && !attachment) {
    return dead_end(call.request, DeadEnd::unknown, 404);
  }
  if (!call.session) {
    return proof_form(call, Notice::session_over, 0, 403);
  }
  if (!constant_time_equal(call.request.field(call.request.form, "token"),
                           std::string_view(call.session->form_token))) {
    return dead_end(call.request, DeadEnd::refused, 403);
  }
  if (call.what == "logout") {
    return logout(call);
  }
  return with_message(call, [this, &call, attachment](const OpenedMessage& message) {
    return download(call, attachment, message);
  });
}

Response Site::proof_form(Call& call, Notice notice, int tries_left, int status) {
  if (call.visit.standing == Standing::locked) {
    return dead_end(call.request, DeadEnd::locked, 429, &call.visit, call.link_path);
  }
  ProofPage page;
  page.link_path = call.link_path;
  page.reference = escrow::reference_of(call.id);
  page.kind = call.visit.kind;
  page.question = call.visit.question;
  page.code_waits = call.visit.code_waits;
  page.notice = notice;
  page.tries_left = tries_left;
  const PageFrame page_frame = frame(call.request, call.visit.facts->language, call.link_path);
  return page_reply(call.request, status, proof_page(page_frame, page));
}

Response Site::try_answer(Call& call) {
  const std::string_view given = trim(call.request.field(call.request.form, "answer"));
  if (given.empty()) {
    return proof_form(call, Notice::empty_answer, 0, 400);
  }
  auto outcome = parts_.access.answer(call.id, given, call.request.peer);
  if (!outcome) {
    return unavailable(call.request, call.id, std::move(outcome.error()));
  }
  return answered(call, *outcome);
}

Response Site::answered(Call& call, const Answered& answered) {
  switch (answered.verdict) {
    case Verdict::right: {
      Response response =
          redirect_reply(call.request, with_language(call.link_path + "/message", call.request));
      set_cookie(call.request, response, parts_.sessions.begin(call.id));
      return response;
    }
    case Verdict::wrong:
      return proof_form(call, Notice::wrong, answered.tries_left, 403);
    case Verdict::locked:
      call.visit.standing = Standing::locked;
      call.visit.locked_s = answered.locked_s;
      return proof_form(call, Notice::locked, 0, 429);
    case Verdict::no_code:
      call.visit.code_waits = false;
      return proof_form(call, Notice::no_code, 0, 403);
    case Verdict::gone:
      break;
  }
  return dead_end(call.request, DeadEnd::unknown, 404);
}

Response Site::ask_code(Call& call) {
  const std::string language = frame(call.request, call.visit.facts->language, {}).texts.language();
  auto asked = parts_.access.send_code(call.id, language, call.request.peer);
  if (!asked) {
    return unavailable(call.request, call.id, std::move(asked.error()));
  }
  switch (*asked) {
    case CodeRequest::sent:
    case CodeRequest::not_needed:
      // The page itself says whether a code waits; a redirect keeps a reload from mailing another.
      return redirect_reply(call.request, with_language(call.link_path, call.request));
    case CodeRequest::too_many:
      return proof_form(call, Notice::code_too_many, 0, 429);
    case CodeRequest::locked:
      call.visit.standing = Standing::locked;
      return proof_form(call, Notice::locked, 0, 429);
    case CodeRequest::gone:
      break;
  }
  return dead_end(call.request, DeadEnd::unknown, 404);
}

Response Site::with_message(Call& call, const std::function<Response(const OpenedMessage&)>& use) {
  const Reservation reservation(opening_, call.visit.sealed_bytes * kOpeningFactor);
  if (!reservation.granted()) {
    return dead_end(call.request, DeadEnd::unavailable, 503);
  }
  mail::StringSink sink;
  if (Status read = parts_.vault.read_message(call.id, sink); !read) {
    return unavailable(call.request, call.id, std::move(read.error()));
  }
  auto message = OpenedMessage::parse(std::move(sink.text));
  return message ? use(*message) : unavailable(call.request, call.id, std::move(message.error()));
}

Response Site::show_message(Call& call, const OpenedMessage& message) {
  const PageFrame page_frame =
      frame(call.request, call.visit.facts->language, call.link_path + "/message");
  MessagePage page;
  page.link_path = call.link_path;
  page.reference = escrow::reference_of(call.id);
  page.form_token = call.session->form_token;
  page.from = message.from().empty() ? call.visit.facts->sender : message.from();
  page.date = message.date() ? human_date(page_frame.texts, *message.date())
                             : rfc5322_date(call.visit.facts->created);
  page.subject = message.subject();
  page.attachments = message.attachments();
  page.text = message.text();
  if (message.html()) {
    auto harmless = harmless_body(message);
    page.html = harmless.has_value();
    page.remote_blocked = harmless ? harmless->remote_blocked : 0;
    page.html_unreadable = !harmless && !page.text;
  }
  return page_reply(call.request, 200, message_page(page_frame, page),
                    page.html ? Frames::own_body : Frames::none);
}

Response Site::show_body(Call& call, const OpenedMessage& message) {
  if (!message.html()) {
    return redirect_reply(call.request, call.link_path + "/message");
  }
  auto harmless = harmless_body(message);
  if (!harmless) {
    return unavailable(call.request, call.id, std::move(harmless.error()));
  }
  return body_reply(call.request, body_document(frame(call.request, call.visit.facts->language, {}),
                                                harmless->markup));
}

Response Site::download(Call& call, std::optional<std::size_t> attachment,
                        const OpenedMessage& message) {
  if (attachment && *attachment >= message.attachments().size()) {
    return dead_end(call.request, DeadEnd::unknown, 404);
  }
  Result<std::string> bytes = attachment ? message.attachment_bytes(*attachment) : message.bytes();
  if (!bytes) {
    return unavailable(call.request, call.id, std::move(bytes.error()));
  }
  if (Status recorded = record_events(parts_.journal, *call.visit.facts, call.request.peer,
                                      {audit::Event::downloaded});
      !recorded) {
    return unavailable(call.request, call.id, std::move(recorded.error()));
  }
  if (!attachment) {
    return file_reply(call.request, "message/rfc822",
                      "message-" + escrow::reference_of(call.id) + ".eml", std::move(*bytes));
  }
  const Attachment& file = message.attachments()[*attachment];
  const std::string name =
      file.name.empty() ? "file-" + std::to_string(*attachment + 1) : file.name;
  return file_reply(call.request, file.type, name, std::move(*bytes));
}

Response Site::logout(Call& call) {
  parts_.sessions.end(call.request.field(call.request.cookies, cookie_name(call.request)));
  Response response = dead_end(call.request, DeadEnd::closed, 200, &call.visit, call.link_path);
  set_cookie(call.request, response, {});
  return response;
}

}  // namespace phimilter::portal
