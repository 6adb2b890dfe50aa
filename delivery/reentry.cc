// SPDX-License-Identifier: Apache-2.0
#include "delivery/reentry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "base/encoding.h"
#include "mail/mime_writer.h"

namespace phimilter::delivery {

namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// RFC 3461 4: printable ASCII but "+" and "=" stands for itself.
std::string xtext(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c > ' ' && c <= '~' && c != '+' && c != '=') {
      out += c;
    } else {
      std::array<char, 4> code{};
      std::snprintf(code.data(), code.size(), "+%02X",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += code.data();
    }
  }
  return out;
}

// Code points of valid UTF-8; a byte that is none is taken as it is.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = static_cast<unsigned char>(text[at++]);
  const int more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
  std::uint32_t point = more == 0 ? byte : byte & (0x3fU >> more);
  for (int i = 0; i < more && at < text.size(); ++i) {
    point = (point << 6) | (static_cast<unsigned char>(text[at++]) & 0x3fU);
  }
  return point;
}

// RFC 6533 3: utf-8-addr-xtext, all in ASCII.
std::string utf8_address_xtext(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t point = next_code_point(text, at);
    if (point > ' ' && point <= '~' && point != '+' && point != '=' && point != '\\') {
      out += static_cast<char>(point);
    } else {
      std::array<char, 16> code{};
      std::snprintf(code.data(), code.size(), "\\x{%02X}", static_cast<unsigned>(point));
      out += code.data();
    }
  }
  return out;
}

std::string path_of(const std::optional<mail::Address>& address) {
  return address ? '<' + address->spelled() + '>' : "<>";
}

std::string original_recipient(const mail::Address& address) {
  const std::string& spelled = address.spelled();
  return is_ascii(spelled) ? "ORCPT=rfc822;" + xtext(spelled)
                           : "ORCPT=utf-8;" + utf8_address_xtext(spelled);
}

OutgoingRecipient outgoing_recipient(const mail::Recipient& recipient) {
  OutgoingRecipient out{path_of(recipient.address), {}};
  if (const auto notify = mail::Envelope::argument(recipient.arguments, "NOTIFY")) {
    out.arguments.push_back("NOTIFY=" + *notify);
  }
  const auto original = mail::Envelope::argument(recipient.arguments, "ORCPT");
  out.arguments.push_back(original ? "ORCPT=" + *original : original_recipient(recipient.address));
  return out;
}

// Raw bytes in header fields do not make a message internationalised: it came without SMTPUTF8 and
// was taken.
bool needs_smtputf8(const mail::CapturedMessage& message, const Outgoing& outgoing) {
  const auto non_ascii = [](const OutgoingRecipient& recipient) {
    return !is_ascii(recipient.path);
  };
  if (!is_ascii(outgoing.reverse_path) ||
      std::any_of(outgoing.recipients.begin(), outgoing.recipients.end(), non_ascii)) {
    return true;
  }
  return mail::Envelope::argument(message.envelope.arguments, "SMTPUTF8").has_value() &&
         !is_ascii(outgoing.headers->text());
}

class SmtpCopySender final : public CopySender {
 public:
  SmtpCopySender(std::string listener, std::string secure_listener)
      : listener_(std::move(listener)), secure_listener_(std::move(secure_listener)) {}

  Result<SmtpOutcome> send(Way way, const std::string& helo, const Outgoing& outgoing) override {
    const std::string& listener = way == Way::secure ? secure_listener_ : listener_;
    if (listener.empty()) {
      return fail(configuration_fault("reentry.listener", way == Way::secure
                                                              ? "reentry.secure_listener is not set"
                                                              : "reentry.listener is not set"));
    }
    return send_message(listener, helo, outgoing);
  }

 private:
  std::string listener_, secure_listener_;
};

std::string_view field_of(const Fault& fault, std::string_view name) {
  for (const auto& [key, value] : fault.fields) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

}  // namespace

std::optional<SmtpOutcome> refused_whole(const Fault& fault, std::size_t recipients) {
  const std::string_view step = field_of(fault, "step");
  const std::string_view code = field_of(fault, "code");
  if (fault.id != "smtp.refused" || (step != "DATA" && step != "end of data") ||
      !code.starts_with('5')) {
    return std::nullopt;
  }
  int number = 554;
  std::from_chars(code.data(), code.data() + code.size(), number);
  SmtpOutcome out;
  out.recipients.assign(recipients, {number, std::string(field_of(fault, "enhanced"))});
  return out;
}

Result<RecipientReply> send_notice(CopySender& sender, const std::string& helo,
                                   const Outgoing& notice) {
  auto outcome = sender.send(Way::ordinary, helo, notice);
  if (!outcome) {
    const auto refused = refused_whole(outcome.error(), 1);
    return refused ? Result<RecipientReply>(refused->recipients.front()) : fail(outcome);
  }
  if (outcome->recipients.size() != 1) {
    return fail(bug_fault("reentry.replies", "not one reply to a notice to one person"));
  }
  RecipientReply& reply = outcome->recipients.front();
  if (reply.code / 100 != 2 && reply.code / 100 != 5) {
    return fail(transient_fault("reentry.deferred",
                                "the re-entry listener cannot take a notice to a sender now"));
  }
  return std::move(reply);
}

bool is_about_permission(std::string_view enhanced) {
  return enhanced.starts_with("5.7.");
}

std::string sender_not_told(const RecipientReply& reply) {
  return "sender not told: " + std::to_string(reply.code) +
         (reply.enhanced.empty() ? "" : ' ' + reply.enhanced);
}

std::unique_ptr<CopySender> smtp_copy_sender(std::string listener, std::string secure_listener) {
  return std::make_unique<SmtpCopySender>(std::move(listener), std::move(secure_listener));
}

mail::HeaderField received_field(const mail::CapturedMessage& message) {
  const mail::Client& client = message.envelope.client;
  std::string value = "from " + (client.helo.empty() ? "unknown" : client.helo);
  value += " (" + (client.name.empty() ? "unknown" : client.name);
  value += client.address.empty() ? ")" : " [" + client.address + "])";
  value += " by " + (client.mta_name.empty() ? "localhost" : client.mta_name) + " (phimilter)";
  value += " id " + (message.queue_id.empty() ? "-" : message.queue_id);
  value += "; " + rfc5322_date(message.received);
  return mail::structured_field("Received", value);
}

Outgoing outgoing_copy(const mail::CapturedMessage& message,
                       std::span<const std::size_t> recipients, const mail::HeaderList& headers,
                       std::string_view body) {
  Outgoing outgoing;
  outgoing.reverse_path = path_of(message.envelope.reverse_path);
  outgoing.headers = &headers;
  outgoing.body = body;
  for (const std::size_t index : recipients) {
    outgoing.recipients.push_back(outgoing_recipient(message.envelope.recipients[index]));
  }
  outgoing.arguments.emplace_back("RET=HDRS");
  if (const auto id = mail::Envelope::argument(message.envelope.arguments, "ENVID")) {
    outgoing.arguments.push_back("ENVID=" + *id);
  }
  const bool utf8 = needs_smtputf8(message, outgoing);
  if (utf8) {
    outgoing.arguments.emplace_back("SMTPUTF8");
  }
  if (utf8 || !is_ascii(body) || !is_ascii(headers.text())) {
    outgoing.arguments.emplace_back("BODY=8BITMIME");
  }
  return outgoing;
}

}  // namespace phimilter::delivery
