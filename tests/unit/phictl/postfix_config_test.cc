// SPDX-License-Identifier: Apache-2.0
#include "phictl/postfix_config.h"

#include <gtest/gtest.h>

namespace phimilter::phictl {
namespace {

// As postconf of Postfix 3.7 prints them.
constexpr std::string_view kParameters =
    "inet_interfaces = all\n"
    "milter_default_action = tempfail\n"
    "mynetworks = 127.0.0.0/8 192.0.2.0/24 [::1]/128\n"
    "smtpd_milters =\n";
constexpr std::string_view kServices =
    "127.0.0.1:10025 inet n   -       n       -       -       smtpd -o syslog_name=a -o "
    "{smtpd_milters={ unix:/run/a.sock, default_action=tempfail }}\n"
    "submission inet  n       -       n       -       -       smtpd\n"
    "10026      inet  n       -       n       -       -       smtpd -o "
    "inet_interfaces=loopback-only\n"
    "pickup     unix  n       -       n       60      1       pickup\n";
constexpr std::string_view kOverrides =
    "127.0.0.1:10025/inet/smtpd_milters = { unix:/run/a.sock, default_action=tempfail, "
    "connect_timeout=10s }\n"
    "127.0.0.1:10025/inet/syslog_name = a\n"
    "10026/inet/inet_interfaces = loopback-only\n"
    "10026/inet/smtpd_milters =\n"
    "pickup/unix/content_filter = phi-local:[127.0.0.1]:10025\n";

PostfixConfig config() {
  return PostfixConfig::parse("/etc/postfix", kParameters, kServices, kOverrides);
}

TEST(PostfixConfig, AServiceHasItsOwnValueOrTheCommonOne) {
  const PostfixConfig postfix = config();
  ASSERT_EQ(postfix.services().size(), 4U);
  const PostfixService& filtered = postfix.services()[0];
  EXPECT_EQ(filtered.program, "smtpd");
  EXPECT_EQ(postfix.parameter(filtered, "syslog_name"), "a");
  EXPECT_EQ(postfix.parameter(filtered, "milter_default_action"), "tempfail");
  EXPECT_EQ(postfix.parameter(postfix.services()[3], "content_filter"),
            "phi-local:[127.0.0.1]:10025");
  EXPECT_FALSE(postfix.services()[3].is_smtpd());
  EXPECT_TRUE(postfix.knows("smtpd_milters"));
  EXPECT_FALSE(postfix.knows("smtpd_forbid_bare_newline"));
}

TEST(PostfixConfig, AListenerIsFoundByItsPort) {
  const PostfixConfig postfix = config();
  EXPECT_EQ(postfix.listener("inet:127.0.0.1:10025"), &postfix.services()[0]);
  EXPECT_EQ(postfix.listener("inet:127.0.0.1:10026"), &postfix.services()[2]);
  EXPECT_EQ(postfix.listener("inet:127.0.0.1:10027"), nullptr);
  EXPECT_EQ(postfix.listener("unix:/run/x"), nullptr);
}

TEST(PostfixConfig, LoopbackIsByNameOrByInterfaces) {
  const PostfixConfig postfix = config();
  EXPECT_TRUE(postfix.loopback_only(postfix.services()[0]));
  EXPECT_FALSE(postfix.loopback_only(postfix.services()[1]));
  EXPECT_TRUE(postfix.loopback_only(postfix.services()[2]));
}

TEST(PostfixConfig, MiltersStandInWordsOrBraces) {
  const auto milters = milters_in(
      "inet:127.0.0.1:8891, { unix:/run/a.sock, default_action=tempfail, command_timeout=30s } "
      "unix:b");
  ASSERT_EQ(milters.size(), 3U);
  EXPECT_EQ(milters[0].socket, "inet:127.0.0.1:8891");
  EXPECT_EQ(milters[1].socket, "unix:/run/a.sock");
  EXPECT_EQ(milters[1].options.at("default_action"), "tempfail");
  EXPECT_EQ(milters[1].options.at("command_timeout"), "30s");
  EXPECT_EQ(milters[2].socket, "unix:b");
  EXPECT_TRUE(milters_in("").empty());
  EXPECT_EQ(milters_in("{ unix:/never/closed").size(), 1U);
}

}  // namespace
}  // namespace phimilter::phictl
