// SPDX-License-Identifier: Apache-2.0
#include "portal/networks.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "portal/api_gate.h"

namespace phimilter::portal {
namespace {

TEST(Networks, NamesOfNeighbours) {
  const struct {
    const char* peer;
    PrefixBits bits;
    const char* network;
  } cases[] = {
      {"192.0.2.77", {}, "192.0.2.0/24"},
      {"::ffff:192.0.2.77", {}, "192.0.2.0/24"},
      {"::ffff:c000:24d", {}, "192.0.2.0/24"},
      {"::FFFF:192.0.2.77", {32, 56}, "192.0.2.77/32"},
      {"10.255.1.1", {9, 56}, "10.128.0.0/9"},
      {"2001:db8:1:2ff:3::4", {}, "2001:db8:1:200::/56"},
      {"2001:db8:1:2ff:3::4", {24, 64}, "2001:db8:1:2ff::/64"},
      {"fe80::1%eth0", {24, 64}, "fe80::/64"},
      {"", {}, "unknown"},
      {"192.0.2", {}, "unknown"},
      {"::ffff:192.0.2", {}, "unknown"},
      {"192.0.2.1; x", {}, "unknown"},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(network_of(each.peer, each.bits), each.network) << each.peer;
  }
}

TEST(Networks, WhatLiesInThem) {
  EXPECT_TRUE(in_network("::ffff:10.1.2.3", "10.0.0.0/8"));
  EXPECT_TRUE(in_network("10.1.2.3", "::ffff:10.0.0.0/104"));
  EXPECT_FALSE(in_network("11.1.2.3", "10.0.0.0/8"));
  EXPECT_TRUE(in_network("2001:db8::1", "2001:db8::/32"));
  EXPECT_FALSE(in_network("", "0.0.0.0/0"));
  for (const char* broken :
       {"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "::/1x"}) {
    EXPECT_FALSE(is_network(broken)) << broken;
  }
}

TEST(Networks, TheApiGateTellsMappedNetworksApart) {
  const FixedClock clock(Timestamp{});
  ApiGate gate(clock);
  for (int i = 0; i < 20; ++i) {
    gate.count_wrong("::ffff:192.0.2.1");
  }
  EXPECT_GT(gate.closed_for("192.0.2.9"), 0);
  EXPECT_EQ(gate.closed_for("::ffff:192.0.3.1"), 0);
}

}  // namespace
}  // namespace phimilter::portal
