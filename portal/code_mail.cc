// SPDX-License-Identifier: Apache-2.0
#include "portal/code_mail.h"

#include "base/encoding.h"
#include "base/limits.h"
#include "mail/mime_writer.h"

namespace phimilter::portal {

CodeMail code_mail(const CodeMailFacts& facts, const Texts& texts) {
  const TextArguments arguments = {{"name", facts.organisation_name},
                                   {"phone", facts.organisation_phone},
                                   {"reference", facts.reference},
                                   {"code", facts.code.substr(0, 4) + " " + facts.code.substr(4)},
                                   {"minutes", std::to_string(limits::kCodeS / 60)}};
  CodeMail mail;
  const std::size_t at = facts.from.rfind('@');
  const std::string domain = at == std::string::npos ? "localhost" : facts.from.substr(at + 1);
  mail.headers.append("From", " <" + facts.from + ">");
  mail.headers.append("To", " <" + facts.recipient + ">");
  const mail::HeaderField subject =
      mail::text_field("Subject", texts.get("code_mail_subject", arguments));
  mail.headers.append(subject.name, subject.value);
  mail.headers.append("Date", " " + rfc5322_date(facts.now));
  mail.headers.append("Message-ID", " <" + hex(random_secret(16).span()) + "@" + domain + ">");
  mail.headers.append("Auto-Submitted", " auto-generated");
  mail.headers.append("X-Auto-Response-Suppress", " All");
  mail.headers.append("MIME-Version", " 1.0");
  mail.headers.append("Content-Type", " text/plain; charset=utf-8");
  mail.headers.append("Content-Transfer-Encoding", " quoted-printable");
  mail.headers.append("Content-Language", " " + texts.language());
  mail.body = mail::quoted_printable(texts.get("code_mail_body", arguments));
  return mail;
}

}  // namespace phimilter::portal
