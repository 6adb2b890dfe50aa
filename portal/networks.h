// SPDX-License-Identifier: Apache-2.0
//
// Networks as settings name them: "192.0.2.7", "192.0.2.0/24", "2001:db8::/56".
#pragma once

#include <string>
#include <string_view>

namespace phimilter::portal {

bool is_network(std::string_view text);
// 192.0.2.0 of an IPv4 address, the first 56 bits of an IPv6 one, in hex; else the text.
std::string network_of(const std::string& peer);
// False where one of them is no address. An IPv4 address in an IPv6 one is the IPv4 address.
bool in_network(std::string_view address, std::string_view network);

}  // namespace phimilter::portal
