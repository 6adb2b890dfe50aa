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
#include "policy/treatment.h"

namespace phimilter::policy {

// pending: found, or changed since it was last used, and trusted by nobody yet. No key, and the
// recipient falls to the next method.
enum class KeyState { none, valid, pending, expired, revoked, unusable, unknown };
// Whether it can be proved, before a byte leaves, that the domain's servers are reached by TLS and
// are who they say.
enum class TlsState { not_proved, proved, unknown };
// The recipient's consent to a weaker form, as the clinic has it on file.
enum class ConsentState { none, given, expired, unknown };
enum class ProofState { none, on_file, with_message };

std::string_view to_string(KeyState state);
std::string_view to_string(TlsState state);
std::string_view to_string(ConsentState state);
std::string_view to_string(ProofState state);

struct KeyFact {
  KeyState state = KeyState::none;
  std::optional<FingerprintId> fingerprint;  // present when valid, pending or expired
  std::string source;                        // "gnupg", "certificates"; for the record
  CmsForm cms{};                             // of a certificate: what its owner's software reads
};

struct TlsFact {
  TlsState state = TlsState::not_proved;
  std::string source;  // "configured", "mta-sts", "dane"; for the record
};

struct RecipientFacts {
  mail::Address address;
  bool internal = false;  // the domain is one of the organisation's own
  bool blind = false;     // stands in none of To, Cc, Resent-To, Resent-Cc: a Bcc recipient
  KeyFact pgp{};
  KeyFact smime{};
  TlsFact tls{};
  bool portal = false;  // portal and escrow are configured
  ProofState proof = ProofState::none;
  ConsentState consent = ConsentState::none;
  std::string consent_on_file{};  // "2026-01-31, text 2, until 2028-01-31"; for the record
};

}  // namespace phimilter::policy
