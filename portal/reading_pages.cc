// SPDX-License-Identifier: Apache-2.0
#include "portal/reading_pages.h"

#include <charconv>

#include "base/encoding.h"
#include "portal/events.h"
#include "portal/file_view.h"
#include "portal/message_values.h"
#include "portal/replies.h"
#include "portal/reply_pages.h"

namespace phimilter::portal {
namespace {

// "view/2" -> 1: what is numbered from 1 for people is counted from 0.
std::optional<std::size_t> number_behind(std::string_view prefix, std::string_view what) {
  if (!what.starts_with(prefix) || what.size() > prefix.size() + 4) {
    return std::nullopt;
  }
  what.remove_prefix(prefix.size());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(what.data(), what.data() + what.size(), number);
  if (error != std::errc() || end != what.data() + what.size() || number == 0) {
    return std::nullopt;
  }
  return number - 1;
}

constexpr std::string_view kSave = "attachment/", kView = "view/", kBody = "body/";

}  // namespace

bool ReadingPages::shows(const EntryCall& call) {
  return call.what == "message" || call.what == "body" || call.what == "print" ||
         number_behind(kBody, call.what);
}

bool ReadingPages::takes(const EntryCall& call) {
  return call.what == "original" || call.what == "logout" || number_behind(kSave, call.what) ||
         number_behind(kView, call.what);
}

PageFrame ReadingPages::frame(const EntryCall& call, const std::string& below) const {
  return frame_for(parts_, call.request, *call.visit.facts,
                   below.empty() ? below : call.link_path + below);
}

Response ReadingPages::get(EntryCall& call) {
  return opener_.with_message(
      call, [this, &call](const OpenedMessage& message) { return show(call, message); });
}

Response ReadingPages::post(EntryCall& call) {
  if (call.what == "logout") {
    return logout(call);
  }
  return opener_.with_message(
      call, [this, &call](const OpenedMessage& message) { return give(call, message); });
}

Response ReadingPages::show(EntryCall& call, const OpenedMessage& message) {
  if (call.what == "message") {
    return show_message(call, message);
  }
  if (call.what == "print") {
    return show_print(call, message);
  }
  const auto inside = number_behind(kBody, call.what);
  if (!inside) {
    return show_body(call, message);
  }
  if (*inside >= message.attachments().size() ||
      view_of(message.attachments()[*inside]) != FileView::message) {
    return dead_end(parts_, call.request, DeadEnd::unknown, 404);
  }
  auto nested = message.nested(*inside);
  return nested ? show_body(call, *nested)
                : unavailable(parts_, call.request, call.id, std::move(nested.error()));
}

Response ReadingPages::show_message(EntryCall& call, const OpenedMessage& message) {
  const PageFrame page_frame = frame(call, "/message");
  MessagePage page;
  page.link_path = call.link_path;
  page.reference = escrow::reference_of(call.id);
  page.form_token = call.session->form_token;
  page.account_offer = parts_.accounts != nullptr && !call.account;
  page.session_minutes = parts_.sessions.idle().count();
  page.facts = facts_of(message, *call.visit.facts, page_frame.texts);
  page.body = body_of(message, call.link_path + "/body");
  page.files = files_of(message, page_frame);
  page.appointments = appointments_of(message, page_frame.texts);
  replies_.put_into(page, call, page_frame, message);
  return page_reply(call.request, 200, message_page(page_frame, page),
                    page.body.html_path.empty() ? Frames::none : Frames::own_body);
}

Response ReadingPages::show_body(EntryCall& call, const OpenedMessage& message) {
  if (!message.html()) {
    return redirect_reply(call.request, call.link_path + "/message");
  }
  auto harmless = harmless_html(message);
  if (!harmless) {
    return unavailable(parts_, call.request, call.id, std::move(harmless.error()));
  }
  return body_reply(call.request, body_document(frame(call, {}), harmless->markup));
}

Response ReadingPages::show_print(EntryCall& call, const OpenedMessage& message) {
  const PageFrame page_frame = frame(call, {});
  Html body;
  const auto harmless = message.html() ? std::optional(harmless_html(message)) : std::nullopt;
  const bool html_shown = harmless && *harmless;
  if (html_shown) {
    body = (*harmless)->markup;
  } else if (unreadable(message, false)) {
    body = warning(sentence(page_frame, "print_unreadable"));
  } else if (trim(message.text().value_or("")).empty()) {
    body = paragraph(sentence(page_frame, "no_body"));
  } else {
    body = fill("<div class=\"plain\">{text}</div>", {{"text", message.text().value_or("")}});
  }
  return body_reply(
      call.request,
      print_document(page_frame, facts_of(message, *call.visit.facts, page_frame.texts), body,
                     files_of(message, page_frame)));
}

Response ReadingPages::give(EntryCall& call, const OpenedMessage& message) {
  const auto viewed = number_behind(kView, call.what);
  const auto saved = number_behind(kSave, call.what);
  const std::optional<std::size_t> number = viewed ? viewed : saved;
  if (number && *number >= message.attachments().size()) {
    return dead_end(parts_, call.request, DeadEnd::unknown, 404);
  }
  Response response = viewed  ? view(call, *viewed, message)
                      : saved ? file(call, *saved, message, {})
                              : original(call, message);
  if (response.status != 200) {
    return response;
  }
  if (Status recorded = record_events(parts_.journal, *call.visit.facts, call.request.peer,
                                      {audit::Event::downloaded});
      !recorded) {
    return unavailable(parts_, call.request, call.id, std::move(recorded.error()));
  }
  return response;
}

Response ReadingPages::original(EntryCall& call, const OpenedMessage& message) {
  return file_reply(call.request, "message/rfc822",
                    "message-" + escrow::reference_of(call.id) + ".eml", message.original());
}

Response ReadingPages::view(EntryCall& call, std::size_t number, const OpenedMessage& message) {
  const Attachment& attachment = message.attachments()[number];
  switch (view_of(attachment)) {
    case FileView::text:
      return view_text(call, number, message);
    case FileView::message:
      return view_message(call, number, message);
    default:
      break;
  }
  const auto start = message.attachment_start(number, kFileStart);
  return file(call, number, message, viewed_type(attachment, start.value_or(std::string())));
}

FilePage ReadingPages::file_page_of(const EntryCall& call, std::size_t number,
                                    const OpenedMessage& message, const PageFrame& page_frame) {
  FilePage page;
  page.link_path = call.link_path;
  page.form_token = call.session->form_token;
  page.number = number + 1;
  page.name = file_name_of(message.attachments()[number], page.number, page_frame);
  return page;
}

Response ReadingPages::view_text(EntryCall& call, std::size_t number,
                                 const OpenedMessage& message) {
  const PageFrame page_frame = frame(call, {});
  auto text = message.attachment_text(number);
  if (!text) {
    return unavailable(parts_, call.request, call.id, std::move(text.error()));
  }
  FilePage page = file_page_of(call, number, message, page_frame);
  page.body.text = std::move(*text);
  return page_reply(call.request, 200, file_page(page_frame, page));
}

Response ReadingPages::view_message(EntryCall& call, std::size_t number,
                                    const OpenedMessage& message) {
  const PageFrame page_frame = frame(call, {});
  auto nested = message.nested(number);
  if (!nested) {
    return unavailable(parts_, call.request, call.id, std::move(nested.error()));
  }
  FilePage page = file_page_of(call, number, message, page_frame);
  page.facts = facts_of(*nested, *call.visit.facts, page_frame.texts);
  page.body = body_of(*nested, call.link_path + "/body/" + std::to_string(page.number));
  return page_reply(call.request, 200, file_page(page_frame, page),
                    page.body.html_path.empty() ? Frames::none : Frames::own_body);
}

Response ReadingPages::file(EntryCall& call, std::size_t number, const OpenedMessage& message,
                            std::string_view viewed_as) {
  auto bytes = message.attachment(number);
  if (!bytes) {
    return unavailable(parts_, call.request, call.id, std::move(bytes.error()));
  }
  const Attachment& attachment = message.attachments()[number];
  std::string name =
      attachment.name.empty() ? "file-" + std::to_string(number + 1) : attachment.name;
  if (attachment.name.empty() && attachment.type == "text/calendar") {
    name += ".ics";
  }
  return viewed_as.empty() ? file_reply(call.request, attachment.type, name, std::move(*bytes))
                           : viewed_file_reply(call.request, viewed_as, name, std::move(*bytes));
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
