// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gtest/gtest.h>

namespace phimilter {
namespace {

TEST(Log, ALineIsOneLineAndCanBeSplit) {
  ASSERT_TRUE(log::open("test", log::Target::standard_error, "info"));
  testing::internal::CaptureStderr();
  log::event(log::Level::info, "4ABC", "done",
             {{"method", "pgp"}, {"text", "two words\nand \"more\""}});
  log::event(log::Level::debug, "4ABC", "unseen");
  log::fault(log::Level::error, "",
             transient_fault("escrow.write", "disk full").with("path", "/x"));
  const std::string out = testing::internal::GetCapturedStderr();
  EXPECT_NE(out.find("4ABC done method=pgp text=\"two words and \\\"more\\\"\"\n"),
            std::string::npos)
      << out;
  EXPECT_EQ(out.find("unseen"), std::string::npos);
  EXPECT_NE(out.find("- escrow.write kind=transient text=\"disk full\" path=/x\n"),
            std::string::npos)
      << out;
}

TEST(Log, RefusesAnUnknownLevel) {
  EXPECT_FALSE(log::open("test", log::Target::standard_error, "loud"));
}

TEST(Log, AnAddressIsRedacted) {
  EXPECT_EQ(redact_address("jane.doe@example.org"), "j***@example.org");
  EXPECT_EQ(redact_address("\xc3\xa9va@example.org"), "***@example.org");
  EXPECT_EQ(redact_address("Jane Doe"), "***");
  EXPECT_EQ(redact_address("@example.org"), "***");
}

}  // namespace
}  // namespace phimilter
