// SPDX-License-Identifier: Apache-2.0
#include "escrow/seal_head.h"

#include <algorithm>

#include "base/encoding.h"

namespace phimilter::escrow {

namespace {

constexpr std::string_view kMagic = "PHISEAL\n";
constexpr std::uint8_t kVersion = 2;
constexpr std::size_t kKindAt = 9, kFlagsAt = 10, kIdAt = 16, kCreatedAt = 48, kExpiresAt = 56,
                      kFactsAt = 64, kFactsEnd = 68;
constexpr std::uint8_t kBoundFlag = 1;

// A slot: type, zeros, key id, ephemeral public key, wrapped 32 bytes with tag.
constexpr std::size_t kSlotBytes = 96, kSlots = 4;
constexpr std::size_t kKeyIdAt = 8, kEphemeralAt = 16, kWrappedAt = 48, kKeyIdBytes = 8;
constexpr std::uint8_t kEmptySlot = 0, kPortalSlot = 1, kRecoverySlot = 2;
static_assert(kSealFixedBytes + kSlots * kSlotBytes == kSealHeaderBytes);

constexpr std::string_view kWrapInfo = "phimilter sealed file 2 wrap";
constexpr std::string_view kFactsInfo = "phimilter sealed file 2 facts";
constexpr std::string_view kBodyInfo = "phimilter sealed file 2 body";
constexpr std::string_view kBoundBodyInfo = "phimilter sealed file 2 bound body";

using Slot = std::array<std::uint8_t, kSlotBytes>;

Fault damaged(const char* text) {
  return permanent_fault("escrow.damaged", text);
}
Fault crypto_refused() {
  return bug_fault("escrow.crypto", "the crypto library refused to work");
}

void put_number(std::span<std::uint8_t> at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    at[size - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

std::uint64_t get_number(ByteView at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = (value << 8) | at[i];
  }
  return value;
}

void put_time(std::span<std::uint8_t> at, Timestamp time) {
  put_number(at, static_cast<std::uint64_t>(time.time_since_epoch().count()), 8);
}

Timestamp get_time(ByteView at) {
  return Timestamp(std::chrono::microseconds(static_cast<std::int64_t>(get_number(at, 8))));
}

std::array<std::uint8_t, kKeyIdBytes> key_id(const PublicKey& key) {
  std::array<std::uint8_t, kKeyIdBytes> out{};
  const Sha256 digest = sha256(ByteView(key));
  std::copy_n(digest.begin(), kKeyIdBytes, out.begin());
  return out;
}

std::optional<GcmKey> wrap_key(const Secret& mine, const PublicKey& other, ByteView ephemeral,
                               const PublicKey& to) {
  auto shared = shared_secret(mine, other);
  if (!shared) {
    return std::nullopt;
  }
  Bytes salt(ephemeral.begin(), ephemeral.end());
  salt.insert(salt.end(), to.begin(), to.end());
  auto key = hkdf_sha256(*shared, salt, kWrapInfo);
  return key ? std::optional<GcmKey>(std::move(*key)) : std::nullopt;
}

// The fixed part of the file's head, then the slot up to what is wrapped.
Bytes wrap_associated(ByteView fixed, ByteView slot) {
  Bytes out(kSealFixedBytes + kWrappedAt);
  std::copy_n(fixed.begin(), kSealFixedBytes, out.begin());
  std::copy_n(slot.begin(), kWrappedAt, out.begin() + kSealFixedBytes);
  return out;
}

std::optional<Slot> make_slot(std::uint8_t type, ByteView fixed, const PublicKey& to,
                              const Secret& content) {
  const auto ephemeral = make_key_pair();
  auto wrapping = ephemeral ? wrap_key(ephemeral->private_key, to, ephemeral->public_key, to)
                            : std::optional<GcmKey>();
  if (!wrapping) {
    return std::nullopt;
  }
  Slot slot{};
  slot[0] = type;
  const auto id = key_id(to);
  std::copy(id.begin(), id.end(), slot.begin() + kKeyIdAt);
  std::copy(ephemeral->public_key.begin(), ephemeral->public_key.end(),
            slot.begin() + kEphemeralAt);
  return wrapping->seal(0, wrap_associated(fixed, slot), content.span(),
                        std::span(slot).subspan(kWrappedAt))
             ? std::optional(slot)
             : std::nullopt;
}

std::optional<Secret> open_slot(ByteView fixed, ByteView slot, const KeyPair& pair) {
  PublicKey ephemeral{};
  std::copy_n(slot.begin() + kEphemeralAt, kKeyBytes, ephemeral.begin());
  auto wrapping = wrap_key(pair.private_key, ephemeral, ephemeral, pair.public_key);
  Secret content(kKeyBytes);
  return wrapping && wrapping->open(0, wrap_associated(fixed, slot), slot.subspan(kWrappedAt),
                                    content.mutable_span())
             ? std::optional(std::move(content))
             : std::nullopt;
}

ByteView slot_of(ByteView head, std::size_t index) {
  return head.subspan(kSealFixedBytes + index * kSlotBytes, kSlotBytes);
}

bool is_for(ByteView slot, std::uint8_t type, const PublicKey& key) {
  const auto id = key_id(key);
  return slot[0] == type && std::equal(id.begin(), id.end(), slot.begin() + kKeyIdAt);
}

SealHead fixed_part(const SealHeader& header, bool bound) {
  SealHead bytes{};
  const std::span<std::uint8_t> all(bytes);
  std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
  bytes[kMagic.size()] = kVersion;
  bytes[kKindAt] = static_cast<std::uint8_t>(header.kind);
  bytes[kFlagsAt] = bound ? kBoundFlag : 0;
  std::copy(header.id.begin(), header.id.end(), bytes.begin() + kIdAt);
  put_time(all.subspan(kCreatedAt), header.created);
  put_time(all.subspan(kExpiresAt), header.expires);
  put_number(all.subspan(kFactsAt), header.facts_bytes, 4);
  return bytes;
}

void put_slot(SealHead& head, std::size_t index, const Slot& slot) {
  std::copy(slot.begin(), slot.end(),
            head.begin() + static_cast<std::ptrdiff_t>(kSealFixedBytes + index * kSlotBytes));
}

GcmKey derived(const Secret& input, std::string_view info) {
  auto key = hkdf_sha256(input, {}, info);
  require(key.has_value(), "HKDF gives a key");
  return GcmKey(std::move(*key));
}

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

Result<MadeHead> make_head(const SealHeader& header, const SealTarget& target) {
  const bool bound = !target.link_secret.empty();
  MadeHead made{fixed_part(header, bound), random_secret(kKeyBytes)};
  const auto portal = make_slot(kPortalSlot, made.bytes, target.portal, made.root);
  if (!portal) {
    return fail(crypto_refused());
  }
  put_slot(made.bytes, 0, *portal);
  if (bound && target.recovery) {
    const auto raw = unbase64url(target.link_secret);
    require(raw && raw->size() == kKeyBytes, "a link secret is 32 bytes in base64url");
    const auto recovery =
        make_slot(kRecoverySlot, made.bytes, *target.recovery, Secret(ByteView(*raw)));
    if (!recovery) {
      return fail(crypto_refused());
    }
    put_slot(made.bytes, 2, *recovery);
  }
  return made;
}

Result<SealHeader> parse_seal_header(ByteView file_start) {
  if (file_start.size() < kSealHeaderBytes || as_text(file_start.first(kMagic.size())) != kMagic) {
    return fail(damaged("not a sealed file"));
  }
  if (file_start[kMagic.size()] != kVersion) {
    return fail(damaged("a sealed file of a version that is not known here"));
  }
  const std::uint8_t kind = file_start[kKindAt];
  if (kind < 1 || kind > 4 || file_start[kFlagsAt] > kBoundFlag ||
      !all_zero(file_start.subspan(kFlagsAt + 1, kIdAt - kFlagsAt - 1)) ||
      !all_zero(file_start.subspan(kFactsEnd, kSealFixedBytes - kFactsEnd))) {
    return fail(damaged("a sealed file with a damaged header"));
  }
  SealHeader header;
  header.kind = static_cast<SealKind>(kind);
  std::copy_n(file_start.begin() + kIdAt, header.id.size(), header.id.begin());
  header.created = get_time(file_start.subspan(kCreatedAt));
  header.expires = get_time(file_start.subspan(kExpiresAt));
  header.bound = file_start[kFlagsAt] == kBoundFlag;
  header.facts_bytes = static_cast<std::uint32_t>(get_number(file_start.subspan(kFactsAt), 4));
  return header;
}

Result<OpenedHead> open_head(ByteView file_start, const KeyRing& keys) {
  auto header = parse_seal_header(file_start);
  if (!header) {
    return fail(header);
  }
  bool known = false;
  for (const KeyPair& pair : keys) {
    for (std::size_t i = 0; i < kSlots; ++i) {
      const ByteView slot = slot_of(file_start, i);
      if (!is_for(slot, kPortalSlot, pair.public_key)) {
        continue;
      }
      known = true;
      if (auto root = open_slot(file_start, slot, pair)) {
        OpenedHead opened{*header, {}, std::move(*root)};
        std::copy_n(file_start.begin(), kSealFixedBytes, opened.associated.begin());
        return opened;
      }
    }
  }
  return fail(
      known ? damaged("the header of a sealed file is not authentic")
            : configuration_fault("escrow.other_key", "sealed to another key than the portal's"));
}

GcmKey facts_key(const Secret& root) {
  return derived(root, kFactsInfo);
}

GcmKey body_key(const Secret& root, bool bound, std::string_view link_secret) {
  if (!bound) {
    return derived(root, kBodyInfo);
  }
  Secret both(root.size() + link_secret.size());
  std::copy(root.span().begin(), root.span().end(), both.mutable_span().begin());
  std::copy(link_secret.begin(), link_secret.end(),
            both.mutable_span().begin() + static_cast<std::ptrdiff_t>(root.size()));
  return derived(both, kBoundBodyInfo);
}

Result<std::string> recover_link_secret(ByteView file_start, const KeyPair& recovery) {
  auto header = parse_seal_header(file_start);
  if (!header) {
    return fail(header);
  }
  for (std::size_t i = 0; i < kSlots; ++i) {
    const ByteView slot = slot_of(file_start, i);
    if (!is_for(slot, kRecoverySlot, recovery.public_key)) {
      continue;
    }
    const auto raw = open_slot(file_start, slot, recovery);
    return raw ? Result<std::string>(base64url(raw->span()))
               : fail(damaged("the link of a sealed file is not authentic"));
  }
  return fail(configuration_fault("escrow.other_recovery_key",
                                  "the link of this message is not sealed to this recovery key"));
}

bool sealed_to_alone(ByteView file_start, const PublicKey& key) {
  bool found = false;
  for (std::size_t i = 0; i < kSlots; ++i) {
    const ByteView slot = slot_of(file_start, i);
    if (slot[0] == kPortalSlot && !is_for(slot, kPortalSlot, key)) {
      return false;
    }
    found = found || slot[0] == kPortalSlot;
  }
  return found;
}

Result<Rewrap> rewrap_head(ByteView file_start, const KeyRing& keys, const PublicKey& to) {
  auto opened = open_head(file_start, keys);
  if (!opened) {
    return fail(opened);
  }
  Rewrap out;
  std::copy_n(file_start.begin(), kSealHeaderBytes, out.added.begin());
  const KeyPair* own = nullptr;
  for (const KeyPair& pair : keys) {
    own = pair.public_key == to ? &pair : own;
  }
  // A slot for `to` counts when it opens: writing it may have been cut short.
  std::optional<std::size_t> good, place;
  for (std::size_t i = 0; i < kSlots; ++i) {
    const ByteView slot = slot_of(file_start, i);
    const bool named = is_for(slot, kPortalSlot, to);
    if (named && own != nullptr && open_slot(file_start, slot, *own)) {
      good = i;
    } else if (!place && (named || slot[0] == kEmptySlot)) {
      place = i;
    }
  }
  if (!good) {
    const auto slot = place ? make_slot(kPortalSlot, file_start, to, opened->root) : std::nullopt;
    if (!slot) {
      return fail(crypto_refused());
    }
    put_slot(out.added, *place, *slot);
    good = place;
  }
  out.cleaned = out.added;
  for (std::size_t i = 0; i < kSlots; ++i) {
    if (i != *good && slot_of(out.added, i)[0] == kPortalSlot) {
      put_slot(out.cleaned, i, Slot{});
    }
  }
  return out;
}

}  // namespace phimilter::escrow
