// SPDX-License-Identifier: Apache-2.0
#include "portal/networks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace phimilter::portal {
namespace {

using Address = std::array<std::uint8_t, 16>;

constexpr int kMappedBits = 96;
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

// As IPv6, IPv4 mapped into it. A link-local address may name its interface behind a '%'.
std::optional<Address> address_of(std::string_view text) {
  text = text.substr(0, text.find('%'));
  const std::string whole =
      text.find(':') == std::string_view::npos ? "::ffff:" + std::string(text) : std::string(text);
  Address bytes{};
  return ::inet_pton(AF_INET6, whole.c_str(), bytes.data()) == 1 ? std::optional(bytes)
                                                                 : std::nullopt;
}

Address masked(Address address, int bits) {
  for (std::size_t i = 0; i < address.size(); ++i) {
    const int kept = std::clamp(bits - static_cast<int>(i) * 8, 0, 8);
    address[i] = static_cast<std::uint8_t>(address[i] & (0xFF00U >> kept));
  }
  return address;
}

struct Network {
  Address address{};
  int bits = 128;
};

std::optional<Network> parse_network(std::string_view text) {
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
  return parse_network(text).has_value();
}

bool in_network(std::string_view address, std::string_view network) {
  const auto one = address_of(address);
  const auto all = parse_network(network);
  return one && all && masked(*one, all->bits) == masked(all->address, all->bits);
}

std::string network_of(std::string_view peer, PrefixBits bits) {
  const auto address = address_of(peer);
  if (!address) {
    return "unknown";
  }
  const bool four = std::equal(kMapped.begin(), kMapped.end(), address->begin());
  const Address network = masked(*address, four ? bits.v4 + kMappedBits : bits.v6);
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(four ? AF_INET : AF_INET6, network.data() + (four ? kMapped.size() : 0), text.data(),
              text.size());
  return std::string(text.data()) + "/" + std::to_string(four ? bits.v4 : bits.v6);
}

}  // namespace phimilter::portal
