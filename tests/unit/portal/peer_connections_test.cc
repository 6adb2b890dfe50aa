// SPDX-License-Identifier: Apache-2.0
#include "portal/peer_connections.h"

#include <gtest/gtest.h>

namespace phimilter::portal {
namespace {

TEST(PeerConnections, EachClientHasItsShare) {
  PeerConnections counts(2, {"10.0.0.0/8"});
  auto first = counts.enter("192.0.2.1");
  auto second = counts.enter("192.0.2.1");
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(counts.enter("192.0.2.1"));
  EXPECT_TRUE(counts.enter("192.0.2.2"));
  first.reset();
  EXPECT_TRUE(counts.enter("192.0.2.1"));

  auto of_site = counts.enter("2001:db8:1:2200::1");
  auto of_same = counts.enter("2001:db8:1:22ff::2");
  EXPECT_FALSE(counts.enter("2001:db8:1:2201::3")) << "one /56 is one client";
  EXPECT_TRUE(counts.enter("2001:db8:1:2300::1"));

  std::vector<PeerConnections::Ticket> of_proxy;
  for (int i = 0; i < 100; ++i) {
    auto ticket = counts.enter("10.1.2.3");
    ASSERT_TRUE(ticket) << "a proxy stands for many";
    of_proxy.push_back(std::move(*ticket));
  }
}

// As a socket for both families names its peers.
TEST(PeerConnections, MappedAddressesAreClientsOfTheirOwn) {
  PeerConnections counts(1, {});
  auto first = counts.enter("::ffff:192.0.2.1");
  EXPECT_TRUE(first);
  EXPECT_TRUE(counts.enter("::ffff:192.0.2.2"));
  EXPECT_FALSE(counts.enter("::ffff:192.0.2.1"));
  EXPECT_FALSE(counts.enter("192.0.2.1")) << "the same client";
}

TEST(PeerConnections, AnEndToldTwiceCountsOnce) {
  PeerConnections counts(2, {});
  counts.opened(1, "192.0.2.1");
  counts.opened(2, "192.0.2.1");
  EXPECT_FALSE(counts.enter("192.0.2.1"));
  counts.closed(1);
  counts.closed(1);
  counts.closed(7);
  auto ticket = counts.enter("192.0.2.1");
  EXPECT_TRUE(ticket);
  EXPECT_FALSE(counts.enter("192.0.2.1"));
  // From the handshake to the open connection.
  counts.opened(3, "192.0.2.1");
  ticket.reset();
  EXPECT_FALSE(counts.enter("192.0.2.1"));
  counts.closed(3);
  counts.closed(2);
  EXPECT_TRUE(counts.enter("192.0.2.1"));
}

}  // namespace
}  // namespace phimilter::portal
