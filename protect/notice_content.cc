// SPDX-License-Identifier: Apache-2.0
#include "protect/notice_content.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/time_zone.h"
#include "protect/notice_texts.h"

namespace phimilter::protect {
namespace {

using Fillings = std::vector<std::pair<std::string_view, std::string>>;

std::string filled(std::string_view text, const Fillings& fillings) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) {
      break;
    }
    const auto close = text.find('}', open);
    const std::string_view name = text.substr(open + 1, close - open - 1);
    const auto filling = std::find_if(fillings.begin(), fillings.end(),
                                      [&](const auto& each) { return each.first == name; });
    require(filling != fillings.end(), "a notice text names something that is not filled in");
    out += filling->second;
    text.remove_prefix(close + 1);
  }
  return out;
}

std::string date_in_words(const NoticeTexts& texts, Timestamp at) {
  const std::chrono::year_month_day date = local_time(at).day;
  return filled(texts.date_form,
                {{"day", std::to_string(static_cast<unsigned>(date.day()))},
                 {"month", texts.months.at(static_cast<unsigned>(date.month()) - 1)},
                 {"year", std::to_string(static_cast<int>(date.year()))}});
}

struct ByKind {
  const std::string& subject;
  const std::string& what;
};

ByKind by_kind(const NoticeTexts& texts, NoticeKind kind) {
  switch (kind) {
    case NoticeKind::reminder:
      return {texts.subject_reminder, texts.what_reminder};
    case NoticeKind::expiring:
      return {texts.subject_expiring, texts.what_expiring};
    case NoticeKind::first:
      break;
  }
  return {texts.subject, texts.what};
}

NoticeSentences sentences(const NoticeTexts& texts, const NoticeFacts& facts) {
  const Fillings fillings = {{"organisation", facts.organisation_name},
                             {"phone", facts.organisation_phone},
                             {"link", facts.link},
                             {"reference", facts.reference},
                             {"date", date_in_words(texts, facts.expires)},
                             {"sent", date_in_words(texts, facts.sent)}};
  const auto say = [&](std::string_view text) { return filled(text, fillings); };
  const ByKind kind = by_kind(texts, facts.kind);
  return {.language = texts.language,
          .below = texts.below,
          .subject = say(kind.subject),
          .greeting = say(texts.greeting),
          .what = say(kind.what),
          .how = say(texts.how),
          .button = say(texts.button),
          .link_label = say(texts.link_label),
          .no_link = say(texts.no_link),
          .until = say(texts.until),
          .reference = say(texts.reference),
          .unsure = say(facts.organisation_phone.empty() ? texts.unsure : texts.unsure_with_phone),
          .never = say(texts.never),
          .closing = say(texts.closing),
          .organisation = facts.organisation_name,
          .phone = facts.organisation_phone,
          .link = facts.link,
          .footer = facts.footer,
          .colour = facts.colour};
}

std::string text_version(const NoticeSentences& say) {
  const std::string way = say.link.empty() ? say.no_link : say.link_label + "\n\n" + say.link;
  std::string out = say.greeting + "\n\n" + say.what + "\n\n" + say.how + "\n\n" + way + "\n\n" +
                    say.until + "\n" + say.reference + "\n\n" + say.unsure + "\n\n" + say.never +
                    "\n\n" + say.closing + "\n" + say.organisation + "\n";
  return say.phone.empty() ? out : out + say.phone + "\n";
}

// Colours stand inline for programs that know no style sheet; the classes turn them for those that
// know one and show a dark page.
std::string cell(std::string_view style, std::string_view name, const std::string& inside) {
  return "<tr><td class=\"" + std::string(name) + "\" style=\"" + std::string(style) + "\">" +
         inside + "</td></tr>\n";
}

std::string paragraph(const std::string& inside) {
  return "<p style=\"margin:0 0 16px 0\">" + inside + "</p>\n";
}

// A cell with a ground of its own is a button in every program.
std::string button(const NoticeSentences& say) {
  const std::string link = html_escaped(say.link);
  return "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "
         "style=\"margin:8px 0 14px 0\"><tr><td bgcolor=\"" +
         say.colour + "\" style=\"background:" + say.colour +
         ";border-radius:8px;text-align:center\"><a href=\"" + link +
         "\" style=\"display:inline-block;padding:16px 30px;color:#ffffff;font-size:20px;"
         "font-weight:bold;line-height:24px;text-decoration:none\">" +
         html_escaped(say.button) +
         "</a></td></tr></table>\n<p class=\"soft\" style=\"margin:0 0 "
         "20px 0;font-size:15px;line-height:22px;color:#4a5a66;word-break:break-all\">" +
         link + "</p>\n";
}

std::string reference_box(const NoticeSentences& say) {
  return "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" "
         "border=\"0\" style=\"margin:0 0 20px 0\"><tr><td class=\"box\" style=\"padding:14px "
         "16px;background:#eef2f5;border-left:4px solid " +
         say.colour + ";border-radius:4px\">" + html_escaped(say.until) + "<br>\n" +
         html_escaped(say.reference) + "</td></tr></table>\n";
}

