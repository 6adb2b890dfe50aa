// SPDX-License-Identifier: Apache-2.0
#include "delivery/release.h"

#include <gtest/gtest.h>

namespace phimilter::delivery {
namespace {

const DigestId kDigest = body_digest("body\r\n");

Release release() {
  return {*EscrowId::parse(std::string(32, 'c')),
          "pat; x=1@example.org",
          false,
          true,
          "nurse\n7",
          "192.0.2.7",
          "OUTBOUND"};
}

TEST(Release, IsBelievedAsItWasMade) {
  const Secret key = random_secret(32);
  for (const bool probe : {false, true}) {
    Release made = release();
    made.probe = probe;
    const std::string value = release_value(made, kDigest, key);
    EXPECT_EQ(value.find_first_of("\r\n"), std::string::npos);
    EXPECT_EQ(believed_release(value, kDigest, key), made);
    EXPECT_EQ(believed_release("  " + value + " ", kDigest, key), made);
  }
  const Release bare{*EscrowId::parse(std::string(32, 'c')), "a@b"};
  EXPECT_EQ(believed_release(release_value(bare, kDigest, key), kDigest, key), bare);
}

TEST(Release, IsOfOneMessageAndOneKey) {
  const Secret key = random_secret(32);
  const std::string value = release_value(release(), kDigest, key);
  EXPECT_FALSE(believed_release(value, body_digest("body\r\n\r\n"), key));
  EXPECT_FALSE(believed_release(value, kDigest, random_secret(32)));
  for (std::size_t at = 0; at < value.size(); ++at) {
    std::string changed = value;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(believed_release(changed, kDigest, key)) << at;
    EXPECT_FALSE(believed_release(value.substr(0, at), kDigest, key)) << at;
  }
  EXPECT_FALSE(believed_release(std::string(100'000, ';') + value, kDigest, key));
  EXPECT_FALSE(believed_release("", kDigest, key));
}

}  // namespace
}  // namespace phimilter::delivery
