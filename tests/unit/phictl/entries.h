// SPDX-License-Identifier: Apache-2.0
//
// What waits in the small installation's vault.
#pragma once

#include <string>

#include "escrow/vault.h"

namespace phimilter::phictl {

inline escrow::EntryFacts entry_facts(EscrowId id, Timestamp created = system_clock().now()) {
  return {.id = std::move(id),
          .token = *TokenId::parse(std::string(64, 'a')),
          .queue_id = "4ABC",
          .sender = "lab@clinic.example",
          .recipient = "pat@example.org",
          .subject = "Potassium",
          .language = "",
          .created = created,
          .expires = created + std::chrono::hours(720)};
}

// Its notice has left.
inline Status seal_open(escrow::VaultWriter& vault, const escrow::EntryFacts& facts) {
  auto sealed = vault.seal(facts, std::nullopt, [](mail::ByteSink& out) {
    return out.write("Subject: Potassium\r\n\r\nToo low.\r\n");
  });
  return sealed ? vault.mark_noticed(facts.id) : sealed;
}

}  // namespace phimilter::phictl
