// SPDX-License-Identifier: Apache-2.0
#include "protect/portal_notice.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "mail/mime_writer.h"
#include "protect/header_protection.h"
#include "protect/notice_content.h"
#include "protect/notice_texts.h"

namespace phimilter::protect {
namespace {

// It stands in an attribute and on a line of its own: nothing that could end either.
bool usable_link(std::string_view link) {
  return (link.starts_with("https://") || link.starts_with("http://")) &&
         std::all_of(link.begin(), link.end(), [](char c) {
           return c > ' ' && c < 0x7f &&
                  std::string_view("\"'<>\\`").find(c) == std::string_view::npos;
         });
}

Result<std::vector<NoticeSentences>> checked_sentences(const NoticeFacts& facts) {
  const bool may_lack = facts.kind != NoticeKind::first && facts.link.empty();
  if (!may_lack && !usable_link(facts.link)) {
    return fail(bug_fault("notice.link", "the portal's link is not a plain http or https address"));
  }
  return notice_sentences(facts);
}

void add(mail::HeaderList& headers, mail::HeaderField field) {
  headers.append(std::move(field.name), std::move(field.value));
}

void add_own_fields(mail::HeaderList& headers, const NoticeFacts& facts, const std::string& subject,
                    const std::string& boundary) {
  add(headers, mail::structured_field("To", facts.recipient.spelled()));
  add(headers, mail::text_field("Subject", subject));
  headers.append("Auto-Submitted", " auto-generated");
  headers.append("X-Auto-Response-Suppress", " All");
  headers.append("MIME-Version", " 1.0");
  add(headers, mail::structured_field("Content-Type", "multipart/alternative; " +
                                                          mail::parameter("boundary", boundary)));
}

// The sender's address fields, Date and threading; what speaks of other recipients or of the
// message itself goes.
mail::HeaderList kept_headers(const mail::CapturedMessage& message) {
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
  return headers;
}

Status write_parts(mail::MultipartWriter& writer, mail::ByteSink& out,
                   const std::vector<NoticeSentences>& languages) {
  const std::pair<std::string_view, std::string> parts[] = {
      {" text/plain; charset=utf-8", notice_text(languages)},
      {" text/html; charset=utf-8", notice_html(languages)}};
  for (const auto& [type, text] : parts) {
    mail::HeaderList part;
    part.append("Content-Type", std::string(type));
    part.append("Content-Transfer-Encoding", " quoted-printable");
    if (auto begun = writer.begin_part(part); !begun) {
      return begun;
    }
    if (auto written = out.write(mail::quoted_printable(text)); !written) {
      return written;
    }
  }
  return writer.finish();
}

}  // namespace

Result<ProtectedMessage> portal_notice(const mail::CapturedMessage& message,
                                       const NoticeFacts& facts, const std::string& spool_folder) {
  const auto languages = checked_sentences(facts);
  if (!languages) {
    return fail(languages.error());
  }
  ProtectedMessage notice(spool_folder);
  mail::MultipartWriter writer(notice.body, mail::fresh_boundary());
  notice.headers = kept_headers(message);
  add_own_fields(notice.headers, facts, notice_subject(*languages), writer.boundary());
  if (auto written = write_parts(writer, notice.body, *languages); !written) {
    return fail(written);
  }
  notice.algorithms = {"portal notice"};
  return notice;
}

Result<NoticeMail> repeated_notice(const NoticeFacts& facts, const mail::Address& from,
                                   Timestamp now) {
  const auto languages = checked_sentences(facts);
  if (!languages) {
    return fail(languages.error());
  }
  NoticeMail notice;
  mail::StringSink body;
  mail::MultipartWriter writer(body, mail::fresh_boundary());
  notice.headers.append("From",
                        mail::display_name(facts.organisation_name) + " <" + from.spelled() + ">");
  notice.headers.append("Date", " " + rfc5322_date(now));
  add_own_fields(notice.headers, facts, notice_subject(*languages), writer.boundary());
  if (auto written = write_parts(writer, body, *languages); !written) {
    return fail(written);
  }
  notice.body = std::move(body.text);
  return notice;
}

std::vector<std::string> notice_own_texts(const NoticeFacts& facts) {
  NoticeFacts in_all = facts;
  in_all.languages.clear();
  const auto languages = notice_sentences(in_all);
  require(languages.has_value(), "there are notices in all languages that there are");
  std::vector<std::string> own;
  for (const auto& say : *languages) {
    for (const auto* text :
         {&say.below, &say.subject, &say.greeting, &say.what, &say.how, &say.button,
          &say.link_label, &say.until, &say.reference, &say.unsure, &say.never, &say.closing,
          &say.link, &say.organisation, &say.phone, &say.footer}) {
      own.push_back(*text);
      own.push_back(html_escaped(*text));
    }
  }
  std::erase_if(own, [](const std::string& text) { return text.empty(); });
  return own;
}

}  // namespace phimilter::protect
