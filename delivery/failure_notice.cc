// SPDX-License-Identifier: Apache-2.0
#include "delivery/failure_notice.h"

#include <algorithm>

#include "base/encoding.h"
#include "mail/mime_writer.h"
#include "protect/header_protection.h"

namespace phimilter::delivery {

namespace {

struct NewsText {
  std::string_view subject;
  std::string_view text;    // one paragraph
  std::string_view action;  // RFC 3464 2.3.3
  std::string_view status;  // RFC 3463
};

const NewsText& text_of(News news) {
  static constexpr NewsText kFailed{
      "Your message could not be delivered to one recipient",
      "Your message could not be delivered to one of its recipients. The others are\r\n"
      "not affected.\r\n",
      "failed", "5.0.0"};
  static constexpr NewsText kHeld{
      "Your message to one recipient is held",
      "Your message to one of its recipients has not left yet: it is held until\r\n"
      "somebody of your organisation has looked at it. The other recipients are not\r\n"
      "affected. You need not send it again; you will hear if it is refused.\r\n",
      "delayed", "4.7.1"};
  static constexpr NewsText kRefused{
      "Your message to one recipient was refused",
      "Your message to one of its recipients was held, and somebody of your\r\n"
      "organisation has refused it. It was deleted. The other recipients are not\r\n"
      "affected.\r\n",
      "failed", "5.7.1"};
  static constexpr NewsText kExpired{
      "Your message to one recipient was not released",
      "Your message to one of its recipients was held, and nobody released it in\r\n"
      "time. It was deleted. The other recipients are not affected. Send it again if\r\n"
      "it is still needed.\r\n",
      "failed", "5.4.7"};
  switch (news) {
    case News::failed:
      return kFailed;
    case News::held:
      return kHeld;
    case News::hold_refused:
      return kRefused;
    case News::hold_expired:
      return kExpired;
  }
  return kFailed;
}

// "5.x.y" of the listener, or the one that says nothing: nothing else of its answer is repeated.
std::string status_code(News news, std::string_view enhanced) {
  const bool permanent =
      news == News::failed && enhanced.size() >= 5 && enhanced.substr(0, 2) == "5.";
  return std::string(permanent ? enhanced : text_of(news).status);
}

std::string address_type(const std::string& address) {
  const bool ascii = std::all_of(address.begin(), address.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return (ascii ? "rfc822; " : "utf-8; ") + address;
}

std::string per_message_fields(const mail::CapturedMessage& message) {
  const std::string& mta = message.envelope.client.mta_name;
  return "Reporting-MTA: dns; " + (mta.empty() ? "localhost" : mta) +
         "\r\nArrival-Date: " + rfc5322_date(message.received) + "\r\n\r\n";
}

std::string per_recipient_fields(const std::string& address, News news, const std::string& status) {
  return "Final-Recipient: " + address_type(address) +
         "\r\nAction: " + std::string(text_of(news).action) + "\r\nStatus: " + status + "\r\n";
}

// So much of the header as tells the sender which message it was: no Subject, nothing written by a
// person.
std::string identifying_fields(const mail::CapturedMessage& message) {
  // Without what carries free text, or what was found: the notice leaves in the clear.
  const mail::HeaderList headers = protect::protect_headers(message).outer;
  mail::HeaderList kept;
  for (const std::string_view name : {"Date", "Message-ID"}) {
    if (const mail::HeaderField* field = headers.first(name)) {
      kept.append(field->name, field->value);
    }
  }
  return kept.text();
}

mail::HeaderList part_type(std::string type) {
  mail::HeaderList headers;
  headers.append("Content-Type", ' ' + std::move(type));
  return headers;
}

Status write_parts(mail::MultipartWriter& parts, mail::StringSink& out,
                   const mail::CapturedMessage& message, const std::string& address, News news,
                   const std::string& code) {
  auto status = parts.begin_part(part_type("text/plain; charset=utf-8"));
  if (status) {
    status = out.write(std::string(text_of(news).text) + "\r\n  Recipient: " + address +
                       "\r\n  Status: " + code + "\r\n");
  }
  if (status) {
    status = parts.begin_part(part_type("message/delivery-status"));
  }
  if (status) {
    status = out.write(per_message_fields(message) + per_recipient_fields(address, news, code));
  }
  if (status) {
    status = parts.begin_part(part_type("text/rfc822-headers"));
  }
  if (status) {
    status = out.write(identifying_fields(message));
  }
  return status ? parts.finish() : status;
}

}  // namespace

bool may_be_told(const mail::CapturedMessage& message, std::size_t recipient) {
  const auto notify =
      mail::Envelope::argument(message.envelope.recipients[recipient].arguments, "NOTIFY");
  return message.envelope.reverse_path.has_value() && (!notify || !ascii_iequal(*notify, "never"));
}

bool wants_failure_notice(const mail::CapturedMessage& message, std::size_t recipient) {
  const auto notify =
      mail::Envelope::argument(message.envelope.recipients[recipient].arguments, "NOTIFY");
  return message.envelope.reverse_path.has_value() &&
         (!notify || ascii_lower(*notify).find("failure") != std::string::npos);
}

FailureNotice failure_notice(const mail::CapturedMessage& message, std::size_t recipient,
                             std::string_view enhanced, std::string_view message_id, Timestamp now,
                             News news) {
  require(message.envelope.reverse_path.has_value(),
          "nobody is told about the failure of a bounce");
  const std::string& address = message.envelope.recipients[recipient].address.spelled();
  mail::StringSink out;
  mail::MultipartWriter parts(out, mail::fresh_boundary());
  const auto written = write_parts(parts, out, message, address, news, status_code(news, enhanced));
  require(written.has_value(), "a text in memory can be written");

  FailureNotice notice;
  const std::string& mta = message.envelope.client.mta_name;
  notice.to = '<' + message.envelope.reverse_path->spelled() + '>';
  notice.headers.append("Date", ' ' + rfc5322_date(now));
  notice.headers.append(
      "From", " Mail Delivery System <MAILER-DAEMON@" + (mta.empty() ? "localhost" : mta) + '>');
  notice.headers.append("To", ' ' + notice.to);
  notice.headers.append("Subject", ' ' + std::string(text_of(news).subject));
  notice.headers.append("Message-ID", ' ' + std::string(message_id));
  notice.headers.append("Auto-Submitted", " auto-replied");
  notice.headers.append("MIME-Version", " 1.0");
  notice.headers.append(
      "Content-Type",
      " multipart/report; report-type=delivery-status;\r\n boundary=\"" + parts.boundary() + '"');
  notice.body = std::move(out.text);
  return notice;
}

Outgoing FailureNotice::outgoing() const {
  Outgoing outgoing;
  outgoing.reverse_path = "<>";
  outgoing.recipients.push_back({to, {"NOTIFY=NEVER"}});
  outgoing.headers = &headers;
  outgoing.body = body;
  const bool ascii = std::all_of(to.begin(), to.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const bool ascii_body = std::all_of(body.begin(), body.end(),
                                      [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!ascii) {
    outgoing.arguments.emplace_back("SMTPUTF8");
  }
  if (!ascii || !ascii_body) {
    outgoing.arguments.emplace_back("BODY=8BITMIME");
  }
  return outgoing;
}

}  // namespace phimilter::delivery
