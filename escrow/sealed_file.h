// SPDX-License-Identifier: Apache-2.0
//
// Bytes sealed to an X25519 public key, written and read as a stream: whoever may write cannot
// read, and nothing that was changed, cut, reordered or extended is ever handed out as whole. The
// format stands on top of sealed_file.cc.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "escrow/seal_crypto.h"
#include "mail/spool.h"

namespace phimilter::escrow {

inline constexpr std::size_t kSealHeaderBytes = 152;

enum class SealKind : std::uint8_t { message = 1, proof = 2, recipient = 3, address = 4 };

// In the clear, and authenticated by whoever holds the private key.
struct SealHeader {
  SealKind kind = SealKind::message;
  std::array<std::uint8_t, 32> id{};  // shorter ids stand left, zeros follow
  Timestamp created{}, expires{};
};

// Without any key: what the header claims. Permanent fault: not a sealed file, or of a version
// unknown here.
Result<SealHeader> parse_seal_header(ByteView file_start);

class SealWriter final : public mail::ByteSink {
 public:
  // `out` outlives the writer. Bug fault: the crypto library refused.
  static Result<std::unique_ptr<SealWriter>> create(const SealHeader& header, const PublicKey& to,
                                                    mail::ByteSink& out);
  ~SealWriter() override;
  Status write(std::string_view bytes) override;  // faults are those of `out`
  Status finish();  // without it the file is not whole, and a reader says so

 private:
  struct State;
  explicit SealWriter(std::unique_ptr<State> state);
  Status write_chunk(bool last);
  std::unique_ptr<State> state_;
};

// The key of one file and what each of its chunks is authenticated with.
struct OpenedSeal {
  SealHeader header;
  GcmKey key;
  std::array<std::uint8_t, kSealHeaderBytes + 1> associated{};  // the header, then the last flag
};
// Authenticates the header. Faults as SealReader::open.
Result<OpenedSeal> open_seal(ByteView file_start, const Secret& private_key);

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual Result<std::size_t> read(
      std::span<std::uint8_t> out) = 0;  // 0: the end; may give less than asked
};

class SealReader {
 public:
  // Authenticates the header. `from` outlives the reader. Configuration fault: sealed to another
  // key; permanent: damaged; transient: as `from` says.
  static Result<std::unique_ptr<SealReader>> open(ByteSource& from, const Secret& private_key);
  ~SealReader();
  const SealHeader& header() const;
  // The next authentic bytes, valid until the next call; nullopt: the end, and everything was
  // there.
  Result<std::optional<std::string_view>> next();

 private:
  struct State;
  explicit SealReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// For what is small (proofs). `longest`: of the plain bytes, permanent fault past it.
Result<std::string> seal_bytes(const SealHeader& header, const PublicKey& to,
                               std::string_view plain);
Result<Secret> open_bytes(const SealHeader& expected, const Secret& private_key,
                          std::string_view sealed, std::size_t longest);

}  // namespace phimilter::escrow
