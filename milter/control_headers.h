// SPDX-License-Identifier: Apache-2.0
//
// Header fields that are addressed to phimilter. They are taken off every message from whomever,
// and read only from a sender who is believed.
#pragma once

#include <string>
#include <vector>

#include "escrow/entry.h"
#include "mail/message.h"

namespace phimilter::milter {

struct GivenProof {
  std::string address_key;
  std::string language;  // "en", "es" or empty
  escrow::Proof proof;
};

struct ControlHeaders {
  mail::HeaderList remaining;  // the message's header without them
  std::vector<GivenProof> proofs;
  std::vector<mail::HeaderField> taken;  // the others of them, whoever wrote them
};

enum class Sender { believed, not_believed };

// Fields named X-Phi-... and `proof_header` are taken off. From a believed sender each proof header
// gives one recipient's proof; one for an address that is no recipient of this copy is passed over,
// since a relay may have split the message. Permanent fault "proof.header": it cannot be read, says
// whom it is for only when there is more than one to choose from, or comes twice for one recipient.
Result<ControlHeaders> take_control_headers(const mail::CapturedMessage& message, Sender sender,
                                            const std::string& proof_header,
                                            const std::vector<std::string>& own_domains);

// What the policy may read marks from (policy/marks.h): fields of these names, lower case, among
// what was taken off and what remains.
std::vector<mail::HeaderField> mark_fields(const std::vector<mail::HeaderField>& taken,
                                           const mail::HeaderList& remaining,
                                           const std::vector<std::string>& names);

}  // namespace phimilter::milter
