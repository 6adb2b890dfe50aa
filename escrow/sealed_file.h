// SPDX-License-Identifier: Apache-2.0
//
// Bytes sealed to an X25519 public key, written and read as a stream: whoever may write cannot
// read, and nothing that was changed, cut, reordered or extended is ever handed out as whole. The
// format is in docs/escrow-format.md.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "escrow/seal_head.h"
#include "mail/spool.h"

namespace phimilter::escrow {

class SealWriter final : public mail::ByteSink {
 public:
  // `facts` stand before the body, under a key that needs no link; empty: there are none. `out`
  // outlives the writer. Bug fault: the crypto library refused.
  static Result<std::unique_ptr<SealWriter>> create(SealHeader header, const SealTarget& target,
                                                    std::string_view facts, mail::ByteSink& out);
  static Result<std::unique_ptr<SealWriter>> create(const SealHeader& header, const PublicKey& to,
                                                    mail::ByteSink& out) {
    return create(header, SealTarget{to}, {}, out);
  }
  ~SealWriter() override;
  Status write(std::string_view bytes) override;  // faults are those of `out`
  Status finish();  // without it the file is not whole, and a reader says so

 private:
  struct State;
  explicit SealWriter(std::unique_ptr<State> state);
  Status write_chunk(bool last);
  std::unique_ptr<State> state_;
};

// The keys of one file and what its parts are authenticated with.
struct OpenedSeal {
  SealHeader header;
  GcmKey facts;
  std::optional<GcmKey> body;  // none: the file is bound, and no link secret was given
  SealAssociated associated{};
  std::uint64_t body_at() const {
    return kSealHeaderBytes + (header.facts_bytes > 0 ? header.facts_bytes + kTagBytes : 0);
  }
};
// Authenticates the header. Faults as SealReader::open.
Result<OpenedSeal> open_seal(ByteView file_start, const KeyRing& keys,
                             std::string_view link_secret = {});
Fault link_needed();  // permanent

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual Result<std::size_t> read(
      std::span<std::uint8_t> out) = 0;  // 0: the end; may give less than asked
};

class SealReader {
 public:
  // Authenticates header and facts. `from` outlives the reader. Configuration fault: sealed to
  // another key; permanent: damaged; transient: as `from` says.
  static Result<std::unique_ptr<SealReader>> open(ByteSource& from, const KeyRing& keys,
                                                  std::string_view link_secret = {});
  ~SealReader();
  const SealHeader& header() const;
  std::string_view facts() const;
  // The next authentic bytes, valid until the next call; nullopt: the end, and everything was
  // there. Permanent fault "escrow.link_needed": bound, and opened without its link secret.
  Result<std::optional<std::string_view>> next();

 private:
  struct State;
  explicit SealReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// For what is small (proofs). `longest`: of the plain bytes, permanent fault past it.
Result<std::string> seal_bytes(const SealHeader& header, const PublicKey& to,
                               std::string_view plain);
Result<Secret> open_bytes(const SealHeader& expected, const KeyRing& keys, std::string_view sealed,
                          std::size_t longest);

}  // namespace phimilter::escrow
