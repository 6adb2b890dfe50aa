// SPDX-License-Identifier: Apache-2.0
#include "escrow/entry.h"

#include <algorithm>

#include "base/encoding.h"

namespace phimilter::escrow {

namespace {

constexpr std::size_t kSecretCharacters = 43;  // 32 bytes in base64url, not padded
constexpr std::size_t kIdBytes = 16;

EscrowId id_of(std::string_view secret) {
  const Sha256 digest = sha256(secret);
  auto id = EscrowId::parse(hex(ByteView(digest).first(kIdBytes)));
  require(id.has_value(), "16 bytes in hex are an escrow id");
  return *id;
}

}  // namespace

Link make_link(const Secret& link_key, const TokenId& token) {
  require(!link_key.empty(), "a link key has bytes");
  std::string secret = base64url(hmac_sha256(link_key.span(), as_bytes(token.str())));
  EscrowId id = id_of(secret);
  std::string reference = reference_of(id);
  return Link{std::move(id), std::move(secret), std::move(reference)};
}

std::optional<EscrowId> id_of_link_secret(std::string_view secret) {
  if (secret.size() != kSecretCharacters) {
    return std::nullopt;
  }
  const auto bytes = unbase64url(secret);
  // Two bits of the last character carry nothing; only one spelling of a secret is one.
  if (!bytes || base64url(*bytes) != secret) {
    return std::nullopt;
  }
  return id_of(secret);
}

std::string reference_of(const EscrowId& id) {
  // Read aloud over the telephone: no 0 O 1 I L, no 2 Z, 5 S, 6 G, 8 B, U V pairs.
  constexpr std::string_view kAlphabet = "23456789ACDEFHJKMNPQRTVWXY";
  constexpr std::size_t kGroup = 4;
  const Sha256 digest = sha256("reference " + id.str());
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    number = (number << 8) | digest[i];
  }
  std::string text;
  for (std::size_t i = 0; i < 2 * kGroup; ++i) {
    if (i == kGroup) {
      text += '-';
    }
    text += kAlphabet[number % kAlphabet.size()];
    number /= kAlphabet.size();
  }
  return text;
}

}  // namespace phimilter::escrow
