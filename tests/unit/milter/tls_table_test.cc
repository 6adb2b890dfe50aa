// SPDX-License-Identifier: Apache-2.0
#include "milter/tls_table.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <map>

namespace phimilter::milter {
namespace {

using policy::TlsState;

struct FakeFacts final : protect::TlsFacts {
  policy::TlsFact find(const std::string& domain) override {
    return {demand(domain).state, demand(domain).source};
  }
  protect::TlsDemand demand(const std::string& domain) override { return known[domain]; }
  std::map<std::string, protect::TlsDemand> known{
      {"dane.example", {TlsState::proved, "dane", {}}},
      {"sts.example", {TlsState::proved, "mta-sts", {"mx.a.example", "*.b.example"}}},
      {"empty.example", {TlsState::proved, "mta-sts", {}}},
      {"partner.example", {TlsState::proved, "configured", {}}},
      {"slow.example", {TlsState::unknown, "", {}}},
  };
};

TEST(TlsTable, NothingWeakerThanTheInstancesOwnLevelIsSaid) {
  FakeFacts facts;
  struct Case {
    std::string request, answer;
  };
  for (const Case& one :
       {Case{"tls dane.example", "OK dane-only"}, Case{"tls DANE.example", "OK dane-only"},
        Case{"tls sts.example", "OK secure match=mx.a.example:.b.example servername=hostname"},
        Case{"tls partner.example", "NOTFOUND "}, Case{"tls empty.example", "NOTFOUND "},
        Case{"tls other.example", "NOTFOUND "}, Case{"tls .dane.example", "NOTFOUND "},
        Case{"tls [dane.example]", "NOTFOUND "}, Case{"tls dane.example:2525", "NOTFOUND "},
        Case{"tls ", "NOTFOUND "}, Case{"tls", "NOTFOUND "}, Case{"", "NOTFOUND "}}) {
    EXPECT_EQ(tls_answer(facts, one.request), one.answer) << one.request;
  }
  EXPECT_TRUE(tls_answer(facts, "tls slow.example").starts_with("TEMP "));
}

TEST(TlsTable, Netstrings) {
  struct Case {
    std::string bytes;
    std::optional<std::string> taken;
    std::string left;
  };
  for (const Case& one :
       {Case{"5:hello,", "hello", ""}, Case{"5:hello,3:a", "hello", "3:a"}, Case{"0:,", "", ""},
        Case{"5:hell", std::nullopt, "5:hell"}, Case{"5:hello", std::nullopt, "5:hello"},
        Case{"12", std::nullopt, "12"}, Case{"", std::nullopt, ""}}) {
    std::string buffer = one.bytes;
    const auto taken = take_netstring(buffer);
    ASSERT_TRUE(taken.has_value()) << one.bytes;
    EXPECT_EQ(*taken, one.taken) << one.bytes;
    EXPECT_EQ(buffer, one.left) << one.bytes;
  }
  for (const std::string& bytes :
       {std::string("5:hello;"), std::string(":x,"), std::string("x:y,"), std::string("-1:x,"),
        std::string("99999"), std::string("1001:x"), std::string("GET / HTTP/1.1\r\n")}) {
    std::string buffer = bytes;
    EXPECT_FALSE(take_netstring(buffer).has_value()) << bytes;
  }
}

class Served : public ::testing::Test {
 protected:
  Served() {
    std::string name = (std::filesystem::temp_directory_path() / "tls-table-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/tls.sock";
  }
  ~Served() override { std::filesystem::remove_all(folder_); }
  int connect_to() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return fd;
  }
  static std::string ask(int fd, const std::string& bytes, std::size_t expected) {
    (void)!::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    std::string out(expected, '\0');
    const ssize_t got = ::recv(fd, out.data(), out.size(), MSG_WAITALL);
    out.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return out;
  }
  std::string folder_, path_;
  FakeFacts facts_;
};

TEST_F(Served, SeveralAskOverOneSocket) {
  auto table = serve_tls_table("unix:" + path_, "", facts_);
  ASSERT_TRUE(table.has_value());
  const int first = connect_to();
  const int second = connect_to();
  EXPECT_EQ(ask(first, "16:tls dane.example,", 16), "12:OK dane-only,");
  EXPECT_EQ(ask(second, "16:tls dane.example,17:tls other.example,", 28),
            "12:OK dane-only,9:NOTFOUND ,");
  EXPECT_EQ(ask(first, "17:tls other.example,", 12), "9:NOTFOUND ,");
  EXPECT_EQ(ask(second, "nonsense", 1), "");  // hung up
  ::close(first);
  ::close(second);
}

TEST_F(Served, EndsWhileSomebodyIsConnected) {
  auto table = serve_tls_table("unix:" + path_, "", facts_);
  ASSERT_TRUE(table.has_value());
  const int idle = connect_to();
  EXPECT_EQ(ask(idle, "16:tls dane.example,", 16), "12:OK dane-only,");
  table->reset();
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(ask(idle, "16:tls dane.example,", 1), "");
  ::close(idle);
}

TEST_F(Served, APlaceThatCannotBeHadIsAFault) {
  for (const std::string& socket :
       {std::string("unix:/nowhere/tls.sock"), std::string("inet:nowhere:25"),
        std::string("unix:/" + std::string(200, 'x'))}) {
    const auto table = serve_tls_table(socket, "", facts_);
    ASSERT_FALSE(table.has_value()) << socket;
    EXPECT_EQ(table.error().kind, FaultKind::configuration);
  }
}

}  // namespace
}  // namespace phimilter::milter
