// SPDX-License-Identifier: Apache-2.0
#include "delivery/repeat_notice.h"

#include "base/brand.h"
#include "base/encoding.h"
#include "delivery/smtp_client.h"

namespace phimilter::delivery {
namespace {

// The listener is on this host.
constexpr SmtpDeadlines kDeadlines{2'000, 10'000, 10'000};

std::string link_of(const Settings& settings, const escrow::EntryFacts& facts) {
  return facts.link_secret.empty() ? std::string()
                                   : settings.portal_url + "/m/" + facts.link_secret;
}

}  // namespace

Status send_one(const std::string& listener, const std::string& from, const std::string& to,
                const mail::HeaderList& headers, std::string_view body) {
  Outgoing outgoing;
  outgoing.reverse_path = "<" + from + ">";
  outgoing.recipients.push_back({"<" + to + ">", {}});
  outgoing.headers = &headers;
  outgoing.body = body;
  auto sent = send_message(listener, "localhost", outgoing, kDeadlines);
  if (!sent) {
    return fail(sent);
  }
  if (sent->recipients.size() != 1 || sent->recipients.front().code / 100 != 2) {
    return fail(transient_fault("portal.mail_refused", "the MTA did not take a mail of the portal")
                    .with("code", sent->recipients.empty()
                                      ? "-"
                                      : std::to_string(sent->recipients.front().code)));
  }
  return {};
}

Status repeat_notice(const Settings& settings, const escrow::EntryFacts& facts,
                     protect::NoticeKind kind, Timestamp now) {
  auto recipient = mail::Address::parse(facts.recipient);
  auto sender = mail::Address::parse(facts.sender);
  if (!recipient || !sender) {
    return fail(permanent_fault("portal.no_sender_address",
                                "a message without a sender has no notice to be mailed again"));
  }
  const Brand brand = brands(settings).of(facts.sender);
  protect::NoticeFacts notice{.organisation_name = brand.name,
                              .organisation_phone = brand.phone,
                              .link = link_of(settings, facts),
                              .reference = escrow::reference_of(facts.id),
                              .recipient = *recipient,
                              .expires = facts.expires,
                              .languages = {},
                              .colour = brand.colour,
                              .footer = brand.footer,
                              .kind = kind,
                              .sent = facts.created};
  if (!facts.language.empty()) {
    notice.languages.push_back(facts.language);
  }
  auto mail = protect::repeated_notice(notice, *sender, now);
  if (!mail) {
    return fail(mail);
  }
  const std::string name = std::to_string(static_cast<int>(kind)) + " " + facts.id.str() + " " +
                           rfc3339(now).substr(0, 10);
  mail->headers.append("Message-ID",
                       " <" + hex(sha256("phimilter notice again 1 " + name)).substr(0, 40) + "@" +
                           sender->domain() + ">");
  return send_one(settings.reentry_listener, facts.sender, facts.recipient, mail->headers,
                  mail->body);
}

}  // namespace phimilter::delivery
