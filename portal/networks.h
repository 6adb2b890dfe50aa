// SPDX-License-Identifier: Apache-2.0
//
// Networks as settings name them: "192.0.2.7", "192.0.2.0/24", "2001:db8::/56". An IPv4 address
// mapped into an IPv6 one, as a socket for both gives it, is the IPv4 address everywhere.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::portal {

bool is_network(std::string_view text);
// What is taken for one neighbour: by habit, a small network and what a customer has whole.
struct PrefixBits {
  int v4 = 24, v6 = 56;
};
// "192.0.2.0/24", "2001:db8::/56"; "unknown" of what is no address.
std::string network_of(std::string_view peer, PrefixBits bits = {});
// False where one of them is no address.
bool in_network(std::string_view address, std::string_view network);

}  // namespace phimilter::portal
