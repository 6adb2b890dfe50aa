// SPDX-License-Identifier: Apache-2.0
#include "portal/code_mail.h"

#include "base/encoding.h"
#include "base/limits.h"
#include "mail/mime_writer.h"

namespace phimilter::portal {

namespace {

CodeMail mail_of(const CodeMailFacts& facts, const Texts& texts, const std::string& about) {
  const std::string spaced =
      facts.code.size() == 8 ? facts.code.substr(0, 4) + " " + facts.code.substr(4) : facts.code;
  const TextArguments arguments = {{"name", facts.organisation_name},
                                   {"phone", facts.organisation_phone},
                                   {"reference", facts.reference},
                                   {"code", spaced},
                                   {"minutes", std::to_string(limits::kCodeS / 60)}};
  CodeMail mail;
  const std::size_t at = facts.from.rfind('@');
  const std::string domain = at == std::string::npos ? "localhost" : facts.from.substr(at + 1);
  mail.headers.append("From", " <" + facts.from + ">");
  mail.headers.append("To", " <" + facts.recipient + ">");
  const mail::HeaderField subject =
      mail::text_field("Subject", texts.get(about + "_subject", arguments));
  mail.headers.append(subject.name, subject.value);
  mail.headers.append("Date", " " + rfc5322_date(facts.now));
  mail.headers.append("Message-ID", " <" + hex(random_secret(16).span()) + "@" + domain + ">");
  mail.headers.append("Auto-Submitted", " auto-generated");
  mail.headers.append("X-Auto-Response-Suppress", " All");
  mail.headers.append("MIME-Version", " 1.0");
  mail.headers.append("Content-Type", " text/plain; charset=utf-8");
  mail.headers.append("Content-Transfer-Encoding", " quoted-printable");
  mail.headers.append("Content-Language", " " + texts.language());
  mail.body = mail::quoted_printable(texts.get(about + "_body", arguments));
  return mail;
}

}  // namespace

CodeMail code_mail(const CodeMailFacts& facts, const Texts& texts) {
  return mail_of(facts, texts, "code_mail");
}

CodeMail account_mail(AccountMail kind, const CodeMailFacts& facts, const Texts& texts) {
  switch (kind) {
    case AccountMail::made:
      return mail_of(facts, texts, "account_made_mail");
    case AccountMail::already:
      return mail_of(facts, texts, "account_already_mail");
    case AccountMail::reset:
      return mail_of(facts, texts, "account_reset_mail");
    case AccountMail::no_account:
      return mail_of(facts, texts, "account_no_account_mail");
    case AccountMail::changed:
      break;
  }
  return mail_of(facts, texts, "account_changed_mail");
}

}  // namespace phimilter::portal