std::string html_version(const NoticeSentences& say) {
  std::string out = "<div lang=\"" + say.language + "\">\n";
  for (const auto* text : {&say.greeting, &say.what, &say.how}) {
    out += paragraph(html_escaped(*text));
  }
  out += say.link.empty() ? paragraph(html_escaped(say.no_link)) : button(say);
  out += reference_box(say);
  out += paragraph(html_escaped(say.unsure));
  out += paragraph(html_escaped(say.never));
  out += "<p style=\"margin:0\">" + html_escaped(say.closing) + "<br>\n<strong>" +
         html_escaped(say.organisation) + "</strong>" +
         (say.phone.empty() ? "" : "<br>\n" + html_escaped(say.phone)) + "</p>\n";
  return out + "</div>\n";
}

// The language below, said in its own words above the first.
std::string pointers(const std::vector<NoticeSentences>& languages) {
  std::string out;
  for (std::size_t i = 1; i < languages.size(); ++i) {
    out += "<p class=\"soft\" lang=\"" + languages[i].language +
           "\" style=\"margin:0 0 16px 0;font-size:15px;color:#4a5a66\">" +
           html_escaped(languages[i].below) + "</p>\n";
  }
  return out;
}

constexpr std::string_view kHead =
    "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<meta name=\"color-scheme\" content=\"light dark\">"
    "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
    "<style>@media (prefers-color-scheme: dark) {"
    " .ground { background: #0f171d !important; }"
    " .paper { background: #18222a !important; color: #eef3f6 !important; }"
    " .soft { color: #b4c2cc !important; }"
    " .box { background: #22303a !important; color: #eef3f6 !important; }"
    " }</style></head>\n";

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Result<std::vector<NoticeSentences>> notice_sentences(const NoticeFacts& facts) {
  std::vector<NoticeSentences> chosen;
  const auto& known = notice_texts();
  if (facts.languages.empty()) {
    for (const auto& texts : known) {
      chosen.push_back(sentences(texts, facts));
    }
  }
  for (const auto& language : facts.languages) {
    const auto texts = std::find_if(known.begin(), known.end(), [&](const NoticeTexts& each) {
      return each.language == language;
    });
    if (texts == known.end()) {
      return fail(configuration_fault("notice.language", "there is no notice in this language")
                      .with("language", language));
    }
    chosen.push_back(sentences(*texts, facts));
  }
  return chosen;
}

std::string notice_subject(const std::vector<NoticeSentences>& languages) {
  std::string subject;
  for (const auto& say : languages) {
    subject += (subject.empty() ? "" : " / ") + say.subject;
  }
  return subject;
}

std::string notice_text(const std::vector<NoticeSentences>& languages) {
  std::string out;
  for (std::size_t i = 1; i < languages.size(); ++i) {
    out += languages[i].below + "\n\n";
  }
  bool first = true;
  for (const auto& say : languages) {
    out += (first ? "" : "\n----------------------------------------\n\n") + text_version(say);
    first = false;
  }
  const std::string& footer = languages.front().footer;
  return footer.empty() ? out : out + "\n" + footer + "\n";
}

std::string notice_html(const std::vector<NoticeSentences>& languages) {
  const NoticeSentences& first = languages.front();
  std::string content = pointers(languages);
  for (std::size_t i = 0; i < languages.size(); ++i) {
    content += i == 0 ? "" : "<hr style=\"border:0;border-top:2px solid #c3ced6;margin:32px 0\">\n";
    content += html_version(languages[i]);
  }
  std::string out = std::string(kHead);
  out +=
      "<body class=\"ground\" style=\"margin:0;padding:0;background:#eef2f5\">\n"
      "<table class=\"ground\" role=\"presentation\" width=\"100%\" cellpadding=\"0\" "
      "cellspacing=\"0\" border=\"0\" style=\"background:#eef2f5\"><tr><td align=\"center\" "
      "style=\"padding:20px 10px\">\n"
      "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" "
      "border=\"0\" style=\"max-width:600px;font-family:Arial,Helvetica,sans-serif;"
      "text-align:left\">\n";
  out += cell("background:" + first.colour +
                  ";color:#ffffff;padding:18px 26px;font-size:20px;line-height:26px;"
                  "font-weight:bold;border-radius:8px 8px 0 0",
              "band", html_escaped(first.organisation));
  out += cell(
      "background:#ffffff;color:#1b2730;padding:26px;font-size:18px;line-height:27px;"
      "border-radius:0 0 8px 8px",
      "paper", "\n" + content);
  if (!first.footer.empty()) {
    out += cell("padding:14px 26px;font-size:14px;line-height:20px;color:#4a5a66", "soft",
                html_escaped(first.footer));
  }
  return out + "</table>\n</td></tr></table>\n</body>\n</html>\n";
}

}  // namespace phimilter::protect
