// SPDX-License-Identifier: Apache-2.0
#include "extract/sealed_content.h"

#include <gtest/gtest.h>

#include <string>

#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

using std::string_literals::operator""s;

TEST(OpenPgp, WhatGpgMakes) {
  const std::string message = test_file("message.gpg");
  ASSERT_FALSE(message.empty());
  EXPECT_TRUE(is_encrypted_openpgp(message));
  const std::string armoured = "hello\n" + test_file("message.asc") + "bye\n";
  const auto block = find_armoured_message(armoured);
  ASSERT_TRUE(block);
  EXPECT_TRUE(block->encrypted);
  EXPECT_EQ(block->start, 6U);
  EXPECT_EQ(armoured.substr(block->start + block->length), "\nbye\n");
}

TEST(OpenPgp, WhatOnlyLooksEncrypted) {
  const std::string message = test_file("message.gpg");
  const std::string one_byte_packet = "\xCB\x05\x62\0\0\0\0"s;  // literal data
  struct Case {
    const char* what;
    std::string bytes;
  };
  const Case cases[] = {
      {"nothing", ""},
      {"text", "Patient: Olga Ivanova"},
      {"cut off", message.substr(0, message.size() - 1)},
      {"a literal packet behind", message + one_byte_packet},
      {"a literal packet alone", one_byte_packet},
      {"text behind", message + "Patient: Olga"},
      {"no session key", message.substr(2 + static_cast<unsigned char>(message[1]))},
      {"only a session key", message.substr(0, 2 + static_cast<unsigned char>(message[1]))},
  };
  for (const auto& test : cases) {
    EXPECT_FALSE(is_encrypted_openpgp(test.bytes)) << test.what;
  }
}

TEST(OpenPgp, ArmourThatDoesNotHold) {
  const std::string armour = test_file("message.asc");
  std::string damaged = armour;
  damaged[armour.find("\n\n") + 6] ^= 1;  // the checksum tells
  const auto damaged_block = find_armoured_message(damaged);
  ASSERT_TRUE(damaged_block);
  EXPECT_FALSE(damaged_block->encrypted);

  std::string inserted = armour;
  inserted.insert(inserted.find("\n\n") + 2, "Patient Olga\n");
  EXPECT_FALSE(find_armoured_message(inserted)->encrypted);

  EXPECT_FALSE(find_armoured_message(test_file("signed-only.asc"))->encrypted);
  EXPECT_FALSE(find_armoured_message("no armour"));
  EXPECT_FALSE(find_armoured_message("-----BEGIN PGP MESSAGE-----\nand no end"));
  const auto empty = find_armoured_message("-----BEGIN PGP MESSAGE----------END PGP MESSAGE-----");
  ASSERT_TRUE(empty);
  EXPECT_FALSE(empty->encrypted);
}

TEST(Cms, RubbishIsNotCms) {
  struct Case {
    const char* what;
    std::string bytes;
  };
  const Case cases[] = {
      {"nothing", ""},
      {"text", "Patient: Olga Ivanova"},
      {"a sequence", "\x30\x03\x02\x01\x00"s},
      {"an enveloped OID with nothing in it",
       "\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03\xA0\x00"s},
      {"a length past the end", "\x30\x84\x7F\xFF\xFF\xFF\x06"s},
  };
  for (const auto& test : cases) {
    const auto cms = parse_cms(test.bytes);
    EXPECT_FALSE(cms && cms->kind == CmsKind::enveloped) << test.what;
  }
}

}  // namespace
}  // namespace phimilter::extract
