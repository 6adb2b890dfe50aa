// SPDX-License-Identifier: Apache-2.0
#include "escrow/entry.h"

#include <gtest/gtest.h>

#include <set>

#include "base/encoding.h"

namespace phimilter::escrow {
namespace {

Secret counting_key() {
  Secret key(32);
  for (std::size_t i = 0; i < key.size(); ++i) {
    key.mutable_span()[i] = static_cast<std::uint8_t>(i);
  }
  return key;
}

// Made with Python 3.11: hmac, hashlib and base64.urlsafe_b64encode.
TEST(Link, IsMadeAsDescribed) {
  std::string token;
  for (int i = 0; i < 32; ++i) {
    token += "ab";
  }
  const Link link = make_link(counting_key(), *TokenId::parse(token));
  EXPECT_EQ(link.secret, "WDYwI09-YOz6Kmri6Y7jeHbj_2NERXcjy0tC_Pd_f8A");
  EXPECT_EQ(link.id.str(), "1a286a9d3f8271f072352d600bc463ea");
  EXPECT_EQ(link.reference, "MFQ6-XDNY");
  EXPECT_EQ(id_of_link_secret(link.secret), link.id);
  EXPECT_EQ(reference_of(link.id), link.reference);
}

TEST(Link, SecretsOfAnotherFormLeadNowhere) {
  const std::string good = "WDYwI09-YOz6Kmri6Y7jeHbj_2NERXcjy0tC_Pd_f8A";
  ASSERT_TRUE(id_of_link_secret(good).has_value());
  const struct {
    const char* what;
    std::string secret;
  } cases[] = {
      {"empty", ""},
      {"too short", good.substr(1)},
      {"too long", good + "A"},
      {"padded", good.substr(0, 42) + "="},
      {"standard base64", "WDYwI09+YOz6Kmri6Y7jeHbj/2NERXcjy0tC/Pd/f8A"},
      {"blank", " " + good.substr(1)},
      {"bits that carry nothing are set", good.substr(0, 42) + "B"},
      {"a path", "../../../../../../../../../../etc/passwd...."},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(id_of_link_secret(test.secret), std::nullopt) << test.what;
  }
}

TEST(Link, DependsOnKeyAndToken) {
  const auto token = *TokenId::parse(std::string(64, '1'));
  const Link link = make_link(counting_key(), token);
  EXPECT_EQ(make_link(counting_key(), token).secret, link.secret);
  EXPECT_NE(make_link(Secret(std::string_view("another key")), token).secret, link.secret);
  EXPECT_NE(make_link(counting_key(), *TokenId::parse(std::string(64, '2'))).secret, link.secret);
}

TEST(Reference, HasNoLettersThatAreTakenForOthers) {
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    const std::string digest = hex(sha256("entry " + std::to_string(i)));
    const std::string reference = reference_of(*EscrowId::parse(digest.substr(0, 32)));
    ASSERT_EQ(reference.size(), 9u);
    EXPECT_EQ(reference[4], '-');
    EXPECT_EQ(reference.find_first_of("01OILSZBGUabcdefghijklmnopqrstuvwxyz"), std::string::npos)
        << reference;
    seen.insert(reference);
  }
  EXPECT_EQ(seen.size(), 2000u);
}

}  // namespace
}  // namespace phimilter::escrow
