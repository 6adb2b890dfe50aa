// SPDX-License-Identifier: Apache-2.0
#include "delivery/batch_summary.h"

#include <algorithm>

#include "base/encoding.h"
#include "delivery/submission.h"

namespace phimilter::delivery {

namespace {

std::size_t total(const BatchSummary& summary) {
  std::size_t sent = 0;
  for (const auto& [method, count] : summary.sent) {
    sent += count;
  }
  return sent;
}

std::string words_for(const std::string& method) {
  if (method == "pass") {
    return "as they came, since nothing was to be protected";
  }
  if (method == "portal") {
    return "by the portal: a notice with a link";
  }
  return method == "tls" ? "over TLS that was proved" : "encrypted with " + method;
}

std::string list(const char* caption, std::size_t count, const std::vector<std::string>& names) {
  std::string out;
  if (count == 0) {
    return out;
  }
  out += std::string("\r\n") + caption + ":\r\n";
  for (const std::string& name : names) {
    out += "  " + name + "\r\n";
  }
  return count > names.size() ? out + "  and " + std::to_string(count - names.size()) + " more\r\n"
                              : out;
}

std::string body_of(const BatchSummary& summary) {
  std::string out = "Batch " + summary.id + "\r\n" + "from " + rfc5322_date(summary.first) +
                    " to " + rfc5322_date(summary.last) + "\r\n\r\n" +
                    "Sent: " + std::to_string(total(summary)) + "\r\n";
  for (const auto& [method, count] : summary.sent) {
    out += "  " + std::to_string(count) + ' ' + words_for(method) + "\r\n";
  }
  out += "Held for a person to decide: " + std::to_string(summary.held) + "\r\n";
  out += "Not delivered: " + std::to_string(summary.failed) + "\r\n";
  out += "Left out, since this batch had sent them before: " + std::to_string(summary.skipped) +
         "\r\n";
  out += list("Held", summary.held, summary.held_items);
  out += list("Not delivered", summary.failed, summary.failed_items);
  return out +
         "\r\nEach recipient of each message counts. What stands here is named as you named it "
         "in\r\n"
         "X-Phi-Batch (item=...), or by a part of the recipient's address. Of what was not\r\n"
         "delivered you were told one by one; sending the same batch again tries only that.\r\n";
}

std::string subject_of(const BatchSummary& summary) {
  std::string out = "Batch " + summary.id + ": " + std::to_string(total(summary)) + " sent";
  for (const auto& [count, word] :
       {std::pair{summary.held, " held"}, std::pair{summary.failed, " not delivered"},
        std::pair{summary.skipped, " left out"}}) {
    if (count > 0) {
      out += ", " + std::to_string(count) + word;
    }
  }
  return out;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

BatchMail batch_mail(const BatchSummary& summary, Timestamp now) {
  const std::string domain = summary.mta_name == "-" ? "localhost" : summary.mta_name;
  const Sha256 name =
      sha256("phimilter batch summary " + summary.file + ' ' + std::to_string(summary.covers));
  BatchMail out;
  out.to = '<' + summary.sender + '>';
  out.headers.append("Date", ' ' + rfc5322_date(now));
  out.headers.append("From", " Mail Delivery System <MAILER-DAEMON@" + domain + '>');
  out.headers.append("To", ' ' + out.to);
  out.headers.append("Subject", ' ' + subject_of(summary));
  out.headers.append("Message-ID", ' ' + derived_message_id(*TokenId::parse(hex(name)), domain));
  out.headers.append("Auto-Submitted", " auto-generated");
  out.headers.append("X-Auto-Response-Suppress", " All");
  out.headers.append("MIME-Version", " 1.0");
  out.headers.append("Content-Type", " text/plain; charset=utf-8");
  out.body = body_of(summary);
  return out;
}

Outgoing BatchMail::outgoing() const {
  Outgoing outgoing;
  outgoing.reverse_path = "<>";
  outgoing.recipients.push_back({to, {"NOTIFY=NEVER"}});
  outgoing.headers = &headers;
  outgoing.body = body;
  if (!is_ascii(to)) {
    outgoing.arguments.emplace_back("SMTPUTF8");
  }
  if (!is_ascii(to) || !is_ascii(body)) {
    outgoing.arguments.emplace_back("BODY=8BITMIME");
  }
  return outgoing;
}

}  // namespace phimilter::delivery
