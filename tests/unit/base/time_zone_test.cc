// SPDX-License-Identifier: Apache-2.0
#include "base/time_zone.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/settings.h"

namespace phimilter {
namespace {

Timestamp at(const std::string& text) {
  return parse_rfc3339(text).value();
}

class TimeZoneTest : public ::testing::Test {
 protected:
  ~TimeZoneTest() override {
    ::unsetenv("TZ");
    use_time_zone("");
  }
};

// Expected: `TZ=... date -d ... '+%F %R %Z'`, and for zones without a word their offset.
TEST_F(TimeZoneTest, DaysAndTimesAreThoseOfTheZone) {
  struct Case {
    const char *zone, *utc, *day;
    int hour, minute;
    const char* word;
  };
  for (const Case& each : {
           Case{"America/New_York", "2026-11-21T03:05:00Z", "2026-11-20", 22, 5, "EST"},
           Case{"America/New_York", "2026-07-01T12:00:00Z", "2026-07-01", 8, 0, "EDT"},
           Case{"America/New_York", "2026-03-08T06:59:59Z", "2026-03-08", 1, 59, "EST"},
           Case{"America/New_York", "2026-03-08T07:00:00Z", "2026-03-08", 3, 0, "EDT"},
           Case{"America/Puerto_Rico", "2027-01-01T01:00:00Z", "2026-12-31", 21, 0, "AST"},
           Case{"Europe/Madrid", "2026-12-31T23:30:00Z", "2027-01-01", 0, 30, "CET"},
           Case{"America/Sao_Paulo", "2026-11-21T12:00:00Z", "2026-11-21", 9, 0, "UTC-3"},
           Case{"Asia/Kathmandu", "2026-11-21T12:00:00Z", "2026-11-21", 17, 45, "UTC+5:45"},
           Case{"Etc/UTC", "2026-11-21T12:00:00Z", "2026-11-21", 12, 0, "UTC"},
       }) {
    use_time_zone(each.zone);
    const LocalTime local = local_time(at(each.utc));
    EXPECT_EQ(rfc3339(std::chrono::sys_days(local.day)).substr(0, 10), each.day) << each.zone;
    EXPECT_EQ(local.hour, each.hour) << each.zone;
    EXPECT_EQ(local.minute, each.minute) << each.zone;
    EXPECT_EQ(local.zone, each.word) << each.zone;
  }
}

TEST_F(TimeZoneTest, WithoutANameTheEnvironmentDecides) {
  ::setenv("TZ", "America/Denver", 1);
  use_time_zone("");
  EXPECT_EQ(local_time(at("2026-11-21T12:00:00Z")).zone, "MST");
}

TEST_F(TimeZoneTest, ANameThatIsNoneIsRefusedWithItsLine) {
  for (const char* good :
       {"America/New_York", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "UTC"}) {
    EXPECT_EQ(time_zone_complaint(good), "") << good;
    EXPECT_TRUE(parse_settings("[organisation]\ntime_zone = \"" + std::string(good) + "\"\n", "t"));
  }
  for (const char* bad : {"America/Newyork", "EST5EDT4", "../../../etc/passwd", "/etc/localtime",
                          "America", "tzdata.zi", "America/New York", ":UTC", "America/../UTC"}) {
    EXPECT_NE(time_zone_complaint(bad), "") << bad;
    const auto settings =
        parse_settings("[organisation]\ntime_zone = \"" + std::string(bad) + "\"\n", "site.toml");
    ASSERT_FALSE(settings) << bad;
    EXPECT_NE(settings.error().describe().find("site.toml:2"), std::string::npos)
        << settings.error().describe();
    EXPECT_NE(settings.error().describe().find("time_zone"), std::string::npos);
  }
}

TEST_F(TimeZoneTest, OffsetsWithoutAWord) {
  EXPECT_EQ(offset_name(-300), "UTC-5");
  EXPECT_EQ(offset_name(330), "UTC+5:30");
  EXPECT_EQ(offset_name(5), "UTC+0:05");
}

}  // namespace
}  // namespace phimilter
