// SPDX-License-Identifier: Apache-2.0
//
// One file a recipient, <SHA-256 of the address key, hex>.recipient, mode 0660, JSON:
//   {"v":1,"language":"es","consent_date":"2026-01-31","consent_version":"2","consent_expires":"",
//    "address":"<base64 of a sealed file of kind 4>","proof":"<base64 of a sealed file of kind 3>"}
// The id in the sealed file's header is the SHA-256 that names the file, so that a proof cannot be
// moved to somebody else. No address stands in the folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "escrow/recipients.h"

namespace phimilter::escrow {

inline constexpr std::size_t kLongestRecipientFile = 64 * 1024;
inline constexpr std::string_view kRecipientSuffix = ".recipient";

struct StoredRecipient {
  RecipientEntry entry;
  std::string sealed_proof;    // base64; empty: none
  std::string sealed_address;  // base64; empty: written before addresses were kept
};

std::string recipient_file_text(const StoredRecipient& stored);
Result<StoredRecipient> parse_recipient_file(const std::string& text, const std::string& path);
Result<std::optional<StoredRecipient>> read_recipient_file(const std::string& path);
// Transient, since the recipient's method must not be chosen on it.
Fault unreadable_recipient(const std::string& path);

}  // namespace phimilter::escrow
