// SPDX-License-Identifier: Apache-2.0
#include "portal/pages.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::portal {
namespace {

// What an address bar takes behind "tel:": digits and a leading plus.
std::string dialled(const std::string& phone) {
  std::string out;
  for (const char c : phone) {
    if ((c >= '0' && c <= '9') || (c == '+' && out.empty())) {
      out += c;
    }
  }
  return out;
}

std::string get(const PageFrame& frame, std::string_view key, TextArguments arguments = {}) {
  arguments.emplace_back("name", frame.organisation_name);
  arguments.emplace_back("phone", frame.organisation_phone);
  return frame.texts.get(key, arguments);
}

Html language_switch(const PageFrame& frame) {
  if (frame.path.empty()) {
    return {};
  }
  const std::string other = frame.texts.language() == "es" ? "en" : "es";
  return fill("<a href=\"{path}?lang={other}\" lang=\"{other}\" hreflang=\"{other}\">{name}</a>",
              {{"path", frame.path}, {"other", other}, {"name", get(frame, "other_language")}});
}

Html help(const PageFrame& frame) {
  if (frame.organisation_phone.empty()) {
    return {};
  }
  return fill(
      "<aside class=\"help column\"><h2>{heading}</h2><p>{text} "
      "<a class=\"phone\" href=\"tel:{dialled}\">{phone}</a></p></aside>",
      {{"heading", get(frame, "help_heading")},
       {"text", get(frame, "help_text")},
       {"dialled", dialled(frame.organisation_phone)},
       {"phone", frame.organisation_phone}});
}

std::string whole_page(const PageFrame& frame, const std::string& title, const Html& content) {
  return fill(
             "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"robots\" content=\"noindex, nofollow\">\n"
             "<meta name=\"format-detection\" content=\"telephone=no\">\n"
             "<title>{title} \xE2\x80\x93 {name}</title>\n"
             "<link rel=\"icon\" href=\"data:,\">\n"
             "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n"
             "<a class=\"skip\" href=\"#page\">{skip}</a>\n"
             "<header class=\"column\"><p class=\"clinic\">{name}</p>{switch}</header>\n"
             "<main id=\"page\" class=\"column\" "
             "tabindex=\"-1\">\n<h1>{title}</h1>\n{content}\n</main>\n{help}\n"
             "<footer class=\"column\"><p class=\"soft\">{footer}</p></footer>\n</body>\n</html>\n",
             {{"language", frame.texts.language()},
              {"title", title},
              {"name", frame.organisation_name},
              {"skip", get(frame, "skip_link")},
              {"switch", language_switch(frame)},
              {"content", content},
              {"help", help(frame)},
              {"footer", get(frame, "footer")}})
      .str();
}

Html paragraph(const std::string& text) {
  return fill("<p>{text}</p>\n", {{"text", text}});
}

Html language_field(const PageFrame& frame) {
  if (frame.language.empty()) {
    return {};
  }
  return fill("<input type=\"hidden\" name=\"lang\" value=\"{language}\">",
              {{"language", frame.language}});
}

Html warning(const std::string& strong, const std::string& text) {
  return fill(
      "<div class=\"warning\" role=\"alert\"><p><strong>{strong}</strong>{text}</p></div>\n",
      {{"strong", strong}, {"text", text.empty() ? text : " " + text}});
}

Html reference_line(const PageFrame& frame, const std::string& reference) {
  return fill(
      "<p class=\"reference soft\">{label}: <strong>{reference}</strong>"
      "<span class=\"hint\">{hint}</span></p>\n",
      {{"label", get(frame, "reference_label")},
       {"reference", reference},
       {"hint", get(frame, "proof_reference_hint")}});
}

Html proof_notice(const PageFrame& frame, const ProofPage& page) {
  switch (page.notice) {
    case Notice::wrong:
      return warning(get(frame, page.kind == ProofKind::question ? "wrong_answer" : "wrong_code"),
                     page.tries_left == 1
                         ? get(frame, "tries_left_one")
                         : get(frame, "tries_left", {{"count", std::to_string(page.tries_left)}}));
    case Notice::code_too_many:
      return warning(get(frame, "code_too_many"), {});
    case Notice::no_code:
      return warning(get(frame, "code_missing"), {});
    case Notice::empty_answer:
      return warning(get(frame, "answer_empty"), {});
    case Notice::session_over:
      return warning(get(frame, "session_over"), {});
    default:
      return {};
  }
}

Html question_form(const PageFrame& frame, const ProofPage& page) {
  return fill(
      "<h2>{heading}</h2>\n<p class=\"question\" id=\"question\">{question}</p>\n"
      "<form method=\"post\" action=\"{path}/proof\">{language}"
      "<label for=\"answer\">{label}</label>"
      "<input type=\"text\" id=\"answer\" name=\"answer\" required maxlength=\"{longest}\" "
      "autocomplete=\"off\" autocapitalize=\"off\" autocorrect=\"off\" spellcheck=\"false\" "
      "aria-describedby=\"question hint\">"
      "<p class=\"hint soft\" id=\"hint\">{hint}</p>"
      "<button type=\"submit\" class=\"wide\">{button}</button></form>\n",
      {{"heading", get(frame, "question_heading")},
       {"question", page.question},
       {"path", page.link_path},
       {"language", language_field(frame)},
       {"label", get(frame, "answer_label")},
       {"longest", std::to_string(limits::kProofAnswer)},
       {"hint", get(frame, "question_hint")},
       {"button", get(frame, "open_button")}});
}

Html code_button(const PageFrame& frame, const ProofPage& page, bool again) {
  return fill(
      "<form method=\"post\" action=\"{path}/code\">{language}"
      "<button type=\"submit\" class=\"{class}\">{button}</button></form>\n",
      {{"path", page.link_path},
       {"language", language_field(frame)},
       {"class", again ? "second wide" : "wide"},
       {"button", get(frame, again ? "code_again" : "code_button")}});
}

Html code_form(const PageFrame& frame, const ProofPage& page) {
  if (!page.code_waits) {
    Html out = fill("<h2>{heading}</h2>\n<p>{intro}</p>\n",
                    {{"heading", get(frame, "code_heading")}, {"intro", get(frame, "code_intro")}});
    out += code_button(frame, page, false);
    return out;
  }
  Html out = fill(
      "<h2>{heading}</h2>\n<p role=\"status\">{sent}</p>\n"
      "<form method=\"post\" action=\"{path}/proof\">{language}<label "
      "for=\"answer\">{label}</label>"
      "<input type=\"text\" class=\"code\" id=\"answer\" name=\"answer\" required maxlength=\"20\" "
      "inputmode=\"numeric\" autocomplete=\"one-time-code\" spellcheck=\"false\" "
      "aria-describedby=\"hint\">"
      "<p class=\"hint soft\" id=\"hint\">{hint}</p>"
      "<button type=\"submit\" class=\"wide\">{button}</button></form>\n<p></p>\n",
      {{"heading", get(frame, "code_heading")},
       {"sent", get(frame, "code_sent")},
       {"path", page.link_path},
       {"language", language_field(frame)},
       {"label", get(frame, "code_label")},
       {"hint",
        get(frame, "code_sent_hint",
            {{"minutes", std::to_string(limits::kCodeS / 60)}, {"reference", page.reference}})},
       {"button", get(frame, "open_button")}});
  out += code_button(frame, page, true);
  return out;
}

Html token_field(const MessagePage& page) {
  return fill("<input type=\"hidden\" name=\"token\" value=\"{token}\">",
              {{"token", page.form_token}});
}

Html facts_list(const PageFrame& frame, const MessagePage& page) {
  return fill(
      "<dl class=\"facts\"><div><dt>{from_label}</dt><dd>{from}</dd></div>"
      "<div><dt>{date_label}</dt><dd>{date}</dd></div>"
      "<div><dt>{subject_label}</dt><dd class=\"subject\">{subject}</dd></div></dl>\n",
      {{"from_label", get(frame, "from_label")},
       {"from", page.from},
       {"date_label", get(frame, "date_label")},
       {"date", page.date},
       {"subject_label", get(frame, "subject_label")},
       {"subject", page.subject.empty() ? get(frame, "no_subject") : page.subject}});
}

Html body_part(const PageFrame& frame, const MessagePage& page) {
  Html out = fill("<h2>{heading}</h2>\n", {{"heading", get(frame, "body_heading")}});
  if (page.remote_blocked > 0) {
    out += fill("<p class=\"soft\">{text}</p>\n",
                {{"text", page.remote_blocked == 1
                              ? get(frame, "remote_blocked_one")
                              : get(frame, "remote_blocked",
                                    {{"count", std::to_string(page.remote_blocked)}})}});
  }
  if (page.html_unreadable) {
    out += warning(get(frame, "html_unreadable"), {});
  }
  if (page.html) {
    // Without scripts, forms and an origin of its own; links may open a page beside this one.
    out += fill(
        "<iframe src=\"{path}/body\" title=\"{title}\" "
        "sandbox=\"allow-popups allow-popups-to-escape-sandbox\" "
        "referrerpolicy=\"no-referrer\"></iframe>\n"
        "<p><a href=\"{path}/body\">{open}</a></p>\n",
        {{"path", page.link_path},
         {"title", get(frame, "body_frame_title")},
         {"open", get(frame, "body_open")}});
  } else if (page.text && page.text->find_first_not_of(" \t\r\n") != std::string::npos) {
    out += fill("<div class=\"letter\">{text}</div>\n", {{"text", *page.text}});
  } else if (!page.html_unreadable) {
    out += paragraph(get(frame, "no_body"));
  }
  return out;
}

Html file_list(const PageFrame& frame, const MessagePage& page) {
  if (std::ranges::all_of(page.attachments, &Attachment::in_body)) {
    return {};
  }
  Html out = fill("<h2>{heading}</h2>\n<ul class=\"files\">\n",
                  {{"heading", get(frame, "attachments_heading")}});
  for (std::size_t i = 0; i < page.attachments.size(); ++i) {
    const Attachment& file = page.attachments[i];
    if (file.in_body) {
      continue;
    }
    const std::string number = std::to_string(i + 1);
    const std::string name =
        file.name.empty() ? get(frame, "attachment_unnamed", {{"number", number}}) : file.name;
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
         {"token", token_field(page)},
         {"save", get(frame, "download_button")}});
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
      {{"keep", get(frame, "original_heading")},
       {"path", page.link_path},
       {"token", token_field(page)},
       {"language", language_field(frame)},
       {"original", get(frame, "original_button")},
       {"original_hint", get(frame, "original_hint")},
       {"logout", get(frame, "logout_button")},
       {"logout_hint",
        get(frame, "logout_hint", {{"minutes", std::to_string(limits::kSessionIdleS / 60)}})},
       {"reference_label", get(frame, "reference_label")},
       {"reference", page.reference}});
}

}  // namespace

