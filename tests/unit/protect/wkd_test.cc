// SPDX-License-Identifier: Apache-2.0
#include "protect/wkd.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdio.h>

#include <atomic>
#include <future>

#include "base/encoding.h"
#include "support.h"

namespace phimilter::protect {
namespace {

using Kind = NetAnswer::Kind;
using testing::must_run;

// The example of the draft, section 3.1.
TEST(WkdPath, IsThatOfTheDraft) {
  EXPECT_EQ(wkd_path("Joe.Doe", "example.org", true),
            "/.well-known/openpgpkey/example.org/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe");
  EXPECT_EQ(wkd_path("Joe.Doe", "example.org", false),
            "/.well-known/openpgpkey/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe");
}

TEST(WkdPath, NothingOfALocalPartEndsThePath) {
  const std::string path = wkd_path("a/../b?c&l=x #\r\nHost: y", "example.org", false);
  EXPECT_EQ(path.find_first_of(" #\r\n&", path.find("?l=")), std::string::npos) << path;
  EXPECT_EQ(path.substr(path.find("?l=")), "?l=a%2f..%2fb%3fc%26l%3dx%20%23%0d%0aHost%3a%20y");
}

class WkdServer : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string at = folder_.path();
    must_run("cd " + at +
             " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
             "-subj /CN=test -addext "
             "subjectAltName=DNS:openpgpkey.good.example,DNS:direct.example "
             "-keyout key -out cert 2>/dev/null");
    process_ = popen(("exec python3 -B " PHIMILTER_SOURCE_DIR "/tests/unit/protect/wkd_server.py " +
                      at + "/cert " + at + "/key " + at + "/log & echo $!; wait")
                         .c_str(),
                     "r");
    ASSERT_NE(process_, nullptr);
    int port = 0;
    ASSERT_EQ(fscanf(process_, "%d\n%d", &pid_, &port), 2);
    port_ = static_cast<std::uint16_t>(port);
  }
  void TearDown() override {
    kill(pid_, SIGKILL);
    pclose(process_);
  }
  NetAnswer ask(const std::string& address, const std::string& ca = "cert") {
    const auto server = wkd_server(
        {.domains = {"*"}, .ca_file = folder_.file(ca), .port = port_, .look_up = look_up});
    return server->ask(*mail::Address::parse(address),
                       std::chrono::steady_clock::now() + std::chrono::seconds(wait_));
  }
  std::string log() { return must_run("cat " + folder_.file("log") + " 2>/dev/null || true"); }
  static HostAddresses look_up(const std::string& host) {
    if (host == "openpgpkey.unsure.example") {
      return {};
    }
    const bool there = host == "openpgpkey.good.example" || host == "direct.example" ||
                       host == "openpgpkey.liar.example";
    return {true, there ? std::vector<std::string>{"127.0.0.1"} : std::vector<std::string>{}};
  }

  testing::TestFolder folder_;
  FILE* process_ = nullptr;
  int pid_ = 0;
  std::uint16_t port_ = 0;
  int wait_ = 60;
};

TEST_F(WkdServer, AsksTheAdvancedWayElseTheDirectOne) {
  const auto advanced = ask("Ann@good.example");
  EXPECT_EQ(advanced.kind, Kind::found) << advanced.why;
  EXPECT_EQ(advanced.keys, std::vector<std::string>{"key of Ann"});
  const auto direct = ask("ann@direct.example");
  EXPECT_EQ(direct.kind, Kind::found) << direct.why;
  EXPECT_EQ(
      log().substr(0, 65),
      "openpgpkey.good.example /.well-known/openpgpkey/good.example/hu/" + log().substr(64, 1));
  EXPECT_NE(log().find("direct.example /.well-known/openpgpkey/hu/"), std::string::npos) << log();
}

TEST_F(WkdServer, NoneIsWhatIsSaidToBeNone) {
  for (const char* address : {"404@good.example", "410@good.example", "403@good.example",
                              "elsewhere@good.example", "ann@nowhere.example"}) {
    const auto answer = ask(address);
    EXPECT_EQ(answer.kind, Kind::none) << address << " " << answer.why;
    EXPECT_TRUE(answer.keys.empty());
  }
  EXPECT_EQ(log().find("/found"), std::string::npos);
}

TEST_F(WkdServer, EverythingElseIsUnknown) {
  for (const char* address :
       {"500@good.example", "503@good.example", "429@good.example", "huge@good.example",
        "drop@good.example", "ann@unsure.example", "ann@liar.example"}) {
    const auto answer = ask(address);
    EXPECT_EQ(answer.kind, Kind::unknown) << address << " " << answer.why;
  }
  wait_ = 1;
  EXPECT_EQ(ask("hang@good.example").kind, Kind::unknown);
  wait_ = 60;
  must_run("cd " + folder_.path() +
           " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
           "-subj /CN=other -keyout okey -out other 2>/dev/null");
  EXPECT_EQ(ask("ann@good.example", "other").kind, Kind::unknown);
  kill(pid_, SIGKILL);
  EXPECT_TRUE(testing::eventually([&] { return ask("ann@good.example").kind == Kind::unknown; }));
}

// Without a deadline of the look-up's own this test never ends.
TEST(Wkd, SilentNameServersHoldNobodyPastHisDeadline) {
  std::promise<void> end;
  const auto ended = end.get_future().share();
  const auto begun = std::make_shared<std::atomic<int>>(0);
  const auto server =
      wkd_server({.domains = {"*"}, .ca_file = "", .look_up = [ended, begun](const std::string&) {
                    ++*begun;
                    ended.wait();
                    return HostAddresses{.known = true, .addresses = {}};
                  }});
  constexpr int kMany = 100;
  for (int i = 0; i < kMany; ++i) {
    const auto answer =
        server->ask(*mail::Address::parse("x@a.example"),
                    std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
    EXPECT_EQ(answer.kind, Kind::unknown);
  }
  EXPECT_LT(*begun, kMany) << "there is a limit on them";
  end.set_value();
  EXPECT_TRUE(testing::eventually([&] {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    return server->ask(*mail::Address::parse("x@a.example"), deadline).kind == Kind::none;
  }));
}

TEST(Wkd, AsksOnlyAboutDomainsOfTheSettings) {
  const auto server = wkd_server({.domains = {"a.example", ".b.example"}, .ca_file = ""});
  EXPECT_TRUE(server->host(*mail::Address::parse("x@a.example")).has_value());
  EXPECT_TRUE(server->host(*mail::Address::parse("x@c.b.example")).has_value());
  EXPECT_FALSE(server->host(*mail::Address::parse("x@c.example")).has_value());
  EXPECT_FALSE(wkd_server({.domains = {"*"}, .ca_file = ""})
                   ->host(*mail::Address::parse("x@[192.0.2.1]"))
                   .has_value());
}

}  // namespace
}  // namespace phimilter::protect
