// SPDX-License-Identifier: Apache-2.0
//
//   <HMAC-SHA-256(pepper, "account" NUL address key)>.account   JSON: "version" 1 and the members
//                                                               of Account by their names, times in
//                                                               microseconds since 1970, 0: none
#include "portal/account_store.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace phimilter::portal {
namespace {

using nlohmann::json;

std::string file_of(const std::string& name) {
  return name + ".account";
}

Timestamp time_at(const json& object, const char* key) {
  return Timestamp(std::chrono::microseconds(object.at(key).get<std::int64_t>()));
}

std::string to_text(const Account& account) {
  return json{
      {"version", 1},
      {"address", account.address},
      {"passphrase_hash", account.passphrase_hash},
      {"totp_secret", account.totp_secret},
      {"totp_pending", account.totp_pending},
      {"totp_last_step", account.totp_last_step},
      {"recovery", account.recovery},
      {"reset_hash", account.reset_hash},
      {"reset_expires", account.reset_expires.value_or(Timestamp{}).time_since_epoch().count()},
      {"made", account.made.time_since_epoch().count()}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Account from_text(std::string_view text) {
  const json object = json::parse(text);
  Account account;
  object.at("address").get_to(account.address);
  object.at("passphrase_hash").get_to(account.passphrase_hash);
  object.at("totp_secret").get_to(account.totp_secret);
  object.at("totp_pending").get_to(account.totp_pending);
  object.at("totp_last_step").get_to(account.totp_last_step);
  object.at("recovery").get_to(account.recovery);
  object.at("reset_hash").get_to(account.reset_hash);
  const Timestamp expires = time_at(object, "reset_expires");
  account.reset_expires = expires == Timestamp{} ? std::nullopt : std::optional(expires);
  account.made = time_at(object, "made");
  return account;
}

}  // namespace

std::string AccountStore::name_of(const mail::Address& address) const {
  const std::string text = std::string("account") + '\0' + address.key();
  return hex(hmac_sha256(pepper_.span(), as_bytes(text)));
}

Result<std::optional<Account>> AccountStore::load(const std::string& name) {
  const auto record = records_->load(file_of(name));
  if (!record) {
    return fail(record.error());
  }
  if (!*record) {
    return std::nullopt;
  }
  try {
    return from_text((*record)->view());
  } catch (const json::exception&) {
    return fail(transient_fault("portal.account_broken",
                                "an account cannot be understood: bring portal.state back from a "
                                "backup, or delete the file")
                    .with("record", file_of(name)));
  }
}

Status AccountStore::save(const std::string& name, const Account& account) {
  return records_->save(file_of(name), to_text(account));
}

Status AccountStore::remove(const std::string& name) {
  return records_->remove(file_of(name));
}

}  // namespace phimilter::portal
