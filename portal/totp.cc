// SPDX-License-Identifier: Apache-2.0
#include "portal/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace phimilter::portal {
namespace {

constexpr std::int64_t kStepSeconds = 30;
constexpr std::size_t kDigits = 6;
constexpr std::uint32_t kModulus = 1'000'000;

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += kPlain.find(c) != std::string_view::npos ? std::string(1, c)
                                                    : "%" + hex(ByteView(&byte, 1));
  }
  return out;
}

}  // namespace

std::int64_t totp_step(Timestamp now) {
  return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() / kStepSeconds;
}

std::string totp_code(const Secret& secret, std::int64_t step) {
  std::array<std::uint8_t, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i) {
    counter[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
  }
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const bool done = HMAC(EVP_sha1(), secret.span().data(), static_cast<int>(secret.size()),
                         counter.data(), counter.size(), digest.data(), &size) != nullptr;
  require(done && size == 20, "OpenSSL computes HMAC-SHA-1");
  const std::size_t offset = digest[size - 1] & 0x0FU;  // RFC 4226 5.3
  const std::uint32_t number = (static_cast<std::uint32_t>(digest[offset] & 0x7FU) << 24) |
                               (static_cast<std::uint32_t>(digest[offset + 1]) << 16) |
                               (static_cast<std::uint32_t>(digest[offset + 2]) << 8) |
                               digest[offset + 3];
  const std::string digits = std::to_string(number % kModulus);
  return std::string(kDigits - digits.size(), '0') + digits;
}

std::optional<std::int64_t> matching_step(const Secret& secret, std::string_view code,
                                          Timestamp now, std::int64_t last_step) {
  std::optional<std::int64_t> found;
  const std::int64_t step = totp_step(now);
  for (std::int64_t each = step - kTotpSkewSteps; each <= step + kTotpSkewSteps; ++each) {
    if (constant_time_equal(std::string_view(totp_code(secret, each)), code) && each > last_step) {
      found = each;
    }
  }
  return found;
}

std::string base32(ByteView bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t held = 0;
  int bits = 0;
  for (const std::uint8_t byte : bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) {
      out += kAlphabet[(held >> (bits - 5)) & 31U];
    }
  }
  if (bits > 0) {
    out += kAlphabet[(held << (5 - bits)) & 31U];
  }
  return out;
}

Secret totp_uri(const Secret& secret, std::string_view issuer, std::string_view account) {
  const std::string name = percent_encoded(issuer);
  return Secret(std::string_view("otpauth://totp/" + name + ":" + percent_encoded(account) +
                                 "?secret=" + base32(secret.span()) + "&issuer=" + name +
                                 "&algorithm=SHA1&digits=6&period=30"));
}

}  // namespace phimilter::portal
