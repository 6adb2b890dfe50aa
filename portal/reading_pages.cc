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

// While it is parsed, a message may take so many times its size: what stands between its parts is
// held twice for a moment. Then only its structure stays, which message_shape.h bounds.
constexpr std::size_t kParseFactor = 3;
constexpr std::size_t kStructure = 4 * limits::kMiB;
constexpr std::chrono::milliseconds kPatience(10'000);  // past it: 503, try again

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

// Holds its share of the memory until it is written.
class PaidStream final : public BodySource {
 public:
  PaidStream(std::shared_ptr<BodySource> stream, std::shared_ptr<MemoryBudget::Share> share)
      : share_(std::move(share)), stream_(std::move(stream)) {}
  std::uint64_t size() const override { return stream_->size(); }
  Result<std::size_t> read(std::span<char> out) override { return stream_->read(out); }

 private:
  std::shared_ptr<MemoryBudget::Share> share_;
  std::shared_ptr<BodySource> stream_;
};

Result<SanitisedHtml> harmless_body(const OpenedMessage& message) {
  return sanitise(*message.html(),
                  [&message](std::string_view id) { return message.inline_image(id); });
}

}  // namespace

bool ReadingPages::shows(const EntryCall& call) {
  return call.what == "message" || call.what == "body";
}

namespace {
std::string_view link_secret_of(const EntryCall& call) {
  constexpr std::string_view kPrefix = "/m/";
  return std::string_view(call.link_path).substr(kPrefix.size());
}
}  // namespace

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
  auto share = std::make_shared<MemoryBudget::Share>(
      memory_.take(call.visit.sealed_bytes * kParseFactor + kStructure, kPatience));
  if (!*share) {
    return dead_end(parts_, call.request, DeadEnd::unavailable, 503);
  }
  auto bytes = parts_.vault.open_message(call.id, link_secret_of(call));
  if (!bytes) {
    return unavailable(parts_, call.request, call.id, std::move(bytes.error()));
  }
  auto message = OpenedMessage::open(std::move(*bytes));
  if (!message) {
    return unavailable(parts_, call.request, call.id, std::move(message.error()));
  }
  share->shrink(kStructure);
  Response response = use(*message);
  if (response.stream) {
    response.stream = std::make_shared<PaidStream>(std::move(response.stream), std::move(share));
  }
  return response;
}

Response ReadingPages::show_message(EntryCall& call, const OpenedMessage& message) {
  const PageFrame page_frame =
      frame_for(parts_, call.request, *call.visit.facts, call.link_path + "/message");
  MessagePage page;
  page.link_path = call.link_path;
  page.reference = escrow::reference_of(call.id);
  page.form_token = call.session->form_token;
  page.account_offer = parts_.accounts != nullptr && !call.account;
  page.session_minutes = parts_.sessions.idle().count();
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
  page.html_unreadable = page.html_unreadable || message.too_dear();
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
  auto bytes = attachment ? message.attachment(*attachment)
                          : Result<std::shared_ptr<BodySource>>(message.original());
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
  const auto others = parts_.sessions.end(cookie_of(call.request), Subject::entry(call.id));
  if (!others) {
    return unavailable(parts_, call.request, call.id, others.error());
  }
  Response response =
      dead_end(parts_, call.request, DeadEnd::closed, 200, &call.visit, call.link_path);
  if (!*others) {
    set_cookie(call.request, response, {});
  }
  return response;
}

}  // namespace phimilter::portal
