// SPDX-License-Identifier: Apache-2.0
#include "portal/http.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "portal/networks.h"

namespace phimilter::portal {
namespace {

TEST(Form, ReadsWhatBrowsersSend) {
  // Made with python's urllib.parse.urlencode.
  const auto form = parse_form("answer=M%C3%BCller+%26+S%C3%B6hne&token=&lang=es");
  ASSERT_TRUE(form.has_value());
  EXPECT_EQ(form->at("answer"), "Müller & Söhne");
  EXPECT_EQ(form->at("token"), "");
  EXPECT_EQ(form->at("lang"), "es");
}

TEST(Form, RefusesWhatNoBrowserSends) {
  for (const std::string_view text : {"a=%", "a=%4", "a=%zz", "a=%00", "a=1&a=2", "%00=1"}) {
    EXPECT_FALSE(parse_form(text).has_value()) << text;
  }
}

TEST(Cookies, AreReadOneByOne) {
  const Fields cookies = parse_cookies("a=1; __Host-phi=x_y-Z; odd; b==2");
  EXPECT_EQ(cookies.at("__Host-phi"), "x_y-Z");
  EXPECT_EQ(cookies.at("b"), "=2");
  EXPECT_EQ(cookies.size(), 3U);
}

RawRequest raw(std::string peer, bool over_tls,
               std::vector<std::pair<std::string, std::string>> headers) {
  RawRequest request;
  request.target = "/m/x?lang=es";
  request.peer = std::move(peer);
  request.over_tls = over_tls;
  request.headers = std::move(headers);
  return request;
}

TEST(Request, BelievesAProxyOnlyOnLoopbackAndWithoutTls) {
  struct Case {
    std::string peer;
    bool over_tls;
    std::string proto, forwarded;
    bool secure;
    std::string peer_then;
  };
  for (const Case& each : {
           Case{"127.0.0.1", false, "https", "203.0.113.9", true, "203.0.113.9"},
           Case{"::1", false, "HTTPS", "6.6.6.6, 2001:db8::1", true, "2001:db8::1"},
           Case{"127.0.0.1", false, "http", "", false, "127.0.0.1"},
           Case{"127.0.0.1", false, "https", "<script>", true, "127.0.0.1"},
           Case{"192.0.2.7", false, "https", "203.0.113.9", false, "192.0.2.7"},
           Case{"127.0.0.1", true, "http", "203.0.113.9", true, "127.0.0.1"},
       }) {
    const Request request =
        understand(raw(each.peer, each.over_tls,
                       {{"X-Forwarded-Proto", each.proto}, {"x-forwarded-FOR", each.forwarded}}));
    EXPECT_EQ(request.secure, each.secure) << each.peer << " " << each.forwarded;
    EXPECT_EQ(request.peer, each.peer_then);
    EXPECT_EQ(request.path, "/m/x");
    EXPECT_EQ(request.query.at("lang"), "es");
  }
}

TEST(Request, BelievesTheProxiesThatAreNamedAndNoOthers) {
  const std::vector<std::string> proxies = {"192.0.2.7", "2001:db8:1::/48", "10.1.0.0/16"};
  const struct {
    const char* peer;
    bool believed;
  } cases[] = {{"192.0.2.7", true},        {"::ffff:192.0.2.7", true}, {"192.0.2.8", false},
               {"2001:db8:1:ff::9", true}, {"2001:db8:2::9", false},   {"10.1.255.255", true},
               {"10.2.0.0", false},        {"127.0.0.1", false},       {"", false}};
  for (const auto& test : cases) {
    RawRequest request = raw(test.peer, true, {{"X-Forwarded-For", "6.6.6.6, 203.0.113.9"}});
    request.proxies = proxies;
    EXPECT_EQ(understand(std::move(request)).peer, test.believed ? "203.0.113.9" : test.peer)
        << test.peer;
  }
  for (const char* wrong : {"", "192.0.2", "192.0.2.0/33", "10.0.0.0/", "x/8", "::/129", "/8"}) {
    EXPECT_FALSE(is_network(wrong)) << wrong;
  }
  EXPECT_TRUE(is_network("0.0.0.0/0"));
}

TEST(Request, LargeBodyIsNotLookedAt) {
  RawRequest request = raw("127.0.0.1", true, {});
  request.method = Method::post;
  std::string body = "answer=" + std::string(limits::kPortalRequest - 7, 'x');
  request.body = body;
  EXPECT_FALSE(understand(request).too_large);
  body += "x";
  request.body = body;
  const Request understood = understand(request);
  EXPECT_TRUE(understood.too_large);
  EXPECT_TRUE(understood.form.empty());
}

TEST(OwnPage, IsToldByFetchSiteAndOrigin) {
  struct Case {
    std::string site, origin;
    bool own;
  };
  for (const Case& each : {
           Case{"same-origin", "null", true},
           Case{"same-origin", "https://portal.example", true},
           Case{"", "https://portal.example", true},
           Case{"", "HTTPS://Other.example:8443", true},  // the Host that was asked for
           Case{"", "", true},  // neither: an old browser, or no browser at all
           Case{"none", "null", true},
           Case{"cross-site", "null", false},
           Case{"same-site", "https://portal.example", false},
           Case{"", "https://evil.example", false},
           Case{"same-origin", "https://evil.example", false},
           Case{"", "http://portal.example", false},
           Case{"", "https://portal.example.evil.example", false},
       }) {
    const Request request = understand(raw(
        "192.0.2.1", true,
        {{"Sec-Fetch-Site", each.site}, {"Origin", each.origin}, {"Host", "other.example:8443"}}));
    EXPECT_EQ(from_our_own_page(request, "https://portal.example"), each.own)
        << each.site << " " << each.origin;
  }
}

}  // namespace
}  // namespace phimilter::portal
