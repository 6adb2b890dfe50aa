// SPDX-License-Identifier: Apache-2.0
//
// Everything that is known about the recipients of one message, gathered from protect/ and escrow/
// after the end of data.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "delivery/aliases.h"
#include "escrow/recipients.h"
#include "mail/message.h"
#include "policy/policy.h"
#include "protect/key_desk.h"
#include "protect/key_source.h"
#include "protect/tls_facts.h"

namespace phimilter::delivery {

// Borrowed; a null pointer means: not configured.
struct FactSources {
  protect::KeySource* pgp = nullptr;
  protect::KeySource* smime = nullptr;
  // Which of the stores' keys may be used, and what the net knows; null: every valid key.
  protect::KeyDesk* keys = nullptr;
  protect::TlsFacts* tls = nullptr;
  escrow::RecipientStore* recipients = nullptr;
  // Null: every mailbox of the own domains is inside.
  AliasMaps* aliases = nullptr;
  std::vector<std::string> own_domains;
  std::vector<std::string> gcm_recipients;
  std::vector<std::string> oaep_recipients = {};
  bool portal = false;
};

// One entry a recipient, in envelope order. `proof_recipients`: address keys for which the message
// brought a proof. For whom no key can be used, key servers are asked; that takes keys.lookup_ms at
// the longest.
std::vector<policy::RecipientFacts> gather_facts(const FactSources& sources,
                                                 const mail::CapturedMessage& message,
                                                 const std::vector<std::string>& proof_recipients,
                                                 Timestamp now);

// Bcc: an envelope recipient that does not stand literally (by key) in To, Cc, Resent-To or
// Resent-Cc.
std::vector<bool> blind_recipients(const mail::CapturedMessage& message);

policy::MessageContext message_context(const mail::CapturedMessage& message,
                                       const std::vector<std::string>& own_domains);

}  // namespace phimilter::delivery
