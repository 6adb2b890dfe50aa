// SPDX-License-Identifier: Apache-2.0
#include "portal/reading_pages.h"

#include <charconv>

#include "base/limits.h"
#include "portal/events.h"
#include "portal/message_page.h"
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

Result<SanitisedHtml> harmless_body(const OpenedMessage& message) {
  return sanitise(*message.html(),
                  [&message](std::string_view id) { return message.inline_image(id); });
}

}  // namespace

bool ReadingPages::shows(const EntryCall& call) {
  return call.what == "message" || call.what == "body";
}

bool ReadingPages::takes(const EntryCall& call) {
  return call.what == "original" || call.what == "logout" || attachment_number(call.what);
}

Response ReadingPages::get(EntryCall& call) {
  return with_message(call, [this, &call](const OpenedMessage& message) {
    return call.what == "message" ? show_message(call, message) : show_body(call, message);
  });
}

Response ReadingPages::post(EntryCall& call) {
  if (call.what == "logout") {
    return logout(call);
  }
  return with_message(call, [this, &call](const OpenedMessage& message) {
    return download(call, attachment_number(call.what), message);
  });
}

Response ReadingPages::with_message(EntryCall& call,
                                    const std::function<Response(const OpenedMessage&)>& use) {
  const Reservation reservation(opening_, call.visit.sealed_bytes * kOpeningFactor);
  if (!reservation.granted()) {
    return dead_end(parts_, call.request, DeadEnd::unavailable, 503);
  }
  mail::StringSink sink;
  if (Status read = parts_.vault.read_message(call.id, sink); !read) {
    return unavailable(parts_, call.request, call.id, std::move(read.error()));
  }
  auto message = OpenedMessage::parse(std::move(sink.text));
  return message ? use(*message)
                 : unavailable(parts_, call.request, call.id, std::move(message.error()));
}

Response ReadingPages::show_message(EntryCall& call, const OpenedMessage& message) {
  const PageFrame page_frame =
      frame_for(parts_, call.request, call.visit.facts->language, call.link_path + "/message");
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

Response ReadingPages::show_body(EntryCall& call, const OpenedMessage& message) {
  if (!message.html()) {
    return redirect_reply(call.request, call.link_path + "/message");
  }
  auto harmless = harmless_body(message);
  if (!harmless) {
    return unavailable(parts_, call.request, call.id, std::move(harmless.error()));
  }
  return body_reply(call.request,
                    body_document(frame_for(parts_, call.request, call.visit.facts->language, {}),
                                  harmless->markup));
}

Response ReadingPages::download(EntryCall& call, std::optional<std::size_t> attachment,
                                const OpenedMessage& message) {
  if (attachment && *attachment >= message.attachments().size()) {
    return dead_end(parts_, call.request, DeadEnd::unknown, 404);
  }
  Result<std::string> bytes = attachment ? message.attachment_bytes(*attachment) : message.bytes();
  if (!bytes) {
    return unavailable(parts_, call.request, call.id, std::move(bytes.error()));
  }
  if (Status recorded = record_events(parts_.journal, *call.visit.facts, call.request.peer,
                                      {audit::Event::downloaded});
      !recorded) {
    return unavailable(parts_, call.request, call.id, std::move(recorded.error()));
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

Response ReadingPages::logout(EntryCall& call) {
  parts_.sessions.end(call.request.field(call.request.cookies, cookie_name(call.request)));
  Response response =
      dead_end(parts_, call.request, DeadEnd::closed, 200, &call.visit, call.link_path);
  set_cookie(call.request, response, {});
  return response;
}

}  // namespace phimilter::portal
