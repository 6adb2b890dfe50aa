// SPDX-License-Identifier: Apache-2.0
//
// The three primitives of a sealed file: X25519 (RFC 7748), HKDF-SHA-256 (RFC 5869), AES-256-GCM
// (SP 800-38D).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/encoding.h"
#include "base/secret.h"

namespace phimilter::escrow {

inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kTagBytes = 16;

using PublicKey = std::array<std::uint8_t, kKeyBytes>;

struct KeyPair {
  Secret private_key;
  PublicKey public_key{};
};

std::optional<KeyPair> make_key_pair();
std::optional<PublicKey> public_key_of(const Secret& private_key);
// nullopt also where the other side is a point of small order (RFC 7748 6.1).
std::optional<Secret> shared_secret(const Secret& private_key, const PublicKey& other);
std::optional<Secret> hkdf_sha256(const Secret& input, ByteView salt, std::string_view info);

// One key for many nonces. A nonce is the counter, big-endian, in 12 bytes: each key is used for
// one file only.
class GcmKey {
 public:
  explicit GcmKey(Secret key);
  ~GcmKey();
  GcmKey(GcmKey&&) noexcept;
  GcmKey& operator=(GcmKey&&) noexcept;
  // `out` takes the ciphertext and kTagBytes of tag.
  bool seal(std::uint64_t counter, ByteView associated, ByteView plain,
            std::span<std::uint8_t> out);
  // `sealed` ends with the tag; false: not authentic, and `out` holds nothing.
  bool open(std::uint64_t counter, ByteView associated, ByteView sealed,
            std::span<std::uint8_t> out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace phimilter::escrow
