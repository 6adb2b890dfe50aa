// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace phimilter {
namespace {

// Expectations from GNU date: date -u -d @N --rfc-3339=seconds, and date -R.
TEST(Clock, WritesAndReadsRfc3339) {
  struct Case {
    std::int64_t seconds;
    const char* rfc3339;
    const char* rfc5322;
  };
  const Case cases[] = {
      {0, "1970-01-01T00:00:00.000000Z", "Thu, 01 Jan 1970 00:00:00 +0000"},
      {951782400, "2000-02-29T00:00:00.000000Z", "Tue, 29 Feb 2000 00:00:00 +0000"},
      {1795295313, "2026-11-21T21:08:33.000000Z", "Sat, 21 Nov 2026 21:08:33 +0000"},
  };
  for (const Case& c : cases) {
    const Timestamp at{std::chrono::seconds(c.seconds)};
    EXPECT_EQ(rfc3339(at), c.rfc3339);
    EXPECT_EQ(rfc5322_date(at), c.rfc5322);
    const auto back = parse_rfc3339(c.rfc3339);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, at);
  }
}

TEST(Clock, ReadsFractions) {
  const auto at = parse_rfc3339("1970-01-01T00:00:01.25Z");
  ASSERT_TRUE(at);
  EXPECT_EQ(at->time_since_epoch().count(), 1'250'000);
}

TEST(Clock, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "yesterday", "2026-11-21", "2026-11-21T21:08:33", "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T21:08:33+01:00",
        "2026-11-21T21:08:33.Z", "2026-11-21T21:08:33.12x456Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

}  // namespace
}  // namespace phimilter
