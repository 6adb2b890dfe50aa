// SPDX-License-Identifier: Apache-2.0
#include "portal/mails_text.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"
#include "mail/mime_writer.h"
#include "portal/human.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kLinesATopic = 50;  // the sender's page has the rest

std::string line_of(const Texts& texts, const SenderMailFacts& facts, const WordLine& line) {
  const Timestamp sent = line.row.created();
  const auto shown = line.row.first(audit::Event::shown);
  const TextArguments arguments = {
      {"reference", line.row.reference()},
      {"recipient", line.row.recipient},
      {"sent", day_in_words(texts, sent)},
      {"read", moment_in_words(texts, shown.value_or(sent))},
      {"until", day_in_words(texts, line.row.entry ? line.row.entry->expires : sent)}};
  return texts.get(
      "tell_line_" + std::string(to_string(line.topic)) + (facts.outside ? "_outside" : ""),
      arguments);
}

std::string section(const Texts& texts, const SenderMailFacts& facts,
                    const std::vector<WordLine>& lines, Topic topic) {
  std::string out;
  std::size_t count = 0;
  for (const WordLine& line : lines) {
    if (line.topic == topic && ++count <= kLinesATopic) {
      out += "  " + line_of(texts, facts, line) + "\n";
    }
  }
  if (count == 0) {
    return {};
  }
  if (count > kLinesATopic) {
    out += "  " + texts.get("tell_more", {{"count", std::to_string(count - kLinesATopic)}}) + "\n";
  }
  return texts.get("tell_intro_" + std::string(to_string(topic))) + "\n\n" + out + "\n";
}

std::string ending(const Texts& texts, const SenderMailFacts& facts) {
  return (facts.page.empty() ? "" : texts.get("tell_page", {{"link", facts.page}}) + "\n\n") +
         texts.get("tell_closing", {{"name", facts.brand.name}}) + "\n";
}

SenderMail made(const SenderMailFacts& facts, const std::string& subject, const std::string& body) {
  SenderMail mail;
  const std::size_t at = facts.from.rfind('@');
  const std::string domain = at == std::string::npos ? "localhost" : facts.from.substr(at + 1);
  mail.headers.append("From", mail::display_name(facts.brand.name) + " <" + facts.from + ">");
  mail.headers.append("To", " <" + facts.to + ">");
  const mail::HeaderField field = mail::text_field("Subject", subject);
  mail.headers.append(field.name, field.value);
  mail.headers.append("Date", " " + rfc5322_date(facts.now));
  mail.headers.append("Message-ID", " <" + hex(random_secret(16).span()) + "@" + domain + ">");
  mail.headers.append("Auto-Submitted", " auto-generated");
  mail.headers.append("X-Auto-Response-Suppress", " All");
  mail.headers.append("MIME-Version", " 1.0");
  mail.headers.append("Content-Type", " text/plain; charset=utf-8");
  mail.headers.append("Content-Transfer-Encoding", " quoted-printable");
  mail.body = mail::quoted_printable(body);
  return mail;
}

template <typename Say>
std::string in_each(const SenderMailFacts& facts, std::string_view between, const Say& say) {
  std::string out;
  for (const Texts* texts : facts.languages) {
    out += (out.empty() ? "" : std::string(between)) + say(*texts);
  }
  return out;
}

constexpr std::string_view kRule = "\n----------------------------------------\n\n";

}  // namespace

SenderMail word_mail(const SenderMailFacts& facts, const std::vector<WordLine>& lines) {
  const bool receipt = lines.size() == 1 && lines.front().topic == Topic::shown;
  const std::string reference = lines.front().row.reference();
  const std::string subject = in_each(facts, " / ", [&](const Texts& texts) {
    return receipt ? texts.get("tell_subject_read", {{"reference", reference}})
                   : texts.get("tell_subject", {{"name", facts.brand.name}});
  });
  const std::string body = in_each(facts, kRule, [&](const Texts& texts) {
    std::string text;
    for (const Topic topic : {Topic::expiring, Topic::unread, Topic::shown}) {
      text += section(texts, facts, lines, topic);
    }
    return text + ending(texts, facts);
  });
  return made(facts, subject, body);
}

SenderMail sender_code_mail(const SenderMailFacts& facts, const SentCode& code) {
  const TextArguments arguments = {{"name", facts.brand.name},
                                   {"reference", code.reference},
                                   {"code", code.code.substr(0, 4) + " " + code.code.substr(4)},
                                   {"minutes", std::to_string(limits::kCodeS / 60)}};
  return made(facts, facts.languages.front()->get("sent_code_mail_subject"),
              in_each(facts, kRule, [&](const Texts& texts) {
                return texts.get("sent_code_mail_body", arguments);
              }));
}

SenderMail request_mail(const SenderMailFacts& facts, const delivery::MessageRow& row) {
  const std::string subject = in_each(facts, " / ", [&](const Texts& texts) {
    return texts.get("ask_subject", {{"reference", row.reference()}});
  });
  const std::string body = in_each(facts, kRule, [&](const Texts& texts) {
    return texts.get(facts.outside ? "ask_body_outside" : "ask_body",
                     {{"reference", row.reference()},
                      {"recipient", row.recipient},
                      {"sent", day_in_words(texts, row.created())}}) +
           "\n\n" + ending(texts, facts);
  });
  return made(facts, subject, body);
}

}  // namespace phimilter::portal
