// SPDX-License-Identifier: Apache-2.0
#include "milter/trust.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

namespace phimilter::milter {

namespace {

// IPv4 as IPv4-mapped IPv6 (RFC 4291 2.5.5.2), so that both spellings of one client are one.
using Bits = std::array<unsigned char, 16>;

std::optional<Bits> parse_address(std::string_view text) {
  const std::string zero_ended(text);
  Bits bits{};
  if (::inet_pton(AF_INET6, zero_ended.c_str(), bits.data()) == 1) {
    return bits;
  }
  bits[10] = bits[11] = 0xff;
  if (::inet_pton(AF_INET, zero_ended.c_str(), bits.data() + 12) == 1) {
    return bits;
  }
  return std::nullopt;
}

struct Block {
  Bits bits{};
  unsigned length = 128;
};

std::optional<Block> parse_block(std::string_view text) {
  const auto slash = text.find('/');
  const auto bits = parse_address(text.substr(0, slash));
  if (!bits) {
    return std::nullopt;
  }
  Block block{*bits, 128};
  if (slash == std::string_view::npos) {
    return block;
  }
  const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  const std::string_view number = text.substr(slash + 1);
  unsigned length = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), length);
  if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size() ||
      length > (v4 ? 32U : 128U)) {
    return std::nullopt;
  }
  block.length = v4 ? length + 96 : length;
  return block;
}

bool same_prefix(const Bits& a, const Bits& b, unsigned length) {
  const std::size_t whole = length / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) {
    return false;
  }
  const unsigned rest = length % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

}  // namespace

bool in_block(std::string_view address, std::string_view block) {
  const auto bits = parse_address(address);
  const auto wanted = parse_block(block);
  return bits && wanted && same_prefix(*bits, wanted->bits, wanted->length);
}

Status check_block(std::string_view block) {
  if (parse_block(block)) {
    return {};
  }
  return fail(configuration_fault("settings.trusted_clients",
                                  "not a network address or block like 192.0.2.0/24")
                  .with("value", std::string(block)));
}

bool is_loopback(std::string_view address) {
  return in_block(address, "127.0.0.0/8") || in_block(address, "::1");
}

bool is_trusted(const mail::Client& client, const TrustedSenders& trusted) {
  const auto holds_client = [&client](const std::string& block) {
    return in_block(client.address, block);
  };
  return std::any_of(trusted.clients.begin(), trusted.clients.end(), holds_client) ||
         (!client.login.empty() && std::find(trusted.logins.begin(), trusted.logins.end(),
                                             client.login) != trusted.logins.end());
}

bool may_mark(const mail::Client& client, const TrustedSenders& trusted) {
  return !client.login.empty() || is_trusted(client, trusted);
}

}  // namespace phimilter::milter
