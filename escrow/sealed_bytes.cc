// SPDX-License-Identifier: Apache-2.0
#include "escrow/sealed_bytes.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::escrow {

namespace {

constexpr std::uint64_t kChunk = limits::kSealChunk;
constexpr std::uint64_t kSealed = kChunk + kTagBytes;

// As many bytes as there are from there on, up to out.size().
Result<std::size_t> read_file_at(int fd, const std::string& path, std::uint64_t offset,
                                 std::span<std::uint8_t> out) {
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t got =
        ::pread(fd, out.data() + have, out.size() - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(errno_fault("escrow.read", "cannot read an entry").with("path", path));
    }
    if (got == 0) {
      break;
    }
    have += static_cast<std::size_t>(got);
  }
  return have;
}

Fault damaged() {
  return permanent_fault("escrow.damaged", "a sealed file is damaged, cut or extended");
}

}  // namespace

struct SealedBytes::State {
  State(UniqueFd opened, std::string name, OpenedSeal opened_seal)
      : file(std::move(opened)), path(std::move(name)), seal(std::move(opened_seal)) {}
  UniqueFd file;
  std::string path;
  OpenedSeal seal;
  std::uint64_t body = 0;  // sealed bytes behind header and facts
  std::uint64_t chunks = 0;
  Bytes sealed = Bytes(kSealed);
  Secret plain{kChunk};
  std::optional<std::uint64_t> loaded;  // the chunk whose bytes stand in `plain`
};

SealedBytes::SealedBytes(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealedBytes::~SealedBytes() = default;

const SealHeader& SealedBytes::header() const {
  return state_->seal.header;
}

std::uint64_t SealedBytes::size() const {
  return state_->body - state_->chunks * kTagBytes;
}

Result<std::unique_ptr<SealedBytes>> SealedBytes::open(UniqueFd file, std::string path,
                                                       const KeyRing& keys,
                                                       std::string_view link_secret) {
  std::array<std::uint8_t, kSealHeaderBytes> start{};
  const auto got = read_file_at(file.get(), path, 0, start);
  if (!got) {
    return fail(got.error());
  }
  auto seal = open_seal(ByteView(start).first(*got), keys, link_secret);
  if (!seal) {
    return fail(seal);
  }
  if (!seal->body) {
    return fail(link_needed());
  }
  const std::uint64_t body_at = seal->body_at();
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) {
    return fail(errno_fault("escrow.read", "cannot look at an entry").with("path", path));
  }
  auto state = std::make_unique<State>(std::move(file), std::move(path), std::move(*seal));
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size < body_at + kTagBytes) {
    return fail(damaged());
  }
  state->body = size - body_at;
  state->chunks = (state->body + kSealed - 1) / kSealed;
  if (state->body - (state->chunks - 1) * kSealed < kTagBytes) {
    return fail(damaged());
  }
  std::unique_ptr<SealedBytes> bytes(new SealedBytes(std::move(state)));
  // Only the last chunk carries the last flag, and only under its own number.
  if (Status last = bytes->load(bytes->state_->chunks - 1); !last) {
    return fail(last);
  }
  return bytes;
}

Status SealedBytes::load(std::uint64_t chunk) {
  State& state = *state_;
  if (state.loaded == chunk) {
    return {};
  }
  state.loaded.reset();
  const std::uint64_t start = chunk * kSealed;
  const std::uint64_t size = std::min(kSealed, state.body - start);
  const auto got = read_file_at(state.file.get(), state.path, state.seal.body_at() + start,
                                std::span(state.sealed).first(size));
  if (!got) {
    return fail(got.error());
  }
  state.seal.associated.back() = chunk + 1 == state.chunks ? kLastChunk : kMoreFollows;
  if (*got != size ||
      !state.seal.body->open(chunk, state.seal.associated, ByteView(state.sealed).first(size),
                             state.plain.mutable_span().first(size - kTagBytes))) {
    return fail(damaged());
  }
  state.loaded = chunk;
  return {};
}

Result<std::size_t> SealedBytes::read_at(std::uint64_t offset, std::span<std::uint8_t> out) {
  std::size_t have = 0;
  while (have < out.size() && offset + have < size()) {
    const std::uint64_t at = offset + have;
    if (Status loaded = load(at / kChunk); !loaded) {
      return fail(loaded);
    }
    const std::uint64_t inside = at % kChunk;
    const std::uint64_t piece =
        std::min<std::uint64_t>({kChunk - inside, size() - at, out.size() - have});
    std::memcpy(out.data() + have, state_->plain.span().data() + inside, piece);
    have += piece;
  }
  return have;
}

}  // namespace phimilter::escrow
