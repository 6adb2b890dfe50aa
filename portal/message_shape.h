// SPDX-License-Identifier: Apache-2.0
//
// What a message would cost a MIME parser, found out before one is asked: parsers keep every header
// field and every part in memory, some hundred bytes for each byte of a message made for that.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "escrow/vault.h"

namespace phimilter::portal {

struct MessageShape {
  std::uint64_t boundary_lines = 0;  // lines that begin as a boundary does
  std::uint64_t header_lines = 0;    // of all that may be a header field, of parts too
  std::uint64_t header_bytes = 0;
};

inline constexpr std::uint64_t kMostBoundaryLines = 20'000;
inline constexpr std::uint64_t kMostHeaderLines = 100'000;
inline constexpr std::uint64_t kMostHeaderBytes = 2 * 1024 * 1024;

class ShapeScanner {
 public:
  void scan(std::string_view bytes);  // piece by piece, cut anywhere
  const MessageShape& shape() const { return shape_; }

 private:
  // A word that a header block may hold, in any spelling.
  struct Word {
    std::string_view lower;
    std::size_t matched = 0;
    void begin() { matched = 0; }
    bool found(char c);
  };
  void begin_line();
  void end_line();
  void take(char c);

  MessageShape shape_;
  bool in_header_ = true;
  bool nests_ = false;  // the block speaks of a message: what follows it may be headers again
  bool digest_ = false;
  bool colon_ = false, folded_ = false, blank_ = true;
  std::uint64_t length_ = 0;
  std::size_t dashes_ = 0;
  Word message_{"message"}, digest_word_{"digest"};
};

// Permanent fault: dearer than the limits above.
Status check_shape(escrow::MessageBytes& message);

}  // namespace phimilter::portal
