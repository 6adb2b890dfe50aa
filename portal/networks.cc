// SPDX-License-Identifier: Apache-2.0
#include "portal/networks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "base/encoding.h"

namespace phimilter::portal {
namespace {

constexpr int kMappedBits = 96;

// As IPv6, IPv4 mapped into it.
std::optional<std::array<std::uint8_t, 16>> address_of(std::string_view text) {
  const std::string whole =
      text.find(':') == std::string_view::npos ? "::ffff:" + std::string(text) : std::string(text);
  std::array<std::uint8_t, 16> bytes{};
  return ::inet_pton(AF_INET6, whole.c_str(), bytes.data()) == 1 ? std::optional(bytes)
                                                                 : std::nullopt;
}

struct Network {
  std::array<std::uint8_t, 16> address{};
  int bits = 128;
};

std::optional<Network> network_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = address_of(text.substr(0, slash));
  if (!address) {
    return std::nullopt;
  }
  Network network{*address, 128};
  if (slash == std::string_view::npos) {
    return network;
  }
  const bool four = text.find(':') == std::string_view::npos;
  const std::string_view digits = text.substr(slash + 1);
  int bits = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size() || bits < 0 ||
      bits > (four ? 32 : 128)) {
    return std::nullopt;
  }
  network.bits = four ? bits + kMappedBits : bits;
  return network;
}

}  // namespace

bool is_network(std::string_view text) {
  return network_of(text).has_value();
}

bool in_network(std::string_view address, std::string_view network) {
  const auto one = address_of(address);
  const auto all = network_of(network);
  if (!one || !all) {
    return false;
  }
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(all->bits - i * 8, 0, 8);
    const auto mask = static_cast<std::uint8_t>(0xFF00U >> kept);
    const auto at = static_cast<std::size_t>(i);
    if ((((*one)[at] ^ all->address[at]) & mask) != 0) {
      return false;
    }
  }
  return true;
}

std::string network_of(const std::string& peer) {
  constexpr std::size_t kOfV4 = 3, kOfV6 = 7;  // bytes of a /24 and a /56
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, peer.c_str(), bytes.data()) == 1) {
    return hex(ByteView(bytes).first(kOfV4));
  }
  return inet_pton(AF_INET6, peer.c_str(), bytes.data()) == 1 ? hex(ByteView(bytes).first(kOfV6))
                                                              : peer;
}

}  // namespace phimilter::portal
