// SPDX-License-Identifier: Apache-2.0
#include "portal/message_page.h"

#include <algorithm>

#include "base/limits.h"

namespace phimilter::portal {
namespace {

std::string language_query(const PageFrame& frame) {
  return frame.language.empty() ? std::string() : "?lang=" + frame.language;
}

Html facts_part(const PageFrame& frame, const MessageFacts& facts) {
  return fact_list({{sentence(frame, "from_label"), facts.from},
                    {sentence(frame, "date_label"), facts.date},
                    subject_fact(frame, facts.subject)});
}

Html blocked_line(const PageFrame& frame, std::size_t count) {
  return fill("<p class=\"soft\">{text}</p>\n",
              {{"text", count == 1 ? sentence(frame, "remote_blocked_one")
                                   : sentence(frame, "remote_blocked",
                                              {{"count", std::to_string(count)}})}});
}

Html body_part(const PageFrame& frame, const MessageBody& body) {
  Html out = fill("<h2>{heading}</h2>\n", {{"heading", sentence(frame, "body_heading")}});
  if (body.remote_blocked > 0) {
    out += blocked_line(frame, body.remote_blocked);
  }
  if (body.unreadable) {
    out += warning(sentence(frame, "html_unreadable"), {});
  }
  if (!body.html_path.empty()) {
    // Without scripts, forms and an origin of its own; links may open a page beside this one.
    out += fill(
        "<iframe src=\"{path}\" title=\"{title}\" "
        "sandbox=\"allow-popups allow-popups-to-escape-sandbox\" "
        "referrerpolicy=\"no-referrer\"></iframe>\n"
        "<p><a href=\"{path}\">{open}</a></p>\n",
        {{"path", body.html_path},
         {"title", sentence(frame, "body_frame_title")},
         {"open", sentence(frame, "body_open")}});
  } else if (body.text && body.text->find_first_not_of(" \t\r\n") != std::string::npos) {
    out += fill("<div class=\"letter\" dir=\"auto\">{text}</div>\n", {{"text", *body.text}});
  } else if (!body.unreadable) {
    out += paragraph(sentence(frame, "no_body"));
  }
  return out;
}

Html appointment_list(const PageFrame& frame, const MessagePage& page) {
  if (page.appointments.empty()) {
    return {};
  }
  Html out = fill("<h2>{heading}</h2>\n", {{"heading", sentence(frame, "calendar_heading")}});
  for (const Appointment& each : page.appointments) {
    out += Html::of_markup("<div class=\"appointment\">");
    if (each.cancelled) {
      out += fill("<p class=\"cancelled\">{text}</p>",
                  {{"text", sentence(frame, "calendar_cancelled")}});
    }
    out += fill("<p class=\"when\">{when}</p><p dir=\"auto\"><strong>{what}</strong></p>",
                {{"when", each.when}, {"what", each.what}});
    if (!each.where.empty()) {
      out += fill("<p dir=\"auto\">{where}</p>", {{"where", each.where}});
    }
    out += Html::of_markup("</div>\n");
  }
  out += fill("<p class=\"hint soft\">{text}</p>\n", {{"text", sentence(frame, "calendar_hint")}});
  return out;
}

Html file_button(const PageFrame& frame, const MessagePage& page, const FileRow& file,
                 std::string_view verb, std::string_view label) {
  return fill(
      "<form method=\"post\" action=\"{path}/{verb}/{number}\">{token}{language}"
      "<button type=\"submit\" class=\"second\" id=\"{verb}{number}\" "
      "aria-labelledby=\"{verb}{number} file{number}\">{label}</button></form>",
      {{"path", page.link_path},
       {"verb", std::string(verb)},
       {"number", std::to_string(file.number)},
       {"token", token_field(page.form_token)},
       {"language", language_field(frame)},
       {"label", sentence(frame, label)}});
}

Html file_list(const PageFrame& frame, const MessagePage& page) {
  if (page.files.empty()) {
    return {};
  }
  Html out = fill("<h2>{heading}</h2>\n<ul class=\"files\">\n",
                  {{"heading", sentence(frame, "attachments_heading")}});
  for (const FileRow& file : page.files) {
    out += fill(
        "<li><div class=\"file\"><span id=\"file{number}\"><strong "
        "dir=\"auto\">{name}</strong></span>"
        "<span class=\"soft\">{type}, {size}</span></div><div class=\"buttons\">",
        {{"number", std::to_string(file.number)},
         {"name", file.name},
         {"type", human_type(frame.texts, file.type)},
         {"size", human_size(file.size)}});
    if (file.can_view) {
      out += file_button(frame, page, file, "view", "view_button");
    }
    out += file_button(frame, page, file, "attachment", "download_button");
    out += Html::of_markup("</div></li>\n");
  }
  out += Html::of_markup("</ul>\n");
  return out;
}

Html reply_links(const PageFrame& frame, const MessagePage& page) {
  Html out;
  const auto link = [&](bool wanted, std::string_view name, std::string_view label,
                        std::string_view style) {
    if (wanted) {
      out += fill("<p><a class=\"{style}\" href=\"{path}/{name}{query}\">{label}</a></p>\n",
                  {{"style", std::string(style)},
                   {"path", page.link_path},
                   {"name", std::string(name)},
                   {"query", language_query(frame)},
                   {"label", sentence(frame, label)}});
    }
  };
  link(page.can_reply, "reply", "reply_link", "button wide");
  link(page.can_reply_all, "reply-all", "reply_all_link", "button second wide");
  link(page.can_forward, "forward", "forward_link", "button second wide");
  return out;
}

Html reply_list(const PageFrame& frame, const MessagePage& page) {
  if (page.replies.empty()) {
    return {};
  }
  Html out = fill("<h2>{heading}</h2>\n", {{"heading", sentence(frame, "replies_heading")}});
  for (const SentReplyRow& reply : page.replies) {
    out += fill("<div class=\"reply\"><p class=\"soft\">{date}</p>", {{"date", reply.date}});
    if (!reply.to.empty()) {
      out += paragraph(sentence(frame, "forwarded_to", {{"address", reply.to}}));
    }
    if (!reply.text.empty()) {
      out += fill("<div class=\"letter\" dir=\"auto\">{text}</div>", {{"text", reply.text}});
    }
    if (!reply.refused.empty()) {
      out += warning(sentence(frame, "reply_refused_for", {{"addresses", reply.refused}}));
    }
    for (const std::string& file : reply.files) {
      out += fill("<p class=\"soft\" dir=\"auto\">{file}</p>", {{"file", file}});
    }
    out += Html::of_markup("</div>\n");
  }
  return out;
}

Html keep_and_close(const PageFrame& frame, const MessagePage& page) {
  return fill(
      "<h2>{keep}</h2>\n<p><a href=\"{path}/print{query}\">{print}</a></p>\n"
      "<p class=\"hint soft\">{print_hint}</p>\n<form method=\"post\" "
      "action=\"{path}/original\">{token}"
      "<button type=\"submit\" class=\"second\">{original}</button></form>\n"
      "<p class=\"hint soft\">{original_hint}</p>\n"
      "<div class=\"close\"><form method=\"post\" action=\"{path}/logout\">{token}{language}"
      "<button type=\"submit\" class=\"wide\">{logout}</button></form>\n"
      "<p class=\"hint soft\">{logout_hint}</p></div>\n"
      "<p class=\"soft\">{reference_label}: {reference}</p>",
      {{"keep", sentence(frame, "original_heading")},
       {"query", language_query(frame)},
       {"print", sentence(frame, "print_link")},
       {"print_hint", sentence(frame, "print_hint")},
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

std::string bare_document(const PageFrame& frame, const std::string& title, const Html& body) {
  return fill(
             "<!DOCTYPE html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
             "<title>{title}</title><link rel=\"stylesheet\" href=\"/style.css\"></head>"
             "<body class=\"letter-page\"><main>{body}</main></body></html>\n",
             {{"language", frame.texts.language()}, {"title", title}, {"body", body}})
      .str();
}

}  // namespace

std::string message_page(const PageFrame& frame, const MessagePage& page) {
  Html content;
  if (page.just_sent) {
    content += fill("<div class=\"done\" role=\"status\"><p>{text}</p></div>\n",
                    {{"text", sentence(frame, "reply_sent")}});
  }
  content += facts_part(frame, page.facts);
  content += body_part(frame, page.body);
  content += appointment_list(frame, page);
  content += file_list(frame, page);
  content += reply_list(frame, page);
  content += reply_links(frame, page);
  content += keep_and_close(frame, page);
  if (page.account_offer) {
    content += fill("<p class=\"soft\">{text} <a href=\"{path}/account\">{link}</a></p>\n",
                    {{"text", sentence(frame, "account_offer")},
                     {"path", page.link_path},
                     {"link", sentence(frame, "account_offer_link")}});
  }
  return whole_page(frame, sentence(frame, "message_title"), content);
}

std::string file_page(const PageFrame& frame, const FilePage& page) {
  Html content = fill("<p><a href=\"{path}/message{query}\">{back}</a></p>\n",
                      {{"path", page.link_path},
                       {"query", language_query(frame)},
                       {"back", sentence(frame, "back_link")}});
  if (page.facts) {
    content += facts_part(frame, *page.facts);
    content += body_part(frame, page.body);
  } else {
    content += fill("<div class=\"letter\" dir=\"auto\">{text}</div>\n",
                    {{"text", page.body.text.value_or("")}});
  }
  content += fill(
      "<form class=\"after\" method=\"post\" action=\"{path}/attachment/{number}\">{token}"
      "<button type=\"submit\" class=\"second\">{save}</button></form>\n",
      {{"path", page.link_path},
       {"number", std::to_string(page.number)},
       {"token", token_field(page.form_token)},
       {"save", sentence(frame, "download_button")}});
  return whole_page(frame, page.name, content);
}

std::string body_document(const PageFrame& frame, const Html& body) {
  return bare_document(frame, sentence(frame, "body_frame_title"), body);
}

std::string print_document(const PageFrame& frame, const MessageFacts& facts, const Html& body,
                           const std::vector<FileRow>& files) {
  Html content = fill("<h1 class=\"clinic\">{name}</h1>", {{"name", frame.organisation_name}});
  content += facts_part(frame, facts);
  content += fill("<div class=\"printed\" dir=\"auto\">{body}</div>", {{"body", body}});
  if (!files.empty()) {
    content +=
        fill("<h2>{heading}</h2><ul>", {{"heading", sentence(frame, "attachments_heading")}});
    for (const FileRow& file : files) {
      content += fill("<li dir=\"auto\">{name}, {size}</li>",
                      {{"name", file.name}, {"size", human_size(file.size)}});
    }
    content += Html::of_markup("</ul>");
  }
  return bare_document(frame, sentence(frame, "message_title"), content);
}

}  // namespace phimilter::portal
