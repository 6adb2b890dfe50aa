// SPDX-License-Identifier: Apache-2.0
#include "milter/trust.h"

#include <gtest/gtest.h>

namespace phimilter::milter {
namespace {

struct Case {
  const char* address;
  const char* block;
  bool inside;
};

TEST(Trust, Blocks) {
  const Case cases[] = {
      {"192.0.2.7", "192.0.2.7", true},
      {"192.0.2.7", "192.0.2.0/24", true},
      {"192.0.3.7", "192.0.2.0/24", false},
      {"192.0.3.7", "192.0.2.0/23", true},
      {"192.0.2.7", "0.0.0.0/0", true},
      {"::ffff:192.0.2.7", "192.0.2.0/24", true},
      {"2001:db8::1", "2001:db8::/32", true},
      {"2001:db9::1", "2001:db8::/32", false},
      {"2001:db8::1", "0.0.0.0/0", false},
      {"", "0.0.0.0/0", false},
      {"unknown", "::/0", false},
      {"192.0.2.7", "192.0.2.0/33", false},
      {"192.0.2.7", "192.0.2.0/", false},
      {"192.0.2.7", "192.0.2.0/-1", false},
      {"192.0.2.7", "192.0.2", false},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(in_block(test.address, test.block), test.inside) << test.address << ' ' << test.block;
  }
}

TEST(Trust, BlocksAreCheckedAtStart) {
  for (const char* good : {"192.0.2.7", "192.0.2.0/24", "::1", "2001:db8::/32"}) {
    EXPECT_TRUE(check_block(good)) << good;
  }
  for (const char* bad : {"", "lab.example", "192.0.2.0/99", "2001:db8::/129", "192.0.2.0/24 "}) {
    EXPECT_FALSE(check_block(bad)) << bad;
  }
}

TEST(Trust, Loopback) {
  for (const char* yes : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(is_loopback(yes)) << yes;
  }
  for (const char* no : {"", "10.0.0.1", "::2", "localhost"}) {
    EXPECT_FALSE(is_loopback(no)) << no;
  }
}

TEST(Trust, ByClientOrLogin) {
  const TrustedSenders trusted{{"192.0.2.0/24"}, {"lab"}};
  mail::Client client;
  EXPECT_FALSE(is_trusted(client, trusted));
  client.address = "192.0.2.9";
  EXPECT_TRUE(is_trusted(client, trusted));
  client.address = "198.51.100.1";
  client.login = "lab";
  EXPECT_TRUE(is_trusted(client, trusted));
  client.login = "Lab2";
  EXPECT_FALSE(is_trusted(client, trusted));
}

}  // namespace
}  // namespace phimilter::milter
