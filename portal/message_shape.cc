// SPDX-License-Identifier: Apache-2.0
#include "portal/message_shape.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::portal {

bool ShapeScanner::Word::found(char c) {
  const char low = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  // No word here repeats its beginning inside, so a miss starts anew at most with this character.
  matched = low == lower[matched] ? matched + 1 : (low == lower[0] ? 1 : 0);
  if (matched < lower.size()) {
    return false;
  }
  matched = 0;
  return true;
}

void ShapeScanner::begin_line() {
  colon_ = folded_ = false;
  blank_ = true;
  length_ = 0;
  dashes_ = 0;
  message_.begin();
  digest_word_.begin();
}

void ShapeScanner::take(char c) {
  if (length_ < 2 && c == '-' && dashes_ == length_) {
    ++dashes_;
  }
  folded_ = folded_ || (length_ == 0 && (c == ' ' || c == '\t'));
  ++length_;
  blank_ = blank_ && c == '\r';
  if (!in_header_) {
    return;
  }
  colon_ = colon_ || c == ':';
  nests_ = message_.found(c) || nests_;
  digest_ = digest_word_.found(c) || digest_;
}

void ShapeScanner::end_line() {
  if (dashes_ == 2) {
    ++shape_.boundary_lines;
    in_header_ = true;
    nests_ = false;
  } else if (in_header_ && blank_) {
    in_header_ = nests_ || digest_;
    nests_ = false;
  } else if (in_header_ && (colon_ || folded_)) {
    ++shape_.header_lines;
    shape_.header_bytes += length_;
  }
  begin_line();
}

void ShapeScanner::scan(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!in_header_ && length_ >= 2 && !blank_) {
      // Nothing more can come of this line.
      const std::size_t end = bytes.find('\n');
      if (end == std::string_view::npos) {
        return;
      }
      bytes.remove_prefix(end);
    }
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (c == '\n') {
      end_line();
    } else {
      take(c);
    }
  }
}

Status check_shape(escrow::MessageBytes& message) {
  ShapeScanner scanner;
  Bytes piece(limits::kSealChunk);
  for (std::uint64_t at = 0; at < message.size();) {
    const auto got = message.read_at(at, piece);
    if (!got) {
      return fail(got.error());
    }
    if (*got == 0) {
      break;
    }
    scanner.scan(as_text(ByteView(piece).first(*got)));
    at += *got;
  }
  scanner.scan("\n");  // the last line may have no end
  const MessageShape& shape = scanner.shape();
  if (shape.boundary_lines > kMostBoundaryLines || shape.header_lines > kMostHeaderLines ||
      shape.header_bytes > kMostHeaderBytes) {
    return fail(permanent_fault("portal.message_dear",
                                "the message has more parts or header fields than are shown"));
  }
  return {};
}

}  // namespace phimilter::portal
