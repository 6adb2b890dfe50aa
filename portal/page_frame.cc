// SPDX-License-Identifier: Apache-2.0
#include "portal/page_frame.h"

namespace phimilter::portal {

std::string sentence(const PageFrame& frame, std::string_view key, TextArguments arguments) {
  arguments.emplace_back("name", frame.organisation_name);
  arguments.emplace_back("phone", frame.organisation_phone);
  return frame.texts.get(key, arguments);
}

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

Html language_switch(const PageFrame& frame) {
  if (frame.path.empty()) {
    return {};
  }
  const std::string other = frame.texts.language() == "es" ? "en" : "es";
  return fill(
      "<a href=\"{path}?lang={other}\" lang=\"{other}\" hreflang=\"{other}\">{name}</a>",
      {{"path", frame.path}, {"other", other}, {"name", sentence(frame, "other_language")}});
}

Html help(const PageFrame& frame) {
  if (frame.organisation_phone.empty()) {
    return {};
  }
  return fill(
      "<aside class=\"help column\"><h2>{heading}</h2><p>{text} "
      "<a class=\"phone\" href=\"tel:{dialled}\">{phone}</a></p></aside>",
      {{"heading", sentence(frame, "help_heading")},
       {"text", sentence(frame, "help_text")},
       {"dialled", dialled(frame.organisation_phone)},
       {"phone", frame.organisation_phone}});
}

Html brand_style(const PageFrame& frame) {
  return frame.style.empty()
             ? Html()
             : fill("<link rel=\"stylesheet\" href=\"{path}\">\n", {{"path", frame.style}});
}

Html clinic(const PageFrame& frame) {
  return frame.logo.empty() ? fill("{name}", {{"name", frame.organisation_name}})
                            : fill("<img class=\"logo\" src=\"{path}\" alt=\"{name}\">",
                                   {{"path", frame.logo}, {"name", frame.organisation_name}});
}

Html footer_line(const PageFrame& frame) {
  return fill("<p class=\"soft\">{line}</p>", {{"line", frame.footer}});
}

}  // namespace

std::string whole_page(const PageFrame& frame, const std::string& title, const Html& content) {
  return fill(
             "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"robots\" content=\"noindex, nofollow\">\n"
             "<meta name=\"format-detection\" content=\"telephone=no\">\n"
             "<title>{title} \xE2\x80\x93 {name}</title>\n"
             "<link rel=\"icon\" href=\"data:,\">\n"
             "<link rel=\"stylesheet\" href=\"/style.css\">\n{style}</head>\n<body>\n"
             "<a class=\"skip\" href=\"#page\">{skip}</a>\n"
             "<header class=\"column\"><p class=\"clinic\">{clinic}</p>{switch}</header>\n"
             "<main id=\"page\" class=\"column\" "
             "tabindex=\"-1\">\n<h1>{title}</h1>\n{content}\n</main>\n{help}\n"
             "<footer class=\"column\"><p "
             "class=\"soft\">{footer}</p>{line}</footer>\n</body>\n</html>\n",
             {{"language", frame.texts.language()},
              {"title", title},
              {"name", frame.organisation_name},
              {"skip", sentence(frame, "skip_link")},
              {"switch", language_switch(frame)},
              {"content", content},
              {"help", help(frame)},
              {"style", brand_style(frame)},
              {"clinic", clinic(frame)},
              {"line", frame.footer.empty() ? Html() : footer_line(frame)},
              {"footer", sentence(frame, "footer")}})
      .str();
}

Fact subject_fact(const PageFrame& frame, const std::string& subject) {
  return {sentence(frame, "subject_label"),
          subject.empty() ? sentence(frame, "no_subject") : subject, true};
}

Html fact_list(const std::vector<Fact>& facts) {
  Html out = Html::of_markup("<dl class=\"facts\">");
  for (const Fact& fact : facts) {
    out += fill("<div><dt>{label}</dt><dd{style} dir=\"auto\">{value}</dd></div>",
                {{"label", fact.label},
                 {"style", Html::of_markup(fact.subject ? " class=\"subject\"" : "")},
                 {"value", fact.value}});
  }
  out += Html::of_markup("</dl>\n");
  return out;
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

Html token_field(const std::string& form_token) {
  return fill("<input type=\"hidden\" name=\"token\" value=\"{token}\">", {{"token", form_token}});
}

}  // namespace phimilter::portal
