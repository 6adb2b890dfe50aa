// SPDX-License-Identifier: Apache-2.0
//
// What a program sends to the API, read strictly: JSON (RFC 8259) in UTF-8, no member that is not
// known, none twice, and every value of the form that is said in docs/openapi.yaml. No error
// repeats a value: it could be an answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "escrow/recipients.h"
#include "portal/api_reply.h"

namespace phimilter::portal {

template <typename T>
using Parsed = tl::expected<T, Problem>;

struct RecipientBody {
  escrow::RecipientEntry entry;  // without has_proof
  enum class ProofWish { keep, remove, set } wish = ProofWish::keep;
  std::optional<escrow::Proof> proof;  // of ProofWish::set
};

Parsed<RecipientBody> read_recipient_body(std::string_view json);

struct SendingBody {
  std::string sender;
  std::vector<std::string> recipients;
  std::string message;  // as it came
};

// {"sender": "lab@clinic.example", "recipients": ["pat@mail.example"], "message": "<base64>"}
Parsed<SendingBody> read_sending_body(std::string_view json);

// {"expires": "2027-01-31"}
Parsed<std::string> read_extension_body(std::string_view json);

}  // namespace phimilter::portal
