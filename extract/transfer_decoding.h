// SPDX-License-Identifier: Apache-2.0
//
// The small decoders that header fields and armour need (RFC 2045 6.8, RFC 2047 4, RFC 2231 4).
// Bodies are decoded by the MIME library.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::extract {

// What is outside the alphabet is skipped; decoding goes on behind padding.
std::string decode_base64_loosely(std::string_view text);
std::string decode_quoted_printable(
    std::string_view text);  // blanks behind a soft line break are allowed
std::string decode_q(std::string_view text);
std::string decode_percent(std::string_view text);

// Watches base64 go by, piece by piece: what strict readers stop at or refuse (other characters,
// data behind padding).
class Base64Watch {
 public:
  void see(std::string_view piece);
  bool clean() const { return clean_; }

 private:
  bool padded_ = false;
  bool clean_ = true;
};

}  // namespace phimilter::extract
