// SPDX-License-Identifier: Apache-2.0
#include "escrow/sealed_json.h"

#include <openssl/crypto.h>

#include <nlohmann/json.hpp>

namespace phimilter::escrow {

namespace {

using Json = nlohmann::ordered_json;

Fault damaged(const char* text) {
  return permanent_fault("escrow.damaged", text);
}

}  // namespace

std::string facts_to_json(const EntryFacts& facts) {
  Json json = {
      {"v", 1},
      {"id", facts.id.str()},
      {"token", facts.token.str()},
      {"queue_id", facts.queue_id},
      {"sender", facts.sender},
      {"recipient", facts.recipient},
      {"subject", facts.bound ? std::string() : facts.subject},
      {"language", facts.language},
      {"sensitive", facts.sensitive},
      {"created", facts.created.time_since_epoch().count()},
      {"expires", facts.expires.time_since_epoch().count()},
      {"mail_arguments", facts.mail_arguments},
      {"recipient_arguments", facts.recipient_arguments},
      {"login", facts.login},
      {"client", facts.client},
      {"listener", facts.listener},
      {"link", facts.bound ? std::string() : facts.link_secret},
      {"may_reply_all", facts.may_reply_all},
      {"may_forward", facts.may_forward},
      {"receipt", facts.receipt},
      {"batch", facts.batch},
  };
  if (facts.remind_days) {
    json["remind_days"] = *facts.remind_days;
  }
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Result<EntryFacts> facts_from_json(std::string_view text, bool bound) {
  try {
    const Json json = Json::parse(text);
    auto id = EscrowId::parse(json.at("id").get<std::string>());
    auto token = TokenId::parse(json.at("token").get<std::string>());
    if (json.at("v") != 1 || !id || !token) {
      return fail(damaged("the facts of an entry are of a form that is not known here"));
    }
    const auto time = [&json](const char* key) {
      return Timestamp(std::chrono::microseconds(json.at(key).get<std::int64_t>()));
    };
    return EntryFacts{std::move(*id),
                      std::move(*token),
                      json.at("queue_id").get<std::string>(),
                      json.at("sender").get<std::string>(),
                      json.at("recipient").get<std::string>(),
                      json.at("subject").get<std::string>(),
                      json.at("language").get<std::string>(),
                      json.at("sensitive").get<bool>(),
                      time("created"),
                      time("expires"),
                      json.value("mail_arguments", std::vector<std::string>()),
                      json.value("recipient_arguments", std::vector<std::string>()),
                      json.value("login", std::string()),
                      json.value("client", std::string()),
                      json.value("listener", std::string()),
                      json.value("link", std::string()),
                      bound,
                      json.value("may_reply_all", false),
                      json.value("may_forward", false),
                      json.contains("remind_days")
                          ? std::optional(json.at("remind_days").get<int>())
                          : std::nullopt,
                      json.value("receipt", false),
                      json.value("batch", std::string())};
  } catch (const Json::exception&) {
    return fail(damaged("the facts of an entry cannot be read"));
  }
}

Secret proof_to_json(const Proof& proof) {
  std::string answer(proof.answer.view());
  Json json = {{"question", proof.question}, {"answer", answer}};
  std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  Secret out{std::string_view(text)};
  OPENSSL_cleanse(text.data(), text.size());
  OPENSSL_cleanse(answer.data(), answer.size());
  auto& kept = json["answer"].get_ref<std::string&>();
  OPENSSL_cleanse(kept.data(), kept.size());
  return out;
}

Result<Proof> proof_from_json(const Secret& text) {
  try {
    Json json = Json::parse(text.view());
    auto& answer = json.at("answer").get_ref<std::string&>();
    Proof proof{json.at("question").get<std::string>(), Secret(std::string_view(answer))};
    OPENSSL_cleanse(answer.data(), answer.size());
    return proof;
  } catch (const Json::exception&) {
    return fail(damaged("a proof cannot be read"));
  }
}

}  // namespace phimilter::escrow
