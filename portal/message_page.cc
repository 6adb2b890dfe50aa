// SPDX-License-Identifier: Apache-2.0
#include "portal/message_page.h"

#include <algorithm>

#include "base/limits.h"

namespace phimilter::portal {
namespace {

Html facts_list(const PageFrame& frame, const MessagePage& page) {
  return fill(
      "<dl class=\"facts\"><div><dt>{from_label}</dt><dd>{from}</dd></div>"
      "<div><dt>{date_label}</dt><dd>{date}</dd></div>"
      "<div><dt>{subject_label}</dt><dd class=\"subject\">{subject}</dd></div></dl>\n",
      {{"from_label", sentence(frame, "from_label")},
       {"from", page.from},
       {"date_label", sentence(frame, "date_label")},
       {"date", page.date},
       {"subject_label", sentence(frame, "subject_label")},
       {"subject", page.subject.empty() ? sentence(frame, "no_subject") : page.subject}});
}

Html body_part(const PageFrame& frame, const MessagePage& page) {
  Html out = fill("<h2>{heading}</h2>\n", {{"heading", sentence(frame, "body_heading")}});
  if (page.remote_blocked > 0) {
    out += fill("<p class=\"soft\">{text}</p>\n",
                {{"text", page.remote_blocked == 1
                              ? sentence(frame, "remote_blocked_one")
                              : sentence(frame, "remote_blocked",
                                         {{"count", std::to_string(page.remote_blocked)}})}});
  }
  if (page.html_unreadable) {
    out += warning(sentence(frame, "html_unreadable"), {});
  }
  if (page.html) {
    // Without scripts, forms and an origin of its own; links may open a page beside this one.
    out += fill(
        "<iframe src=\"{path}/body\" title=\"{title}\" "
        "sandbox=\"allow-popups allow-popups-to-escape-sandbox\" "
        "referrerpolicy=\"no-referrer\"></iframe>\n"
        "<p><a href=\"{path}/body\">{open}</a></p>\n",
        {{"path", page.link_path},
         {"title", sentence(frame, "body_frame_title")},
         {"open", sentence(frame, "body_open")}});
  } else if (page.text && page.text->find_first_not_of(" \t\r\n") != std::string::npos) {
    out += fill("<div class=\"letter\">{text}</div>\n", {{"text", *page.text}});
  } else if (!page.html_unreadable) {
    out += paragraph(sentence(frame, "no_body"));
  }
  return out;
}

Html file_list(const PageFrame& frame, const MessagePage& page) {
  if (std::ranges::all_of(page.attachments, &Attachment::in_body)) {
    return {};
  }
  Html out = fill("<h2>{heading}</h2>\n<ul class=\"files\">\n",
                  {{"heading", sentence(frame, "attachments_heading")}});
  for (std::size_t i = 0; i < page.attachments.size(); ++i) {
    const Attachment& file = page.attachments[i];
    if (file.in_body) {
      continue;
    }
    const std::string number = std::to_string(i + 1);
    const std::string name =
        file.name.empty() ? sentence(frame, "attachment_unnamed", {{"number", number}}) : file.name;
    out += fill(
        "<li><div class=\"file\"><span id=\"file{number}\"><strong>{name}</strong></span>"
        "<span class=\"soft\">{type}, {size}</span></div>"
        "<form method=\"post\" action=\"{path}/attachment/{number}\">{token}"
        "<button type=\"submit\" class=\"second\" id=\"save{number}\" "
        "aria-labelledby=\"save{number} file{number}\">{save}</button></form></li>\n",
        {{"number", number},
         {"name", name},
         {"type", file.type},
         {"size", human_size(file.size)},
         {"path", page.link_path},
         {"token", token_field(page.form_token)},
         {"save", sentence(frame, "download_button")}});
  }
  out += Html::of_markup("</ul>\n");
  return out;
}

Html keep_and_close(const PageFrame& frame, const MessagePage& page) {
  return fill(
      "<h2>{keep}</h2>\n<form method=\"post\" action=\"{path}/original\">{token}"
      "<button type=\"submit\" class=\"second\">{original}</button></form>\n"
      "<p class=\"hint soft\">{original_hint}</p>\n"
      "<div class=\"close\"><form method=\"post\" action=\"{path}/logout\">{token}{language}"
      "<button type=\"submit\" class=\"wide\">{logout}</button></form>\n"
      "<p class=\"hint soft\">{logout_hint}</p></div>\n"
      "<p class=\"soft\">{reference_label}: {reference}</p>",
      {{"keep", sentence(frame, "original_heading")},
       {"path", page.link_path},
       {"token", token_field(page.form_token)},
       {"language", language_field(frame)},
       {"original", sentence(frame, "original_button")},
       {"original_hint", sentence(frame, "original_hint")},
       {"logout", sentence(frame, "logout_button")},
       {"logout_hint",
        sentence(frame, "logout_hint", {{"minutes", std::to_string(page.session_minutes)}})},
       {"reference_label", sentence(frame, "reference_label")},
       {"reference", page.reference}});
}

}  // namespace

std::string message_page(const PageFrame& frame, const MessagePage& page) {
  Html content = facts_list(frame, page);
  content += body_part(frame, page);
  content += file_list(frame, page);
  content += keep_and_close(frame, page);
  if (page.account_offer) {
    content += fill("<p class=\"soft\">{text} <a href=\"{path}/account\">{link}</a></p>\n",
                    {{"text", sentence(frame, "account_offer")},
                     {"path", page.link_path},
                     {"link", sentence(frame, "account_offer_link")}});
  }
  return whole_page(frame, sentence(frame, "message_title"), content);
}

std::string body_document(const PageFrame& frame, const Html& body) {
  return fill(
             "<!DOCTYPE html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
             "<title>{title}</title><link rel=\"stylesheet\" href=\"/style.css\"></head>"
             "<body class=\"letter-page\">{body}</body></html>\n",
             {{"language", frame.texts.language()},
              {"title", sentence(frame, "body_frame_title")},
              {"body", body}})
      .str();
}

}  // namespace phimilter::portal
