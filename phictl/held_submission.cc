// SPDX-License-Identifier: Apache-2.0
#include "phictl/held_submission.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/encoding.h"
#include "base/smtp_reply.h"
#include "delivery/release.h"

namespace phimilter::phictl {
namespace {

std::string field_of(const Fault& fault, std::string_view name) {
  for (const auto& [key, value] : fault.fields) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

bool answers(const Fault& fault, Reply reply) {
  const SmtpReply& row = smtp_reply(reply);
  return fault.id == "smtp.refused" && field_of(fault, "code") == std::to_string(row.code) &&
         field_of(fault, "enhanced") == row.enhanced;
}

// What the MTA's client makes of it: a bare CR is no line end.
std::string without_bare_returns(std::string_view body) {
  std::string out(body);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '\r' && (i + 1 == out.size() || out[i + 1] != '\n')) {
      out[i] = ' ';
    }
  }
  if (!out.empty() && !out.ends_with("\r\n")) {
    out += "\r\n";
  }
  return out;
}

// RFC 2231 4, everything but letters and digits as %XX.
std::string percent_encoded(std::string_view text) {
  std::string out = "UTF-8''";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    std::array<char, 4> code{};
    std::snprintf(code.data(), code.size(), plain ? "%c" : "%%%02X", byte);
    out += code.data();
  }
  return out;
}

// The question and answer that came with the message, sealed beside it, as the field that brings
// them a second time.
Status add_proof(const HeldDesk& desk, const escrow::EntryFacts& facts, mail::HeaderList& headers) {
  auto proof = desk.vault->take_proof(facts.id);
  if (!proof) {
    return fail(proof);
  }
  if (*proof) {
    std::string value = " question*=" + percent_encoded((*proof)->question) +
                        ";\r\n answer*=" + percent_encoded((*proof)->answer.view()) +
                        ";\r\n rcpt*=" + percent_encoded(facts.recipient);
    value += facts.language.empty() ? "" : ";\r\n lang=" + facts.language;
    headers.insert(0, desk.settings.milter_proof_header, value);
  }
  return {};
}

std::vector<std::string> kept_arguments(const std::vector<std::string>& arguments) {
  std::vector<std::string> kept;
  std::copy_if(arguments.begin(), arguments.end(), std::back_inserter(kept),
               [](const std::string& argument) {
                 const std::string name = ascii_lower(argument.substr(0, argument.find('=')));
                 return name == "body" || name == "smtputf8" || name == "ret" || name == "envid";
               });
  return kept;
}

Status ask_for_filter(const HeldDesk& desk, const delivery::Outgoing& like,
                      delivery::Release release) {
  release.probe = true;
  const std::string body = "Nothing is released by this message.\r\n";
  mail::HeaderList headers;
  headers.append(
      std::string(delivery::kReleaseField),
      ' ' + delivery::release_value(release, delivery::body_digest(body), desk.link_key));
  headers.append("Subject", " phimilter looks for its filter");
  delivery::Outgoing probe;
  probe.reverse_path = "<>";
  // Where there is no filter, this reaches the one who sent the held message.
  probe.recipients = {{like.reverse_path == "<>" ? "<postmaster>" : like.reverse_path, {}}};
  probe.headers = &headers;
  probe.body = body;
  const auto sent = delivery::send_message(desk.settings.hold_listener, "localhost", probe);
  if (!sent && answers(sent.error(), Reply::release_ready)) {
    return {};
  }
  if (!sent && sent.error().kind == FaultKind::transient &&
      field_of(sent.error(), "code").rfind('5', 0) != 0) {
    return fail(sent.error());
  }
  return fail(configuration_fault("phictl.hold_listener",
                                  "hold.listener is not the filtered listener, or the filter there "
                                  "has another link key: the message stays held")
                  .with("listener", desk.settings.hold_listener));
}

Status outcome_of(const HeldDesk& desk, const escrow::EntryFacts& facts,
                  const Result<delivery::SmtpOutcome>& sent) {
  if (!sent && !answers(sent.error(), Reply::released_already)) {
    return fail(sent.error());
  }
  if (sent && sent->recipients.front().code / 100 != 2) {
    return fail(configuration_fault("phictl.hold_refused",
                                    "hold.listener refuses the recipient; the message stays held")
                    .with("code", std::to_string(sent->recipients.front().code)));
  }
  const auto entry = desk.vault->status(facts.id, system_clock().now());
  if (!entry) {
    return fail(entry.error());
  }
  if (!*entry || (*entry)->state != escrow::EntryState::released) {
    return fail(transient_fault("phictl.hold_unmarked",
                                "the listener took the message and the filter did not release it; "
                                "look at `phictl held list`"));
  }
  return {};
}

}  // namespace

Status submit_held(const HeldDesk& desk, const escrow::EntryFacts& facts, bool clear) {
  auto message = delivery::held_message(*desk.vault, facts, desk.settings.milter_spool);
  if (!message) {
    return fail(message);
  }
  const auto body = message->body.view();
  if (!body) {
    return fail(body.error());
  }
  const std::string wire = without_bare_returns(*body);
  const mail::Recipient& recipient = message->envelope.recipients.front();
  const delivery::Release release{facts.id,     recipient.address.key(), false, clear, facts.login,
                                  facts.client, facts.listener};
  if (auto proof = add_proof(desk, facts, message->headers); !proof) {
    return proof;
  }
  message->headers.insert(
      0, std::string(delivery::kReleaseField),
      ' ' + delivery::release_value(release, delivery::body_digest(wire), desk.link_key));
  delivery::Outgoing outgoing;
  outgoing.reverse_path = facts.sender.empty() ? "<>" : '<' + facts.sender + '>';
  outgoing.arguments = kept_arguments(facts.mail_arguments);
  outgoing.recipients = {{recipient.path, facts.recipient_arguments}};
  outgoing.headers = &message->headers;
  outgoing.body = wire;
  if (auto asked = ask_for_filter(desk, outgoing, release); !asked) {
    return asked;
  }
  return outcome_of(desk, facts,
                    delivery::send_message(desk.settings.hold_listener, "localhost", outgoing));
}

}  // namespace phimilter::phictl
