// SPDX-License-Identifier: Apache-2.0
#include "milter/control_headers.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "escrow/proof.h"

namespace phimilter::milter {

namespace {

constexpr std::string_view kPrefix = "x-phi-";

Fault bad_header(std::string text) {
  return permanent_fault("proof.header", std::move(text));
}

bool is_ours(const mail::HeaderField& field, const std::string& proof_header) {
  const std::string name = ascii_lower(field.name);
  return name.rfind(kPrefix, 0) == 0 || ascii_iequal(field.name, proof_header);
}

std::vector<std::string> outside_recipients(const mail::Envelope& envelope,
                                            const std::vector<std::string>& own_domains) {
  std::vector<std::string> keys;
  for (const mail::Recipient& recipient : envelope.recipients) {
    const std::string& key = recipient.address.key();
    if (!mail::domain_listed(recipient.address.domain(), own_domains) &&
        std::find(keys.begin(), keys.end(), key) == keys.end()) {
      keys.push_back(key);
    }
  }
  return keys;
}

// nullopt: for somebody who is no recipient of this copy.
Result<std::optional<std::string>> recipient_of(const escrow::ProofHeader& header,
                                                const std::vector<std::string>& outside) {
  if (header.recipient.empty()) {
    if (outside.size() == 1) {
      return outside.front();
    }
    return fail(bad_header("a proof header without rcpt, and not exactly one outside recipient"));
  }
  const auto address = mail::Address::parse(header.recipient);
  if (!address) {
    return fail(bad_header("rcpt of a proof header is not a mail address"));
  }
  const bool known = std::find(outside.begin(), outside.end(), address->key()) != outside.end();
  return known ? std::optional(address->key()) : std::nullopt;
}

Status add_proof(const mail::HeaderField& field, const std::vector<std::string>& outside,
                 std::vector<GivenProof>& proofs) {
  auto header = escrow::parse_proof_header(mail::unfolded(field.value));
  if (!header) {
    return fail(bad_header(header.error().text));
  }
  auto key = recipient_of(*header, outside);
  if (!key) {
    return fail(key);
  }
  if (!*key) {
    return {};
  }
  const auto same = [&key](const GivenProof& given) { return given.address_key == **key; };
  if (std::any_of(proofs.begin(), proofs.end(), same)) {
    return fail(bad_header("two proof headers for one recipient"));
  }
  proofs.push_back({**key, header->language, {header->question, std::move(header->answer)}});
  return {};
}

}  // namespace

Result<ControlHeaders> take_control_headers(const mail::CapturedMessage& message, Sender sender,
                                            const std::string& proof_header,
                                            const std::vector<std::string>& own_domains) {
  ControlHeaders taken;
  const std::vector<std::string> outside = outside_recipients(message.envelope, own_domains);
  for (const mail::HeaderField& field : message.headers.fields()) {
    if (!is_ours(field, proof_header)) {
      taken.remaining.append(field.name, field.value);
      continue;
    }
    if (!ascii_iequal(field.name, proof_header)) {
      taken.taken.push_back(field);
    } else if (sender == Sender::believed) {
      auto added = add_proof(field, outside, taken.proofs);
      if (!added) {
        return fail(added);
      }
    }
  }
  return taken;
}

std::vector<mail::HeaderField> mark_fields(const std::vector<mail::HeaderField>& taken,
                                           const mail::HeaderList& remaining,
                                           const std::vector<std::string>& names) {
  std::vector<mail::HeaderField> out;
  for (const auto* fields : {&taken, &remaining.fields()}) {
    for (const mail::HeaderField& field : *fields) {
      if (std::find(names.begin(), names.end(), ascii_lower(field.name)) != names.end()) {
        out.push_back(field);
      }
    }
  }
  return out;
}

}  // namespace phimilter::milter