std::string human_size(std::size_t bytes) {
  if (bytes < 1000) {
    return std::to_string(bytes) + " B";
  }
  if (bytes < 1'000'000) {
    return std::to_string((bytes + 500) / 1000) + " KB";
  }
  const std::size_t tenths = (bytes + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

std::string human_date(const Texts& texts, const SentDate& date) {
  const std::string months = texts.get("months");
  const auto names = split(months, ',');
  require(date.month >= 1 && names.size() == 12 && date.month <= 12, "a month has no name");
  const auto two_digits = [](int number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return texts.get("date_form",
                   {{"month", std::string(trim(names[static_cast<std::size_t>(date.month - 1)]))},
                    {"day", std::to_string(date.day)},
                    {"year", std::to_string(date.year)},
                    {"time", two_digits(date.hour) + ":" + two_digits(date.minute)}});
}

std::string proof_page(const PageFrame& frame, const ProofPage& page) {
  Html content = proof_notice(frame, page);
  content += paragraph(get(frame, "proof_intro"));
  content += page.kind == ProofKind::question ? question_form(frame, page) : code_form(frame, page);
  content += reference_line(frame, page.reference);
  return whole_page(frame, get(frame, "proof_title"), content);
}

std::string message_page(const PageFrame& frame, const MessagePage& page) {
  Html content = facts_list(frame, page);
  content += body_part(frame, page);
  content += file_list(frame, page);
  content += keep_and_close(frame, page);
  return whole_page(frame, get(frame, "message_title"), content);
}

std::string dead_end_page(const PageFrame& frame, DeadEnd end, std::int64_t locked_s,
                          const std::string& link_path) {
  const auto simple = [&frame](std::string_view title, std::string_view text) {
    return whole_page(frame, get(frame, title), paragraph(get(frame, text)));
  };
  switch (end) {
    case DeadEnd::unknown:
      return simple("unknown_title", "unknown_text");
    case DeadEnd::expired:
      return simple("expired_title", "expired_text");
    case DeadEnd::retracted:
      return simple("retracted_title", "retracted_text");
    case DeadEnd::unavailable:
      return simple("unavailable_title", "unavailable_text");
    case DeadEnd::refused:
      return simple("refused_title", "refused_text");
    case DeadEnd::too_large:
      return simple("refused_title", "too_large_text");
    case DeadEnd::locked: {
      const std::int64_t minutes = std::max<std::int64_t>(1, (locked_s + 59) / 60);
      const std::int64_t hours = (minutes + 59) / 60;
      Html content = paragraph(
          minutes <= 90 ? get(frame, "locked_text", {{"minutes", std::to_string(minutes)}})
                        : get(frame, "locked_text_hours", {{"hours", std::to_string(hours)}}));
      content += paragraph(get(frame, "locked_hint"));
      return whole_page(frame, get(frame, "locked_title"), content);
    }
    case DeadEnd::closed: {
      Html content = paragraph(get(frame, "closed_text"));
      content += fill("<p><a href=\"{path}\">{again}</a></p>",
                      {{"path", link_path}, {"again", get(frame, "read_again")}});
      return whole_page(frame, get(frame, "closed_title"), content);
    }
  }
  return simple("refused_title", "refused_text");
}

std::string body_document(const PageFrame& frame, const Html& body) {
  return fill(
             "<!DOCTYPE html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
             "<title>{title}</title><link rel=\"stylesheet\" href=\"/style.css\"></head>"
             "<body class=\"letter-page\">{body}</body></html>\n",
             {{"language", frame.texts.language()},
              {"title", get(frame, "body_frame_title")},
              {"body", body}})
      .str();
}

}  // namespace phimilter::portal
