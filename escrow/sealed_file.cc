// SPDX-License-Identifier: Apache-2.0
#include "escrow/sealed_file.h"

#include <algorithm>
#include <cstring>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::escrow {

namespace {

Fault damaged(const char* text) {
  return permanent_fault("escrow.damaged", text);
}
Fault crypto_refused() {
  return bug_fault("escrow.crypto", "the crypto library refused to work");
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

Fault link_needed() {
  return permanent_fault("escrow.link_needed",
                         "the message is bound to the link in its notice, and opens by it alone");
}

struct SealWriter::State {
  State(GcmKey data_key, mail::ByteSink& sink) : key(std::move(data_key)), out(sink) {}
  GcmKey key;
  mail::ByteSink& out;
  SealAssociated associated{};
  Secret plain{limits::kSealChunk};
  std::size_t filled = 0;
  Bytes sealed;
  std::uint64_t counter = 0;
  bool finished = false;
};

SealWriter::SealWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealWriter::~SealWriter() = default;

Result<std::unique_ptr<SealWriter>> SealWriter::create(SealHeader header, const SealTarget& target,
                                                       std::string_view facts,
                                                       mail::ByteSink& out) {
  header.facts_bytes = static_cast<std::uint32_t>(facts.size());
  auto head = make_head(header, target);
  if (!head) {
    return fail(head);
  }
  const bool bound = !target.link_secret.empty();
  auto state = std::make_unique<State>(body_key(head->root, bound, target.link_secret), out);
  std::copy_n(head->bytes.begin(), kSealFixedBytes, state->associated.begin());
  std::string start(as_text(head->bytes));
  if (!facts.empty()) {
    Bytes sealed(facts.size() + kTagBytes);
    state->associated.back() = kFactsPart;
    if (!facts_key(head->root).seal(0, state->associated, as_bytes(facts), sealed)) {
      return fail(crypto_refused());
    }
    start += as_text(sealed);
  }
  if (auto written = out.write(start); !written) {
    return fail(written);
  }
  return std::unique_ptr<SealWriter>(new SealWriter(std::move(state)));
}

Status SealWriter::write_chunk(bool last) {
  State& state = *state_;
  state.associated.back() = last ? kLastChunk : kMoreFollows;
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
  State(OpenedSeal opened, ByteSource& source) : seal(std::move(opened)), from(source) {}
  OpenedSeal seal;
  ByteSource& from;
  Secret facts;
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
  return state_->seal.header;
}
std::string_view SealReader::facts() const {
  return state_->facts.view();
}

Result<OpenedSeal> open_seal(ByteView file_start, const KeyRing& keys,
                             std::string_view link_secret) {
  auto head = open_head(file_start, keys);
  if (!head) {
    return fail(head);
  }
  OpenedSeal opened{head->header, facts_key(head->root), std::nullopt, head->associated};
  if (!head->header.bound || !link_secret.empty()) {
    opened.body = body_key(head->root, head->header.bound, link_secret);
  }
  return opened;
}

namespace {

Result<Secret> read_facts(OpenedSeal& seal, ByteSource& from) {
  const std::size_t size = seal.header.facts_bytes;
  if (size == 0) {
    return Secret();
  }
  if (size > limits::kSealChunk) {
    return fail(damaged("the facts of a sealed file are too long"));
  }
  Bytes sealed(size + kTagBytes);
  const auto got = read_full(from, sealed);
  if (!got) {
    return fail(got.error());
  }
  Secret facts(size);
  seal.associated.back() = kFactsPart;
  if (*got != sealed.size() || !seal.facts.open(0, seal.associated, sealed, facts.mutable_span())) {
    return fail(damaged("the facts of a sealed file are damaged"));
  }
  return facts;
}

}  // namespace

Result<std::unique_ptr<SealReader>> SealReader::open(ByteSource& from, const KeyRing& keys,
                                                     std::string_view link_secret) {
  SealHead bytes{};
  const auto got = read_full(from, bytes);
  if (!got) {
    return fail(got.error());
  }
  auto seal = open_seal(ByteView(bytes).first(*got), keys, link_secret);
  if (!seal) {
    return fail(seal);
  }
  auto facts = read_facts(*seal, from);
  if (!facts) {
    return fail(facts);
  }
  auto state = std::make_unique<State>(std::move(*seal), from);
  state->facts = std::move(*facts);
  return std::unique_ptr<SealReader>(new SealReader(std::move(state)));
}

Result<std::optional<std::string_view>> SealReader::next() {
  State& state = *state_;
  if (state.ended) {
    return std::nullopt;
  }
  if (!state.seal.body) {
    return fail(link_needed());
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
  state.seal.associated.back() = last ? kLastChunk : kMoreFollows;
  const std::size_t plain_size = size - kTagBytes;
  if (!state.seal.body->open(state.counter, state.seal.associated,
                             ByteView(state.sealed).first(size),
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

Result<Secret> open_bytes(const SealHeader& expected, const KeyRing& keys, std::string_view sealed,
                          std::size_t longest) {
  // More sealed bytes than that cannot hold fewer plain ones: refused before memory is taken.
  if (sealed.size() > kSealHeaderBytes + longest + kTagBytes * (longest / limits::kSealChunk + 1)) {
    return fail(damaged("a sealed file is longer than such a file can be"));
  }
  MemorySource source(sealed);
  auto reader = SealReader::open(source, keys);
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
