// SPDX-License-Identifier: Apache-2.0
#include "portal/dead_end_page.h"

#include <algorithm>

namespace phimilter::portal {
namespace {

Html expired_content(const PageFrame& frame) {
  Html content = paragraph(sentence(frame, "expired_text"));
  if (!frame.path.empty()) {
    content += fill(
        "<p>{text}</p>\n<form method=\"post\" action=\"{path}/ask\">{language}"
        "<button type=\"submit\" class=\"wide\">{button}</button></form>\n",
        {{"text", sentence(frame, "ask_again_text")},
         {"path", frame.path},
         {"language", language_field(frame)},
         {"button", sentence(frame, "ask_again_button")}});
  }
  return content;
}

}  // namespace

std::string dead_end_page(const PageFrame& frame, DeadEnd end, std::int64_t locked_s,
                          const std::string& link_path) {
  const auto simple = [&frame](std::string_view title, std::string_view text) {
    return whole_page(frame, sentence(frame, title), paragraph(sentence(frame, text)));
  };
  switch (end) {
    case DeadEnd::unknown:
      return simple("unknown_title", "unknown_text");
    case DeadEnd::expired:
      return whole_page(frame, sentence(frame, "expired_title"), expired_content(frame));
    case DeadEnd::asked:
      return simple("asked_title", "asked_text");
    case DeadEnd::link_needed:
      return simple("link_needed_title", "link_needed_text");
    case DeadEnd::retracted:
      return simple("retracted_title", "retracted_text");
    case DeadEnd::unavailable:
      return simple("unavailable_title", "unavailable_text");
    case DeadEnd::busy:
      return simple("busy_title", "busy_text");
    case DeadEnd::refused:
      return simple("refused_title", "refused_text");
    case DeadEnd::too_large:
      return simple("refused_title", "too_large_text");
    case DeadEnd::locked: {
      const std::int64_t minutes = std::max<std::int64_t>(1, (locked_s + 59) / 60);
      const std::int64_t hours = (minutes + 59) / 60;
      Html content = paragraph(
          minutes <= 90 ? sentence(frame, "locked_text", {{"minutes", std::to_string(minutes)}})
                        : sentence(frame, "locked_text_hours", {{"hours", std::to_string(hours)}}));
      content += paragraph(sentence(frame, "locked_hint"));
      return whole_page(frame, sentence(frame, "locked_title"), content);
    }
    case DeadEnd::closed: {
      Html content = paragraph(sentence(frame, "closed_text"));
      content += fill("<p><a href=\"{path}\">{again}</a></p>",
                      {{"path", link_path}, {"again", sentence(frame, "read_again")}});
      return whole_page(frame, sentence(frame, "closed_title"), content);
    }
  }
  return simple("refused_title", "refused_text");
}

}  // namespace phimilter::portal
