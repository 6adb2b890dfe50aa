// SPDX-License-Identifier: Apache-2.0
#include "protect/portal_notice.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/encoding.h"
#include "mail/mime_writer.h"
#include "protect/header_protection.h"
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
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(at)};
  return filled(texts.date,
                {{"day", std::to_string(static_cast<unsigned>(date.day()))},
                 {"month", std::string(texts.months.at(static_cast<unsigned>(date.month()) - 1))},
                 {"year", std::to_string(static_cast<int>(date.year()))}});
}

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

// The sentences of one language, filled in, in the order in which they are read.
struct Sentences {
  std::string_view language;
  std::string subject, greeting, what, how, button, link_label, until, reference, unsure, never,
      closing;
  std::string organisation, phone, link;
};

Sentences sentences(const NoticeTexts& texts, const NoticeFacts& facts) {
  const Fillings fillings = {{"organisation", facts.organisation_name},
                             {"phone", facts.organisation_phone},
                             {"link", facts.link},
                             {"reference", facts.reference},
                             {"date", date_in_words(texts, facts.expires)}};
  const auto say = [&](std::string_view text) { return filled(text, fillings); };
  return {.language = texts.language,
          .subject = say(texts.subject),
          .greeting = say(texts.greeting),
          .what = say(texts.what),
          .how = say(texts.how),
          .button = say(texts.button),
          .link_label = say(texts.link_label),
          .until = say(texts.until),
          .reference = say(texts.reference),
          .unsure = say(facts.organisation_phone.empty() ? texts.unsure : texts.unsure_with_phone),
          .never = say(texts.never),
          .closing = say(texts.closing),
          .organisation = facts.organisation_name,
          .phone = facts.organisation_phone,
          .link = facts.link};
}

std::string text_version(const Sentences& say) {
  std::string out = say.greeting + "\n\n" + say.what + "\n\n" + say.how + "\n\n" + say.link_label +
                    "\n\n" + say.link + "\n\n" + say.until + "\n" + say.reference + "\n\n" +
                    say.unsure + "\n\n" + say.never + "\n\n" + say.closing + "\n" +
                    say.organisation + "\n";
  return say.phone.empty() ? out : out + say.phone + "\n";
}

std::string html_version(const Sentences& say) {
  const std::string link = html_escaped(say.link);
  const auto paragraph = [](const std::string& inside) {
    return "<p style=\"margin:0 0 18px 0\">" + inside + "</p>\n";
  };
  std::string out = "<div lang=\"" + std::string(say.language) + "\">\n";
  for (const auto* text : {&say.greeting, &say.what, &say.how}) {
    out += paragraph(html_escaped(*text));
  }
  out += "<p style=\"margin:24px 0\"><a href=\"" + link +
         "\" style=\"display:inline-block;padding:16px 28px;background:#0b5cad;color:#ffffff;"
         "text-decoration:none;border-radius:6px;font-size:20px;font-weight:bold\">" +
         html_escaped(say.button) + "</a></p>\n";
  out += "<p style=\"margin:0 0 18px 0;font-size:15px;word-break:break-all\">" + link + "</p>\n";
  out += paragraph(html_escaped(say.until) + "<br>\n" + html_escaped(say.reference));
  out += paragraph(html_escaped(say.unsure));
  out += paragraph(html_escaped(say.never));
  out += paragraph(html_escaped(say.closing) + "<br>\n" + html_escaped(say.organisation) +
                   (say.phone.empty() ? "" : "<br>\n" + html_escaped(say.phone)));
  return out + "</div>\n";
}

std::string whole_text(const std::vector<Sentences>& languages) {
  std::string out;
  for (const auto& say : languages) {
    out +=
        (out.empty() ? "" : "\n----------------------------------------\n\n") + text_version(say);
  }
  return out;
}

std::string whole_html(const std::vector<Sentences>& languages) {
  std::string out =
      "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"></head>\n"
      "<body style=\"margin:0;padding:0;background:#ffffff\">\n"
      "<div style=\"max-width:560px;margin:0 auto;padding:24px 20px;color:#1a1a1a;"
      "font-family:Arial,Helvetica,sans-serif;font-size:18px;line-height:1.5\">\n";
  bool first = true;
  for (const auto& say : languages) {
    if (!first) {
      out += "<hr style=\"border:0;border-top:2px solid #cccccc;margin:36px 0\">\n";
    }
    out += html_version(say);
    first = false;
  }
  return out + "</div>\n</body>\n</html>\n";
}

