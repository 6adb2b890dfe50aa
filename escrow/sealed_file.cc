// SPDX-License-Identifier: Apache-2.0
//
// A sealed file, version 1. Numbers are big-endian; times are signed microseconds since 1970, UTC.
//
//   file        := header chunk* last-chunk
//   header      := magic version kind zeros id created expires key-id ephemeral wrapped      (152
//   bytes)
//     magic     := "PHISEAL" 0x0A                                       8 bytes, at 0
//     version   := 0x01                                                 1 byte,  at 8
//     kind      := 0x01 message | 0x02 proof | 0x03 recipient's proof | 0x04 its address   1 byte,
//     at 9 zeros     := 0x00 * 6                                             6 bytes, at 10 id :=
//     the id, zeros to its right                          32 bytes, at 16 created, expires 8 bytes
//     each, at 48 and 56 key-id    := first 8 bytes of SHA-256(public key)                 8 bytes,
//     at 64 ephemeral := X25519 public key made for this file                32 bytes, at 72
//     wrapped   := AES-256-GCM(wrap key, nonce 0, data key, aad = header bytes 0..103)   32 + 16
//     bytes, at 104
//   chunk       := AES-256-GCM(data key, nonce n, 65536 bytes, aad = header || 0x00)     65536 + 16
//   bytes last-chunk  := AES-256-GCM(data key, nonce n, rest, aad = header || 0x01) 0..65536 + 16
//   bytes
//
//   data key  := 32 random bytes
//   wrap key  := HKDF-SHA-256(ikm = X25519(ephemeral private, public key), salt = ephemeral ||
//   public key,
//                             info = "phimilter sealed file 1", 32 bytes)
//   nonce n   := n in 12 bytes; chunks count from 0. Each data key and each wrap key serves one
//   file only. A GCM output is the ciphertext followed by its tag of 16 bytes.
//
// Plain bytes of a message: length of the facts (4 bytes), facts (JSON, UTF-8), message (header
// fields, an empty line, body). Plain bytes of a proof: JSON {"question":"...","answer":"..."}.
//
// The counter detects reordering, the last flag detects truncation and extension, the header as
// associated data ties every chunk to its file. Anybody who has the public key can make such a
// file: who may is a matter of the folder's permissions.
#include "escrow/sealed_file.h"

#include <algorithm>
#include <cstring>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::escrow {

