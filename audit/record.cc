// SPDX-License-Identifier: Apache-2.0
#include "audit/record.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace phimilter::audit {

namespace {

using Json = nlohmann::ordered_json;

constexpr auto kEvents = std::to_array<std::pair<Event, std::string_view>>({
    {Event::intended, "intended"},
    {Event::accepted, "accepted"},
    {Event::completed, "completed"},
    {Event::failed, "failed"},
    {Event::noticed, "noticed"},
    {Event::challenged, "challenged"},
    {Event::verified, "verified"},
    {Event::refused, "refused"},
    {Event::locked, "locked"},
    {Event::shown, "shown"},
    {Event::downloaded, "downloaded"},
    {Event::recipient_changed, "recipient_changed"},
    {Event::api_token_made, "api_token_made"},
    {Event::api_token_revoked, "api_token_revoked"},
    {Event::signed_in, "signed_in"},
    {Event::sign_in_refused, "sign_in_refused"},
    {Event::handed_in, "handed_in"},
    {Event::retracted, "retracted"},
    {Event::extended, "extended"},
    {Event::unlocked, "unlocked"},
    {Event::expired, "expired"},
    {Event::destroyed, "destroyed"},
    {Event::held, "held"},
    {Event::held_shown, "held_shown"},
    {Event::released, "released"},
    {Event::held_refused, "held_refused"},
    {Event::held_expired, "held_expired"},
    {Event::fetched, "fetched"},
    {Event::replied, "replied"},
    {Event::resent, "resent"},
    {Event::asked_again, "asked_again"},
    {Event::reminded, "reminded"},
    {Event::sender_told, "sender_told"},
    {Event::head_lost, "head_lost"},
});

Json recipient_json(const RecipientRecord& recipient) {
  Json json = {{"address", recipient.address},       {"method", recipient.method},
               {"token", recipient.token},           {"reasons", recipient.reasons},
               {"algorithms", recipient.algorithms}, {"key", recipient.key},
               {"escrow_id", recipient.escrow_id},   {"status", recipient.status}};
  if (!recipient.terms.empty()) {
    json["terms"] = recipient.terms;
  }
  return json;
}

RecipientRecord recipient_from(const Json& json) {
  RecipientRecord recipient;
  json.at("address").get_to(recipient.address);
  json.at("method").get_to(recipient.method);
  json.at("token").get_to(recipient.token);
  json.at("reasons").get_to(recipient.reasons);
  json.at("algorithms").get_to(recipient.algorithms);
  json.at("key").get_to(recipient.key);
  json.at("escrow_id").get_to(recipient.escrow_id);
  json.at("status").get_to(recipient.status);
  recipient.terms = json.value("terms", "");
  return recipient;
}

Fault not_a_record(const char* why) {
  return permanent_fault("audit.record", why);
}

Result<Record> record_from(const Json& json) {
  if (json.at("v").get<int>() != kSchemaVersion) {
    return fail(not_a_record("a record of a schema that is not known here"));
  }
  auto time = parse_rfc3339(json.at("time").get<std::string>());
  const auto event = event_from(json.at("event").get<std::string>());
  if (!time || !event) {
    return fail(not_a_record("a record with an unknown event or time"));
  }
  Record record;
  record.time = *time;
  record.event = *event;
  json.at("seq").get_to(record.sequence);
  json.at("writer").get_to(record.writer);
  json.at("queue_id").get_to(record.queue_id);
  json.at("digest").get_to(record.digest);
  json.at("instance").get_to(record.instance);
  json.at("sender").get_to(record.sender);
  json.at("login").get_to(record.login);
  json.at("client").get_to(record.client);
  json.at("listener").get_to(record.listener);
  for (const Json& recipient : json.at("recipients")) {
    record.recipients.push_back(recipient_from(recipient));
  }
  json.at("rules").get_to(record.rules);
  for (const auto& [name, count] : json.at("findings").items()) {
    record.findings[name] = count.get<std::size_t>();
  }
  json.at("scope").get_to(record.scope);
  json.at("policy_version").get_to(record.policy_version);
  json.at("sensitive").get_to(record.sensitive);
  json.at("size").get_to(record.size);
  json.at("route").get_to(record.route);
  json.at("fault").get_to(record.fault);
  return record;
}

}  // namespace

std::string_view to_string(Event event) {
  for (const auto& [value, name] : kEvents) {
    if (value == event) {
      return name;
    }
  }
  return "unknown";
}

std::optional<Event> event_from(std::string_view name) {
  for (const auto& [value, known] : kEvents) {
    if (known == name) {
      return value;
    }
  }
  return std::nullopt;
}

std::string to_json(const Record& record) {
  Json recipients = Json::array();
  for (const RecipientRecord& recipient : record.recipients) {
    recipients.push_back(recipient_json(recipient));
  }
  Json findings = Json::object();
  for (const auto& [name, count] : record.findings) {
    findings[name] = count;
  }
  const Json json = {{"v", kSchemaVersion},
                     {"seq", record.sequence},
                     {"writer", record.writer},
                     {"time", rfc3339(record.time)},
                     {"event", to_string(record.event)},
                     {"queue_id", record.queue_id},
                     {"digest", record.digest},
                     {"instance", record.instance},
                     {"sender", record.sender},
                     {"login", record.login},
                     {"client", record.client},
                     {"listener", record.listener},
                     {"recipients", std::move(recipients)},
                     {"rules", record.rules},
                     {"findings", std::move(findings)},
                     {"scope", record.scope},
                     {"policy_version", record.policy_version},
                     {"sensitive", record.sensitive},
                     {"size", record.size},
                     {"route", record.route},
                     {"fault", record.fault}};
  // US-ASCII only: a line stays one line in every tool, and no character of an address can play
  // with a terminal.
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Result<Record> record_from_json(std::string_view text) {
  try {
    return record_from(Json::parse(text));
  } catch (const Json::exception&) {
    return fail(not_a_record("not a decision record"));
  }
}

}  // namespace phimilter::audit
