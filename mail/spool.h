// SPDX-License-Identifier: Apache-2.0
//
// Bytes of a message: in memory up to limits::kBodyInMemory, past it in a file that has no name.
// The bytes are never in a file that outlives the process.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace phimilter::mail {

// Where message bytes are written to, piece by piece.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status write(std::string_view bytes) = 0;
};

class StringSink final : public ByteSink {
 public:
  Status write(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  std::string text;
};

class Spool final : public ByteSink {
 public:
  // `folder`: where the unlinked file is made (O_TMPFILE) when it is needed.
  explicit Spool(std::string folder, std::size_t in_memory = 0);  // 0: limits::kBodyInMemory
  ~Spool() override;
  Spool(Spool&&) noexcept;
  Spool& operator=(Spool&&) noexcept;

  Status write(std::string_view bytes) override;
  std::size_t size() const;
  // All bytes, mapped when they are in the file. Valid until the next write or the end of the
  // spool. A spool that could not be mapped gives a fault, never fewer bytes.
  Result<std::string_view> view() const;
  // What was read of the view takes no memory until it is read again; the view stays valid.
  void rest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace phimilter::mail
