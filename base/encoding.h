// SPDX-License-Identifier: Apache-2.0
//
// Bytes as text and back (RFC 4648), and digests.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

ByteView as_bytes(std::string_view text);
std::string_view as_text(ByteView bytes);

std::string hex(ByteView bytes);  // lower case
std::optional<Bytes> unhex(std::string_view text);
std::string base64(ByteView bytes);                    // one line, padded
std::string base64url(ByteView bytes);                 // RFC 4648 5, not padded
std::optional<Bytes> unbase64(std::string_view text);  // strict: alphabet, padding, no white space
std::optional<Bytes> unbase64url(std::string_view text);  // strict, not padded

using Sha256 = std::array<std::uint8_t, 32>;
Sha256 sha256(ByteView bytes);
Sha256 sha256(std::string_view text);
Sha256 hmac_sha256(ByteView key, ByteView bytes);

// For what does not stand in memory at once. Fields are told apart by add_field (length first), so
// that
// ("ab","c") and ("a","bc") differ.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void add(ByteView bytes);
  void add_field(std::string_view text);
  Sha256 finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// ASCII only: RFC 5321/5322 names are, and locale must not matter.
std::string ascii_lower(std::string_view text);
bool ascii_iequal(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);  // SP HTAB CR LF
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace phimilter
