// SPDX-License-Identifier: Apache-2.0
#include "escrow/recipient_file.h"

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "escrow/vault_files.h"

namespace phimilter::escrow {

using Json = nlohmann::ordered_json;

Fault unreadable_recipient(const std::string& path) {
  return transient_fault("escrow.recipient", "a recipient's file cannot be understood")
      .with("path", path);
}

Result<StoredRecipient> parse_recipient_file(const std::string& text, const std::string& path) {
  try {
    const Json json = Json::parse(text);
    if (json.at("v") != 1) {
      return fail(unreadable_recipient(path));
    }
    StoredRecipient stored;
    stored.entry.language = json.at("language").get<std::string>();
    stored.entry.consent_date = json.at("consent_date").get<std::string>();
    stored.sealed_proof = json.at("proof").get<std::string>();
    stored.entry.has_proof = !stored.sealed_proof.empty();
    stored.entry.consent_version = json.value("consent_version", "");
    stored.entry.consent_expires = json.value("consent_expires", "");
    stored.sealed_address = json.value("address", "");
    return stored;
  } catch (const Json::exception&) {
    return fail(unreadable_recipient(path));
  }
}

std::string recipient_file_text(const StoredRecipient& stored) {
  const Json json = {{"v", 1},
                     {"language", stored.entry.language},
                     {"consent_date", stored.entry.consent_date},
                     {"consent_version", stored.entry.consent_version},
                     {"consent_expires", stored.entry.consent_expires},
                     {"address", stored.sealed_address},
                     {"proof", stored.sealed_proof}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

Result<std::optional<StoredRecipient>> read_recipient_file(const std::string& path) {
  const auto present = file_present(path);
  if (!present) {
    return fail(present.error());
  }
  if (!*present) {
    return std::nullopt;
  }
  auto text = read_file(path, kLongestRecipientFile);
  if (!text) {
    return fail(text);
  }
  auto stored = parse_recipient_file(*text, path);
  if (!stored) {
    return fail(stored);
  }
  return std::move(*stored);
}

}  // namespace phimilter::escrow
