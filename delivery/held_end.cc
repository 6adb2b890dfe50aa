// SPDX-License-Identifier: Apache-2.0
#include "delivery/held_end.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"
#include "base/log.h"
#include "delivery/failure_notice.h"
#include "delivery/submission.h"
#include "policy/treatment.h"

namespace phimilter::delivery {

namespace {

constexpr std::size_t kReason = 500;

std::string cut(const std::string& text) {
  std::size_t end = std::min(text.size(), kReason);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

// The same for every try to tell, so that telling twice shows as one mail.
std::string notice_id(const escrow::EntryFacts& facts, audit::Event event) {
  const Sha256 name = sha256("phimilter held notice 1 " + std::string(audit::to_string(event)) +
                             ' ' + facts.token.str());
  return derived_message_id(*TokenId::parse(hex(name)), "");
}

Result<mail::CapturedMessage> with_envelope(std::string_view bytes, const escrow::EntryFacts& facts,
                                            const std::string& spool_folder) {
  auto message = mail::parse_message(bytes, spool_folder);
  auto recipient = mail::Address::parse(facts.recipient);
  if (!message || !recipient) {
    return fail(permanent_fault("escrow.damaged", "a held message cannot be read")
                    .with("entry", facts.id.str()));
  }
  mail::Envelope& envelope = message->envelope;
  if (!facts.sender.empty()) {
    auto sender = mail::Address::parse(facts.sender);
    if (!sender) {
      return fail(permanent_fault("escrow.damaged", "the sender of a held message cannot be read")
                      .with("entry", facts.id.str()));
    }
    envelope.reverse_path = std::move(*sender);
  }
  envelope.arguments = facts.mail_arguments;
  envelope.client.login = facts.login;
  envelope.client.address = facts.client;
  envelope.client.daemon_name = facts.listener;
  std::string path = '<' + recipient->spelled() + '>';
  envelope.recipients.push_back(
      {std::move(*recipient), std::move(path), facts.recipient_arguments});
  message->queue_id = facts.queue_id;
  message->received = facts.created;
  return message;
}

// So much of a message as its header field can be, for who needs no more.
class HeaderSink final : public mail::ByteSink {
 public:
  Status write(std::string_view bytes) override {
    if (text.size() < limits::kHeaderBytes && text.find("\r\n\r\n") == std::string::npos) {
      text += bytes;
    }
    return {};
  }
  std::string text;
};

// What was found is not known any more: a number in the Message-ID may be one.
std::vector<std::string> numbers_in_name(const mail::HeaderList& headers) {
  constexpr std::size_t kNumber = 5;  // digits
  constexpr std::string_view kDigits = "0123456789";
  std::vector<std::string> numbers;
  const mail::HeaderField* field = headers.first("Message-ID");
  const std::string_view value = field == nullptr ? std::string_view() : field->value;
  for (auto at = value.find_first_of(kDigits); at != std::string_view::npos;) {
    const auto end = std::min(value.find_first_not_of(kDigits, at), value.size());
    if (end - at >= kNumber) {
      numbers.emplace_back(value.substr(at, end - at));
    }
    at = value.find_first_of(kDigits, end);
  }
  return numbers;
}

// "", or sender_not_told().
Result<std::string> tell_sender(const HeldParts& parts, const escrow::EntryFacts& facts,
                                audit::Event event) {
  HeaderSink header;
  if (auto read = parts.vault.read_message(facts.id, header); !read) {
    return fail(read);
  }
  if (const auto end = header.text.find("\r\n\r\n"); end != std::string::npos) {
    header.text.resize(end + 4);
  }
  auto message = with_envelope(header.text, facts, parts.spool_folder);
  if (!message) {
    return fail(message);
  }
  if (!wants_failure_notice(*message, 0)) {
    return "";
  }
  message->identifiers = numbers_in_name(message->headers);
  const News news = event == audit::Event::held_refused ? News::hold_refused : News::hold_expired;
  const FailureNotice notice =
      failure_notice(*message, 0, "", notice_id(facts, event), parts.clock.now(), news);
  auto reply = send_notice(parts.sender, "localhost", notice.outgoing());
  if (!reply) {
    return fail(reply);
  }
  if (reply->code / 100 != 5) {
    return "";
  }
  // Nobody decided, and nobody would know: it stays until a person refuses it.
  if (event == audit::Event::held_expired && is_about_permission(reply->enhanced)) {
    return fail(transient_fault("held.not_told",
                                "a held message that nobody decided about in time is kept, since "
                                "the sender may not be told: see `phictl held list`")
                    .with("code", std::to_string(reply->code))
                    .with("enhanced", reply->enhanced));
  }
  log::event(log::Level::warning, facts.queue_id, "sender_not_told",
             {{"of", std::string(audit::to_string(event))}, {"code", std::to_string(reply->code)}});
  return sender_not_told(*reply);
}

}  // namespace

Result<mail::CapturedMessage> held_message(escrow::VaultReader& vault,
                                           const escrow::EntryFacts& facts,
                                           const std::string& spool_folder) {
  mail::StringSink bytes;
  auto read = vault.read_message(facts.id, bytes);
  if (!read) {
    return fail(read);
  }
  return with_envelope(bytes.text, facts, spool_folder);
}

Status record_held(audit::Journal& journal, const escrow::EntryFacts& facts, const HeldAct& act,
                   const std::string& not_told) {
  audit::Record record;
  record.event = act.event;
  record.queue_id = facts.queue_id;
  record.sender = facts.sender;
  record.login = act.person;
  record.sensitive = facts.sensitive;
  audit::RecipientRecord recipient;
  recipient.address = facts.recipient;
  recipient.method = policy::to_string(policy::Method::hold);
  recipient.token = facts.token.str();
  recipient.escrow_id = facts.id.str();
  recipient.status = audit::to_string(act.event);
  if (!act.reason.empty()) {
    recipient.reasons.push_back("reason: " + cut(act.reason));
  }
  if (!not_told.empty()) {
    recipient.reasons.push_back(not_told);
  }
  record.recipients.push_back(std::move(recipient));
  auto written = journal.append(record);
  return written ? Status() : fail(written);
}

Result<std::string> end_held(const HeldParts& parts, const EscrowId& id, const HeldAct& act) {
  auto facts = parts.vault.facts(id);
  if (!facts) {
    return fail(facts);
  }
  auto told = tell_sender(parts, *facts, act.event);
  if (!told) {
    return told;
  }
  auto recorded = record_held(parts.journal, *facts, act, *told);
  if (!recorded) {
    return fail(recorded);
  }
  const auto removed = parts.vault.remove(id);
  return removed ? std::move(told) : fail(removed.error());
}

}  // namespace phimilter::delivery
