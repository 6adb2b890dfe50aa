// SPDX-License-Identifier: Apache-2.0
#include "portal/message_values.h"

#include "portal/calendar.h"
#include "portal/file_view.h"
#include "portal/human.h"

namespace phimilter::portal {

MessageFacts facts_of(const OpenedMessage& message, const escrow::EntryFacts& entry,
                      const Texts& texts) {
  return {message.from().empty() ? entry.sender : message.from(),
          moment_in_words(texts, message.date() ? moment_of(*message.date()) : entry.created),
          message.subject()};
}

Result<SanitisedHtml> harmless_html(const OpenedMessage& message) {
  return sanitise(*message.html(),
                  [&message](std::string_view id) { return message.inline_image(id); });
}

bool unreadable(const OpenedMessage& message, bool html_shown) {
  return message.too_dear() || (message.html() && !html_shown && !message.text());
}

MessageBody body_of(const OpenedMessage& message, const std::string& html_path) {
  MessageBody body;
  body.text = message.text();
  if (message.html()) {
    const auto harmless = harmless_html(message);
    body.html_path = harmless ? html_path : std::string();
    body.remote_blocked = harmless ? harmless->remote_blocked : 0;
  }
  body.unreadable = unreadable(message, !body.html_path.empty());
  return body;
}

std::string file_name_of(const Attachment& file, std::size_t number, const PageFrame& frame) {
  if (!file.name.empty()) {
    return file.name;
  }
  if (file.type == "text/calendar") {
    return sentence(frame, "calendar_file");
  }
  return sentence(frame, "attachment_unnamed", {{"number", std::to_string(number)}});
}

std::vector<FileRow> files_of(const OpenedMessage& message, const PageFrame& frame) {
  std::vector<FileRow> rows;
  for (std::size_t i = 0; i < message.attachments().size(); ++i) {
    const Attachment& file = message.attachments()[i];
    if (!file.in_body) {
      rows.push_back({i + 1, file_name_of(file, i + 1, frame), file.type, file.size,
                      view_of(file) != FileView::none});
    }
  }
  return rows;
}

std::vector<Appointment> appointments_of(const OpenedMessage& message, const Texts& texts) {
  std::vector<Appointment> all;
  for (std::size_t i = 0; i < message.attachments().size() && all.size() < kCalendarEvents; ++i) {
    const Attachment& file = message.attachments()[i];
    if (file.type != "text/calendar" || file.size > kCalendarBytes) {
      continue;
    }
    const auto text = message.attachment_text(i);
    for (const CalendarEvent& event : calendar_events(text.value_or(std::string()))) {
      all.push_back({event.summary, human_when(texts, event, message.date()), event.location,
                     event.cancelled});
    }
  }
  return all;
}

}  // namespace phimilter::portal
