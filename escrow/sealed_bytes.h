// SPDX-License-Identifier: Apache-2.0
//
// The plain bytes of a sealed file in any order, within the memory of one chunk. That the file is
// whole is known when it is open; each chunk is authenticated when it is read.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "base/secret.h"
#include "escrow/sealed_file.h"

namespace phimilter::escrow {

class SealedBytes {
 public:
  // `path` is for faults. Faults as SealReader::open; permanent also where the file is cut or
  // extended, or bound to its link and no secret was given.
  static Result<std::unique_ptr<SealedBytes>> open(UniqueFd file, std::string path,
                                                   const KeyRing& keys,
                                                   std::string_view link_secret = {});
  ~SealedBytes();
  const SealHeader& header() const;
  std::uint64_t size() const;
  // Fills `out` as far as the bytes go, and says how far. One thread at a time.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out);

 private:
  struct State;
  explicit SealedBytes(std::unique_ptr<State> state);
  Status load(std::uint64_t chunk);
  std::unique_ptr<State> state_;
};

}  // namespace phimilter::escrow
