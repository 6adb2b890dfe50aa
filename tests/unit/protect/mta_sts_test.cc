// SPDX-License-Identifier: Apache-2.0
#include "protect/mta_sts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace phimilter::protect {
namespace {

using ::testing::ElementsAre;

TEST(MtaSts, RecordsOfRfc8461) {
  struct Case {
    std::vector<std::string> records;
    std::optional<std::string> id;
  };
  for (const Case& one : {
           Case{{"v=STSv1; id=20160831085700Z;"}, "20160831085700Z"},  // section 3.1
           Case{{"v=STSv1;id=a1"}, "a1"},
           Case{{"v=STSv1; id=a1; more=x"}, "a1"},
           Case{{"v=spf1 -all", "v=STSv1; id=a1"}, "a1"},
           Case{{}, std::nullopt},
           Case{{""}, std::nullopt},
           Case{{"v=STSv1; id=a1", "v=STSv1; id=a2"}, std::nullopt},  // more than one: none
           Case{{"v=STSv1"}, std::nullopt},
           Case{{"v=STSv1; id="}, std::nullopt},
           Case{{"v=STSv1; id=a-1"}, std::nullopt},  // letters and digits only
           Case{{"v=STSv1; id=" + std::string(33, 'a')}, std::nullopt},
           Case{{"v=STSv2; id=a1"}, std::nullopt},
           Case{{" v=STSv1; id=a1"}, std::nullopt},
           Case{{"id=a1; v=STSv1"}, std::nullopt},
       }) {
    EXPECT_EQ(sts_id(one.records), one.id) << (one.records.empty() ? "" : one.records[0]);
  }
}

TEST(MtaSts, PolicyOfRfc8461) {
  // Section 3.2.
  const auto policy = parse_sts_policy(
      "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\n"
      "mx: backupmx.example.com\r\nmax_age: 604800\r\n");
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ(policy->mode, StsPolicy::Mode::enforce);
  EXPECT_EQ(policy->max_age, 604800);
  EXPECT_THAT(policy->mx, ElementsAre("mail.example.com", "*.example.net", "backupmx.example.com"));
}

TEST(MtaSts, PoliciesThatAreNone) {
  const std::string good = "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 86400\n";
  EXPECT_TRUE(parse_sts_policy(good).has_value());
  EXPECT_TRUE(parse_sts_policy("version: STSv1\nmode: none\nmax_age: 86400\n").has_value());
  EXPECT_TRUE(parse_sts_policy(good + "later: word\n").has_value());
  EXPECT_EQ(parse_sts_policy(good + "mode: none\n")->mode, StsPolicy::Mode::enforce);
  EXPECT_EQ(
      parse_sts_policy("version: STSv1\nmode: testing\nmx: A.Example\nmax_age: 99999999999\n"),
      (StsPolicy{StsPolicy::Mode::testing, {"a.example"}, 31'557'600}));
  for (const char* text : {
           "",
           "<html></html>",
           "version: STSv2\nmode: enforce\nmx: a.example\nmax_age: 1\n",
           "mode: enforce\nmx: a.example\nmax_age: 1\n",      // no version
           "version: STSv1\nmx: a.example\nmax_age: 1\n",     // no mode
           "version: STSv1\nmode: enforce\nmax_age: 1\n",     // no mx
           "version: STSv1\nmode: enforce\nmx: a.example\n",  // no age
           "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1\n",
           "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1d\n",
           "version: STSv1\nmode: Enforce\nmx: a.example\nmax_age: 1\n",
           "version: STSv1\nmode: enforce\nmx: a.*.example\nmax_age: 1\n",
           "version: STSv1\nmode: enforce\nmx: *\nmax_age: 1\n",
           "version: STSv1\nmode: enforce\nmx: a b\nmax_age: 1\n",
           "version: STSv1\nmode: enforce\nmx: a.example:b.example\nmax_age: 1\n",
       }) {
    EXPECT_FALSE(parse_sts_policy(text).has_value()) << text;
  }
}

TEST(MtaSts, HostsOfRfc8461) {
  struct Case {
    std::string pattern, host;
    bool fits;
  };
  for (const Case& one :
       {Case{"mail.example.com", "MAIL.example.com", true},
        Case{"mail.example.com", "a.mail.example.com", false},
        Case{"*.example.com", "mail.example.com", true},  // section 4.1
        Case{"*.example.com", "a.mail.example.com", false},
        Case{"*.example.com", "example.com", false}, Case{"*.example.com", ".example.com", false},
        Case{"*.example.com", "", false}}) {
    EXPECT_EQ(sts_host_fits(one.pattern, one.host), one.fits) << one.pattern << " " << one.host;
  }
}

}  // namespace
}  // namespace phimilter::protect
