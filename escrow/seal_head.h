// SPDX-License-Identifier: Apache-2.0
//
// The first 512 bytes of a sealed file: what stands there in the clear, and the file's root key,
// wrapped to whoever may open it. The wraps can be changed without touching what follows. The
// format is in docs/escrow-format.md.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "escrow/seal_keys.h"

namespace phimilter::escrow {

inline constexpr std::size_t kSealHeaderBytes = 512;  // fixed part and slots
inline constexpr std::size_t kSealFixedBytes = 128;

enum class SealKind : std::uint8_t { message = 1, proof = 2, recipient = 3, address = 4 };

// In the clear, and authenticated by whoever holds the private key.
struct SealHeader {
  SealKind kind = SealKind::message;
  std::array<std::uint8_t, 32> id{};  // shorter ids stand left, zeros follow
  Timestamp created{}, expires{};
  bool bound = false;             // to its link
  std::uint32_t facts_bytes = 0;  // of what stands before the body, with a key of its own
};

// To whom a file is sealed.
struct SealTarget {
  PublicKey portal{};
  std::string_view link_secret{};       // not empty: the body opens with it alone
  std::optional<PublicKey> recovery{};  // of a bound file: who can open the link secret
};

using SealHead = std::array<std::uint8_t, kSealHeaderBytes>;
// What parts of the file are authenticated with: the fixed part of the head, then one byte.
using SealAssociated = std::array<std::uint8_t, kSealFixedBytes + 1>;
inline constexpr std::uint8_t kMoreFollows = 0, kLastChunk = 1, kFactsPart = 2;

struct MadeHead {
  SealHead bytes{};
  Secret root;
};
Result<MadeHead> make_head(const SealHeader& header, const SealTarget& target);

// Without any key: what the header claims. Permanent fault: not a sealed file, or of a version
// unknown here.
Result<SealHeader> parse_seal_header(ByteView file_start);

struct OpenedHead {
  SealHeader header;
  SealAssociated associated{};
  Secret root;
};
// Configuration fault: sealed to another key; permanent: damaged.
Result<OpenedHead> open_head(ByteView file_start, const KeyRing& keys);
GcmKey facts_key(const Secret& root);
// `link_secret` counts where the file is bound.
GcmKey body_key(const Secret& root, bool bound, std::string_view link_secret);

// The link secret of a bound file, as it stands in the link. Configuration fault: not sealed to
// this recovery key; permanent: damaged.
Result<std::string> recover_link_secret(ByteView file_start, const KeyPair& recovery);

// Whether the root is wrapped to `key` and to no other portal key.
bool sealed_to_alone(ByteView file_start, const PublicKey& key);

// What to write over a head so that it is sealed to `to` alone: `added` first and synced, then
// `cleaned`; stopped between them, the file opens with either key.
struct Rewrap {
  SealHead added{}, cleaned{};
};
Result<Rewrap> rewrap_head(ByteView file_start, const KeyRing& keys, const PublicKey& to);

}  // namespace phimilter::escrow
