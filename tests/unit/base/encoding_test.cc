// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"

#include <gtest/gtest.h>

namespace phimilter {
namespace {

// RFC 4648 section 10.
TEST(Encoding, Base64Vectors) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : cases) {
    EXPECT_EQ(base64(as_bytes(plain)), encoded);
    const auto back = unbase64(encoded);
    ASSERT_TRUE(back) << encoded;
    EXPECT_EQ(as_text(*back), plain);
  }
}

TEST(Encoding, Base64IsStrict) {
  for (const char* text :
       {"Z", "Zg=", "Zg", "Zh==", "Zm9v\n", "Zm 9", "====", "Zg==Zg==", "Zm9-"}) {
    EXPECT_FALSE(unbase64(text)) << text;
  }
}

TEST(Encoding, Base64UrlHasItsOwnAlphabetAndNoPadding) {
  const Bytes bytes{0xfb, 0xff, 0xfe};
  EXPECT_EQ(base64url(bytes), "-__-");
  EXPECT_EQ(unbase64url("-__-"), bytes);
  EXPECT_FALSE(unbase64url("Zg=="));
  EXPECT_FALSE(unbase64url("+//+"));
}

TEST(Encoding, Hex) {
  EXPECT_EQ(hex(Bytes{0x00, 0xab, 0xff}), "00abff");
  EXPECT_EQ(unhex("00ABff"), (Bytes{0x00, 0xab, 0xff}));
  EXPECT_FALSE(unhex("0"));
  EXPECT_FALSE(unhex("0g"));
}

// FIPS 180-2 appendix B.1; RFC 4231 test case 2.
TEST(Encoding, DigestVectors) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Encoding, FieldsOfADigestDoNotRunTogether) {
  Sha256Stream first;
  first.add_field("ab");
  first.add_field("c");
  Sha256Stream second;
  second.add_field("a");
  second.add_field("bc");
  EXPECT_NE(first.finish(), second.finish());
}

TEST(Encoding, Text) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_TRUE(ascii_iequal("Message-ID", "message-id"));
  EXPECT_FALSE(ascii_iequal("Message-ID", "message_id"));
  EXPECT_EQ(split("a,,b", ',').size(), 3U);
}

}  // namespace
}  // namespace phimilter
