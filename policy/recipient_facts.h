// SPDX-License-Identifier: Apache-2.0
//
// What is known about one recipient when the decision is made. Filled by delivery/facts; "unknown"
// means that a source could not be asked, and is never read as "none".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "mail/address.h"

namespace phimilter::policy {

enum class KeyState { none, valid, expired, revoked, unusable, unknown };
enum class TlsState { not_required, required, unknown };
enum class ProofState { none, on_file, with_message };

std::string_view to_string(KeyState state);
std::string_view to_string(TlsState state);
std::string_view to_string(ProofState state);

struct KeyFact {
  KeyState state = KeyState::none;
  std::optional<FingerprintId> fingerprint;  // present when valid or expired
  std::string source;                        // "gnupg", "certificates"; for the record
};

struct RecipientFacts {
  mail::Address address;
  bool internal = false;  // the domain is one of the organisation's own
  bool blind = false;     // stands in none of To, Cc, Resent-To, Resent-Cc: a Bcc recipient
  KeyFact pgp{};
  KeyFact smime{};
  bool smime_gcm = false;  // known to read AuthEnvelopedData
  TlsState tls = TlsState::not_required;
  bool portal = false;  // portal and escrow are configured
  ProofState proof = ProofState::none;
};

}  // namespace phimilter::policy
