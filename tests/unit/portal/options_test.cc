// SPDX-License-Identifier: Apache-2.0
#include "portal/options.h"

#include <gtest/gtest.h>

namespace phimilter::portal {
namespace {

TEST(Listeners, AreReadFromTheSettings) {
  Settings settings;
  settings.portal_https = "inet:[::]:8443";
  settings.portal_certificate = "/c";
  settings.portal_certificate_key = "/k";
  settings.portal_http = "inet:127.0.0.1:8080";
  const auto all = listeners(settings);
  ASSERT_TRUE(all.has_value());
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].address, "::");
  EXPECT_EQ((*all)[0].port, 8443);
  EXPECT_EQ((*all)[0].certificate, "/c");
  EXPECT_EQ((*all)[1].address, "127.0.0.1");
  EXPECT_TRUE((*all)[1].certificate.empty());
}

TEST(Listeners, RefusalsNameTheSetting) {
  struct Case {
    std::string https, certificate, http, setting;
  };
  for (const Case& each : {
           Case{"", "", "", "portal.https"},
           Case{"inet:0.0.0.0:443", "", "", "portal.certificate"},
           Case{"unix:/run/x", "/c", "", "portal.https"},
           Case{"inet:0.0.0.0:x", "/c", "", "portal.https"},
           Case{"inet:0.0.0.0:70000", "/c", "", "portal.https"},
           Case{"", "", "unix:/run/x", "portal.http"},
           Case{"", "", "inet:0.0.0.0:80", "portal.http"},
           Case{"", "", "inet:192.0.2.1:80", "portal.http"},
       }) {
    Settings settings;
    settings.portal_https = each.https;
    settings.portal_certificate = settings.portal_certificate_key = each.certificate;
    settings.portal_http = each.http;
    const auto all = listeners(settings);
    ASSERT_FALSE(all.has_value()) << each.https << each.http;
    EXPECT_EQ(all.error().kind, FaultKind::configuration);
    EXPECT_NE(all.error().describe().find(each.setting), std::string::npos)
        << all.error().describe();
  }
}

}  // namespace
}  // namespace phimilter::portal
