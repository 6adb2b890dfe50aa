// SPDX-License-Identifier: Apache-2.0
//
// /api/v1/batches: a message that a program hands in, as an item of a batch. It enters the filtered
// listener like any mail of the clinic's; that the same item twice is one message, the filter sees
// to (delivery/batch.h).
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/limits.h"
#include "delivery/batch.h"
#include "mail/address.h"
#include "mail/message.h"
#include "portal/api.h"
#include "portal/api_body.h"
#include "portal/api_query.h"

namespace phimilter::portal {

namespace {

using Json = nlohmann::ordered_json;

struct Split {
  mail::HeaderList headers;
  std::string_view body;
};

// nullopt: no message, or a header over the limits.
std::optional<Split> split_message(std::string_view bytes) {
  std::size_t end = std::string_view::npos;
  std::size_t body = 0;
  for (const std::string_view blank : {"\r\n\r\n", "\n\n"}) {
    const std::size_t at = bytes.find(blank);
    if (at < end) {
      end = at;
      body = at + blank.size();
    }
  }
  if (end == std::string_view::npos || end > limits::kHeaderBytes) {
    return std::nullopt;
  }
  const auto header = mail::parse_message(std::string(bytes.substr(0, end)) + "\r\n\r\n", {});
  const bool whole = header && header->body.size() == 0;
  return whole && header->headers.fields().size() <= limits::kHeaderFields
             ? std::optional(Split{header->headers, bytes.substr(body)})
             : std::nullopt;
}

Problem unprocessable(std::string where, std::string what) {
  return {422,
          "invalid-values",
          "the body is JSON, but it is no message that can be sent",
          {{std::move(where), std::move(what)}}};
}

using Errors = std::vector<std::pair<std::string, std::string>>;

// The envelope, and each field that SMTP needs checked.
Parsed<delivery::Outgoing> envelope_of(const SendingBody& body,
                                       const std::vector<std::string>& own_domains) {
  delivery::Outgoing mail;
  const auto sender = mail::Address::parse(body.sender);
  if (!sender || !mail::domain_listed(sender->domain(), own_domains)) {
    return tl::unexpected(
        unprocessable("/sender", "an address of one of organisation.domains is needed"));
  }
  mail.reverse_path = "<" + sender->spelled() + ">";
  for (std::size_t i = 0; i < body.recipients.size(); ++i) {
    const auto address = mail::Address::parse(body.recipients[i]);
    if (!address) {
      return tl::unexpected(
          unprocessable("/recipients/" + std::to_string(i), "a mail address is needed"));
    }
    mail.recipients.push_back({"<" + address->spelled() + ">", {}});
  }
  return mail;
}

Json outcome_json(const SendingBody& body, const delivery::SmtpOutcome& outcome) {
  Json recipients = Json::array();
  for (std::size_t i = 0; i < outcome.recipients.size() && i < body.recipients.size(); ++i) {
    recipients.push_back({{"address", body.recipients[i]},
                          {"accepted", outcome.recipients[i].code / 100 == 2},
                          {"code", outcome.recipients[i].code}});
  }
  return {{"recipients", std::move(recipients)},
          {"queue_id", outcome.queue_id.empty() ? Json() : Json(outcome.queue_id)}};
}

std::string_view field_of(const Fault& fault, std::string_view name) {
  for (const auto& [key, value] : fault.fields) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

// What the listener said to the whole message.
Response refused(const Request& request, const Fault& fault) {
  const std::string_view code = field_of(fault, "code");
  if (fault.id != "smtp.refused" || !code.starts_with("5")) {
    return fault_reply(request, fault);
  }
  if (code == "554" && field_of(fault, "enhanced") == "5.6.0") {
    return problem_reply(request, {409, "other-content",
                                   "this item was sent before with another content: a correction "
                                   "is an item of its own"});
  }
  return problem_reply(request, {409, "refused", "the message was refused: " + std::string(code)});
}

}  // namespace

Status Api::record_sending(const Call& call, const delivery::Outgoing& mail,
                           const std::vector<delivery::RecipientReply>& replies) {
  audit::Record record;
  record.event = audit::Event::handed_in;
  record.sender = mail.reverse_path.substr(1, mail.reverse_path.size() - 2);
  record.login = "api-token:" + call.token.name;
  record.client = call.request.peer;
  for (std::size_t i = 0; i < mail.recipients.size(); ++i) {
    audit::RecipientRecord recipient;
    const std::string& path = mail.recipients[i].path;
    recipient.address = path.substr(1, path.size() - 2);
    recipient.status =
        i < replies.size() ? "answered " + std::to_string(replies[i].code) : "intended";
    recipient.reasons = {"batch " + call.path[1], "item " + call.path[2]};
    record.recipients.push_back(std::move(recipient));
  }
  auto written = parts_.journal.append(record);
  return written ? Status() : fail(written);
}

Response Api::send_message(const Call& call) {
  const Request& request = call.request;
  if (!says_json(request)) {
    return problem_reply(request, {415, "not-json", "send Content-Type: application/json"});
  }
  const auto mark =
      delivery::parse_batch_mark("id=" + call.path[1] + "; item=" + call.path[2] + ";");
  if (!mark || mark->id != call.path[1] || mark->item != call.path[2]) {
    return problem_reply(request, {422, "invalid-item",
                                   "batch and item are 1 to 64 letters, digits, dots, hyphens and "
                                   "underscores"});
  }
  const auto body = read_sending_body(request.body);
  if (!body) {
    return problem_reply(request, body.error());
  }
  auto message = split_message(body->message);
  if (!message || message->headers.count(delivery::kBatchField) > 0) {
    return problem_reply(
        request, unprocessable("/message", "a message of RFC 5322 is needed, without X-Phi-Batch"));
  }
  auto mail = envelope_of(*body, parts_.own_domains);
  if (!mail) {
    return problem_reply(request, mail.error());
  }
  message->headers.insert(0, std::string(delivery::kBatchField),
                          " id=" + mark->id + "; item=" + mark->item);
  mail->headers = &message->headers;
  mail->body = message->body;
  // Before it leaves, so that nothing leaves without a name; and behind it, what became of it.
  if (auto written = record_sending(call, *mail, {}); !written) {
    return fault_reply(request, written.error());
  }
  const auto outcome = parts_.submit(*mail);
  if (!outcome) {
    return refused(request, outcome.error());
  }
  if (auto written = record_sending(call, *mail, outcome->recipients); !written) {
    return fault_reply(request, written.error());
  }
  return json_reply(
      request, 200,
      outcome_json(*body, *outcome).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace phimilter::portal
