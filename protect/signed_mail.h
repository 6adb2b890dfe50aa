// SPDX-License-Identifier: Apache-2.0
//
// What a good S/MIME signature of received mail says about its author (RFC 8551 3.5).
#pragma once

#include <optional>
#include <string>

#include "mail/message.h"
#include "policy/treatment.h"

namespace phimilter::protect {

struct LearnedCertificate {
  mail::Address owner;
  std::string pem;                      // the certificate to encrypt to
  std::optional<policy::CmsForm> form;  // of the signature's smimeCapabilities
};

// Whether the outermost part claims to be signed, by its Content-Type.
bool looks_signed(const mail::HeaderList& headers);

// Multipart/signed and opaque SignedData with one signer, whose signature verifies over the
// content, whose digest is not weaker than SHA-256, and whose certificate names the only author of
// From. The chain is not looked at: trust is somebody else's question. nullopt: anything else, or
// more bytes than limits::kSignatureBytes.
std::optional<LearnedCertificate> learn_from_signature(const mail::HeaderList& headers,
                                                       std::string_view body);

}  // namespace phimilter::protect