namespace {

constexpr std::string_view kMagic = "PHISEAL\n";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kKindAt = 9, kIdAt = 16, kCreatedAt = 48, kExpiresAt = 56, kKeyIdAt = 64,
                      kEphemeralAt = 72, kWrappedAt = 104;
constexpr std::size_t kKeyIdBytes = 8;
constexpr std::string_view kInfo = "phimilter sealed file 1";

using HeaderBytes = std::array<std::uint8_t, kSealHeaderBytes>;
// What each chunk is authenticated with: the header, then the last flag.
using Associated = std::array<std::uint8_t, kSealHeaderBytes + 1>;

Fault damaged(const char* text) {
  return permanent_fault("escrow.damaged", text);
}
Fault crypto_refused() {
  return bug_fault("escrow.crypto", "the crypto library refused to work");
}

void put_time(std::span<std::uint8_t> at, Timestamp time) {
  const auto value = static_cast<std::uint64_t>(time.time_since_epoch().count());
  for (std::size_t i = 0; i < 8; ++i) {
    at[7 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

Timestamp get_time(ByteView at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    value = (value << 8) | at[i];
  }
  return Timestamp(std::chrono::microseconds(static_cast<std::int64_t>(value)));
}

std::optional<Secret> wrap_key(const Secret& mine, const PublicKey& other, ByteView ephemeral,
                               const PublicKey& to) {
  auto shared = shared_secret(mine, other);
  if (!shared) {
    return std::nullopt;
  }
  Bytes salt(ephemeral.begin(), ephemeral.end());
  salt.insert(salt.end(), to.begin(), to.end());
  return hkdf_sha256(*shared, salt, kInfo);
}

void put_key_id(std::span<std::uint8_t> at, const PublicKey& key) {
  const Sha256 digest = sha256(ByteView(key));
  std::copy_n(digest.begin(), kKeyIdBytes, at.begin());
}

HeaderBytes clear_header(const SealHeader& header, const PublicKey& to,
                         const PublicKey& ephemeral) {
  HeaderBytes bytes{};
  const std::span<std::uint8_t> all(bytes);
  std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
  bytes[kMagic.size()] = kVersion;
  bytes[kKindAt] = static_cast<std::uint8_t>(header.kind);
  std::copy(header.id.begin(), header.id.end(), bytes.begin() + kIdAt);
  put_time(all.subspan(kCreatedAt), header.created);
  put_time(all.subspan(kExpiresAt), header.expires);
  put_key_id(all.subspan(kKeyIdAt), to);
  std::copy(ephemeral.begin(), ephemeral.end(), bytes.begin() + kEphemeralAt);
  return bytes;
}

Associated associated_of(const HeaderBytes& header) {
  Associated out{};
  std::copy(header.begin(), header.end(), out.begin());
  return out;
}

// Fills `out` as far as the source goes; returns how far.
Result<std::size_t> read_full(ByteSource& from, std::span<std::uint8_t> out) {
  std::size_t have = 0;
  while (have < out.size()) {
    const auto got = from.read(out.subspan(have));
    if (!got) {
      return fail(got.error());
    }
    if (*got == 0) {
      break;
    }
    have += *got;
  }
  return have;
}

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> read(std::span<std::uint8_t> out) override {
    const std::size_t size = std::min(out.size(), bytes_.size());
    std::memcpy(out.data(), bytes_.data(), size);
    bytes_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view bytes_;
};

}  // namespace

Result<SealHeader> parse_seal_header(ByteView file_start) {
  if (file_start.size() < kSealHeaderBytes || as_text(file_start.first(kMagic.size())) != kMagic) {
    return fail(damaged("not a sealed file"));
  }
  if (file_start[kMagic.size()] != kVersion) {
    return fail(damaged("a sealed file of a version that is not known here"));
  }
  const std::uint8_t kind = file_start[kKindAt];
  const ByteView zeros = file_start.subspan(kKindAt + 1, kIdAt - kKindAt - 1);
  if (kind < 1 || kind > 4 ||
      std::any_of(zeros.begin(), zeros.end(), [](std::uint8_t byte) { return byte != 0; })) {
    return fail(damaged("a sealed file with a damaged header"));
  }
  SealHeader header;
  header.kind = static_cast<SealKind>(kind);
  std::copy_n(file_start.begin() + kIdAt, header.id.size(), header.id.begin());
  header.created = get_time(file_start.subspan(kCreatedAt));
  header.expires = get_time(file_start.subspan(kExpiresAt));
  return header;
}

struct SealWriter::State {
  State(GcmKey data_key, mail::ByteSink& sink) : key(std::move(data_key)), out(sink) {}
  GcmKey key;
  mail::ByteSink& out;
  Associated associated{};
  Secret plain{limits::kSealChunk};
  std::size_t filled = 0;
  Bytes sealed;
  std::uint64_t counter = 0;
  bool finished = false;
};

SealWriter::SealWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealWriter::~SealWriter() = default;

Result<std::unique_ptr<SealWriter>> SealWriter::create(const SealHeader& header,
                                                       const PublicKey& to, mail::ByteSink& out) {
  const auto ephemeral = make_key_pair();
  if (!ephemeral) {
    return fail(crypto_refused());
  }
  HeaderBytes bytes = clear_header(header, to, ephemeral->public_key);
  auto wrapping = wrap_key(ephemeral->private_key, to, ephemeral->public_key, to);
  if (!wrapping) {
    return fail(crypto_refused());
  }
  Secret data_key = random_secret(kKeyBytes);
  if (!GcmKey(std::move(*wrapping))
           .seal(0, ByteView(bytes).first(kWrappedAt), data_key.span(),
                 std::span(bytes).subspan(kWrappedAt))) {
    return fail(crypto_refused());
  }
  if (auto written = out.write(as_text(bytes)); !written) {
    return fail(written);
  }
  auto state = std::make_unique<State>(GcmKey(std::move(data_key)), out);
  state->associated = associated_of(bytes);
  return std::unique_ptr<SealWriter>(new SealWriter(std::move(state)));
}

Status SealWriter::write_chunk(bool last) {
  State& state = *state_;
  state.associated.back() = last ? 1 : 0;
  state.sealed.resize(state.filled + kTagBytes);
  if (!state.key.seal(state.counter, state.associated, state.plain.span().first(state.filled),
                      state.sealed)) {
    return fail(crypto_refused());
  }
  ++state.counter;
  state.filled = 0;
  return state.out.write(as_text(state.sealed));
}

Status SealWriter::write(std::string_view bytes) {
  State& state = *state_;
  require(!state.finished, "nothing is written to a sealed file that is finished");
  while (!bytes.empty()) {
    // A full chunk waits until more comes, since the last one is sealed in another way.
    if (state.filled == state.plain.size()) {
      if (auto written = write_chunk(false); !written) {
        return written;
      }
    }
    const std::size_t size = std::min(bytes.size(), state.plain.size() - state.filled);
    std::memcpy(state.plain.mutable_span().data() + state.filled, bytes.data(), size);
    state.filled += size;
    bytes.remove_prefix(size);
  }
  return {};
}

Status SealWriter::finish() {
  require(!state_->finished, "a sealed file is finished once");
  state_->finished = true;
  return write_chunk(true);
}

struct SealReader::State {
  State(GcmKey data_key, ByteSource& source) : key(std::move(data_key)), from(source) {}
  GcmKey key;
  ByteSource& from;
  SealHeader header;
  Associated associated{};
  // One byte more than a chunk: it tells whether this chunk is the last.
  Bytes sealed = Bytes(limits::kSealChunk + kTagBytes + 1);
  std::size_t kept = 0;
  Secret plain{limits::kSealChunk};
  std::uint64_t counter = 0;
  bool ended = false;
};

SealReader::SealReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealReader::~SealReader() = default;
const SealHeader& SealReader::header() const {
  return state_->header;
}

Result<OpenedSeal> open_seal(ByteView file_start, const Secret& private_key) {
  auto header = parse_seal_header(file_start);
  if (!header) {
    return fail(header);
  }
  HeaderBytes bytes{};
  std::copy_n(file_start.begin(), bytes.size(), bytes.begin());
  const auto mine = public_key_of(private_key);
  if (!mine) {
    return fail(crypto_refused());
  }
  std::array<std::uint8_t, kKeyIdBytes> key_id{};
  put_key_id(key_id, *mine);
  if (!std::equal(key_id.begin(), key_id.end(), bytes.begin() + kKeyIdAt)) {
    return fail(configuration_fault("escrow.other_key", "sealed to another key than the portal's"));
  }
  PublicKey ephemeral{};
  std::copy_n(bytes.begin() + kEphemeralAt, kKeyBytes, ephemeral.begin());
  auto wrapping = wrap_key(private_key, ephemeral, ephemeral, *mine);
  Secret data_key(kKeyBytes);
  if (!wrapping || !GcmKey(std::move(*wrapping))
                        .open(0, ByteView(bytes).first(kWrappedAt),
                              ByteView(bytes).subspan(kWrappedAt), data_key.mutable_span())) {
    return fail(damaged("the header of a sealed file is not authentic"));
  }
  return OpenedSeal{*header, GcmKey(std::move(data_key)), associated_of(bytes)};
}

Result<std::unique_ptr<SealReader>> SealReader::open(ByteSource& from, const Secret& private_key) {
  HeaderBytes bytes{};
  const auto got = read_full(from, bytes);
  if (!got) {
    return fail(got.error());
  }
  auto seal = open_seal(ByteView(bytes).first(*got), private_key);
  if (!seal) {
    return fail(seal);
  }
  auto state = std::make_unique<State>(std::move(seal->key), from);
  state->header = seal->header;
  state->associated = seal->associated;
  return std::unique_ptr<SealReader>(new SealReader(std::move(state)));
}

Result<std::optional<std::string_view>> SealReader::next() {
  State& state = *state_;
  if (state.ended) {
    return std::nullopt;
  }
  const auto got = read_full(state.from, std::span(state.sealed).subspan(state.kept));
  if (!got) {
    return fail(got.error());
  }
  const std::size_t have = state.kept + *got;
  const bool last = have < state.sealed.size();
  const std::size_t size = last ? have : have - 1;
  if (size < kTagBytes) {
    return fail(damaged("a sealed file ends too early"));
  }
  state.associated.back() = last ? 1 : 0;
  const std::size_t plain_size = size - kTagBytes;
  if (!state.key.open(state.counter, state.associated, ByteView(state.sealed).first(size),
                      state.plain.mutable_span().first(plain_size))) {
    return fail(damaged("a sealed file is damaged, cut or extended"));
  }
  ++state.counter;
  state.ended = last;
  state.kept = last ? 0 : 1;
  state.sealed.front() = state.sealed.back();
  return as_text(state.plain.span().first(plain_size));
}

Result<std::string> seal_bytes(const SealHeader& header, const PublicKey& to,
                               std::string_view plain) {
  mail::StringSink out;
  auto writer = SealWriter::create(header, to, out);
  if (!writer) {
    return fail(writer);
  }
  if (auto written = (*writer)->write(plain); !written) {
    return fail(written);
  }
  if (auto finished = (*writer)->finish(); !finished) {
    return fail(finished);
  }
  return std::move(out.text);
}

Result<Secret> open_bytes(const SealHeader& expected, const Secret& private_key,
                          std::string_view sealed, std::size_t longest) {
  // More sealed bytes than that cannot hold fewer plain ones: refused before memory is taken.
  if (sealed.size() > kSealHeaderBytes + longest + kTagBytes * (longest / limits::kSealChunk + 1)) {
    return fail(damaged("a sealed file is longer than such a file can be"));
  }
  MemorySource source(sealed);
  auto reader = SealReader::open(source, private_key);
  if (!reader) {
    return fail(reader);
  }
  const SealHeader& header = (*reader)->header();
  if (header.kind != expected.kind || header.id != expected.id) {
    return fail(damaged("a sealed file stands under another name than its own"));
  }
  Secret plain(sealed.size());
  std::size_t filled = 0;
  while (true) {
    const auto chunk = (*reader)->next();
    if (!chunk) {
      return fail(chunk.error());
    }
    if (!*chunk) {
      break;
    }
    std::memcpy(plain.mutable_span().data() + filled, (*chunk)->data(), (*chunk)->size());
    filled += (*chunk)->size();
  }
  return Secret(plain.span().first(filled));
}

}  // namespace phimilter::escrow