Result<std::vector<Sentences>> chosen_languages(const NoticeFacts& facts) {
  std::vector<Sentences> chosen;
  if (facts.languages.empty()) {
    for (const auto& texts : kNoticeTexts) {
      chosen.push_back(sentences(texts, facts));
    }
  }
  for (const auto& language : facts.languages) {
    const auto texts =
        std::find_if(kNoticeTexts.begin(), kNoticeTexts.end(),
                     [&](const NoticeTexts& each) { return each.language == language; });
    if (texts == kNoticeTexts.end()) {
      return fail(configuration_fault("notice.language", "there is no notice in this language")
                      .with("language", language));
    }
    chosen.push_back(sentences(*texts, facts));
  }
  return chosen;
}

// It stands in an attribute and on a line of its own: nothing that could end either.
bool usable_link(std::string_view link) {
  return (link.starts_with("https://") || link.starts_with("http://")) &&
         std::all_of(link.begin(), link.end(), [](char c) {
           return c > ' ' && c < 0x7f &&
                  std::string_view("\"'<>\\`").find(c) == std::string_view::npos;
         });
}

// The sender's address fields, Date and threading; what speaks of other recipients or of the
// message itself goes.
mail::HeaderList notice_headers(const mail::CapturedMessage& message, const NoticeFacts& facts,
                                const std::vector<Sentences>& languages,
                                const std::string& boundary) {
  mail::HeaderList headers;
  const ProtectionHeaders captured = protect_headers(message);
  for (const auto& field : captured.outer.fields()) {
    const std::string name = ascii_lower(field.name);
    const bool kept = name == "received" || name == "return-path" || name == "from" ||
                      name == "sender" || name == "reply-to" || name == "date" ||
                      name == "references" || name == "in-reply-to";
    if (kept) {
      headers.append(field.name, field.value);
    }
  }
  std::string subject;
  for (const auto& say : languages) {
    subject += (subject.empty() ? "" : " / ") + say.subject;
  }
  const auto add = [&headers](mail::HeaderField field) {
    headers.append(std::move(field.name), std::move(field.value));
  };
  add(mail::structured_field("To", facts.recipient.spelled()));
  add(mail::text_field("Subject", subject));
  headers.append("Auto-Submitted", " auto-generated");
  headers.append("X-Auto-Response-Suppress", " All");
  headers.append("MIME-Version", " 1.0");
  add(mail::structured_field("Content-Type",
                             "multipart/alternative; " + mail::parameter("boundary", boundary)));
  return headers;
}

}  // namespace

Result<ProtectedMessage> portal_notice(const mail::CapturedMessage& message,
                                       const NoticeFacts& facts, const std::string& spool_folder) {
  if (!usable_link(facts.link)) {
    return fail(bug_fault("notice.link", "the portal's link is not a plain http or https address"));
  }
  auto languages = chosen_languages(facts);
  if (!languages) {
    return fail(languages);
  }
  ProtectedMessage notice(spool_folder);
  mail::MultipartWriter writer(notice.body, mail::fresh_boundary());
  notice.headers = notice_headers(message, facts, *languages, writer.boundary());
  const std::pair<std::string_view, std::string> parts[] = {
      {" text/plain; charset=utf-8", whole_text(*languages)},
      {" text/html; charset=utf-8", whole_html(*languages)}};
  for (const auto& [type, text] : parts) {
    mail::HeaderList part;
    part.append("Content-Type", std::string(type));
    part.append("Content-Transfer-Encoding", " quoted-printable");
    if (auto begun = writer.begin_part(part); !begun) {
      return fail(begun);
    }
    if (auto written = notice.body.write(mail::quoted_printable(text)); !written) {
      return fail(written);
    }
  }
  if (auto finished = writer.finish(); !finished) {
    return fail(finished);
  }
  notice.algorithms = {"portal notice"};
  return notice;
}

std::vector<std::string> notice_own_texts(const NoticeFacts& facts) {
  std::vector<std::string> own;
  for (const auto& texts : kNoticeTexts) {
    const Sentences say = sentences(texts, facts);
    for (const auto* text : {&say.subject, &say.greeting, &say.what, &say.how, &say.button,
                             &say.link_label, &say.until, &say.reference, &say.unsure, &say.never,
                             &say.closing, &say.link, &say.organisation, &say.phone}) {
      own.push_back(*text);
      own.push_back(html_escaped(*text));
    }
  }
  std::erase_if(own, [](const std::string& text) { return text.empty(); });
  return own;
}

}  // namespace phimilter::protect
