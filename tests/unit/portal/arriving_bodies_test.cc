// SPDX-License-Identifier: Apache-2.0
//
// How much of what arrives is held in memory, by the server on real sockets.
#include "portal/arriving_bodies.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/files.h"
#include "portal/server.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kLarge = 8 * limits::kMiB;
constexpr std::size_t kHeldOfStrangers = limits::kBodiesOfStrangers / kLarge;

// A client that sends when it is told to. Little waits on its own side: what was sent but for that,
// the server has read.
class Client {
 public:
  explicit Client(const Server& server) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int little = 32 * 1024;
    EXPECT_EQ(::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUF, &little, sizeof little), 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // The socket API is made this way.
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  void send(std::string_view bytes) const {
    EXPECT_TRUE(write_all(fd_.get(), bytes, "the server").has_value());
  }
  void begin(const std::string& more = "",
             const std::string& size = "Content-Length: " + std::to_string(kLarge)) const {
    send("PUT /api/v1/batches/a/b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + more + size +
         "\r\n\r\n");
  }
  // All of the answer; the server closes behind it.
  std::string answer() const {
    std::string out;
    char some[4096];
    for (ssize_t got = 0; (got = ::recv(fd_.get(), some, sizeof some, 0)) > 0;) {
      out.append(some, static_cast<std::size_t>(got));
    }
    return out;
  }

 private:
  UniqueFd fd_;
};

bool is(const std::string& answer, int status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

class ArrivingBodiesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    budgets_->knows = [](const Request& header) {
      return header.field(header.cookies, "visitor") == "yes" && header.peer == "127.0.0.1" &&
             header.body.empty();
    };
    ServerOptions options;
    options.address = "127.0.0.1";
    options.upload_bytes = 2 * kLarge;  // of a body nobody says the size of, half as much again
    auto server = start_server(
        options,
        [](const Request& request) {
          return Response{200, {}, std::to_string(request.body.size()) + " bytes\n"};
        },
        budgets_);
    ASSERT_TRUE(server.has_value());
    server_ = std::move(*server);
  }
  std::string whole(const std::string& more = "") const {
    const Client client(*server_);
    client.begin(more);
    client.send(large_);
    return client.answer();
  }
  std::vector<Client> strangers(std::size_t count) const {
    std::vector<Client> out;
    for (std::size_t i = 0; i < count; ++i) {
      out.emplace_back(*server_);
      out.back().begin();
      out.back().send(std::string_view(large_).substr(1));
    }
    return out;
  }
  std::shared_ptr<BodyBudgets> budgets_ = std::make_shared<BodyBudgets>();
  std::unique_ptr<Server> server_;
  const std::string large_ = std::string(kLarge, 'a');
};

TEST_F(ArrivingBodiesTest, StrangersShareALittleMemoryAndHarmNobodyElse) {
  const std::vector<Client> clients = strangers(2 * kHeldOfStrangers);
  const std::string known = whole("Cookie: visitor=yes\r\n");
  EXPECT_TRUE(is(known, 200) && known.ends_with(std::to_string(kLarge) + " bytes\n")) << known;
  EXPECT_TRUE(is(whole("Cookie: visitor=no\r\n"), 503));
  const Client small(*server_);
  small.begin("", "Content-Length: 5");
  small.send("hello");
  EXPECT_TRUE(is(small.answer(), 200));
  std::size_t taken = 0, refused = 0;
  for (const Client& client : clients) {
    client.send("a");
    const std::string answer = client.answer();
    taken += is(answer, 200) && answer.ends_with(std::to_string(kLarge) + " bytes\n") ? 1 : 0;
    refused += is(answer, 503) && answer.find("Retry-After: ") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(taken, kHeldOfStrangers);
  EXPECT_EQ(refused, kHeldOfStrangers);
  EXPECT_TRUE(is(whole(), 200)) << "what was answered holds nothing";
}

TEST_F(ArrivingBodiesTest, VisitorsHaveTheirMeasureToo) {
  const auto all = budgets_->visitors.take(limits::kBodiesOfVisitors, std::chrono::seconds(0));
  ASSERT_TRUE(all);
  EXPECT_TRUE(is(whole("Cookie: visitor=yes\r\n"), 503));
  EXPECT_TRUE(is(whole(), 200));
}

TEST_F(ArrivingBodiesTest, WhoGoesAwayHoldsNothing) {
  { const std::vector<Client> gone = strangers(kHeldOfStrangers); }
  bool served = false;
  for (int i = 0; i < 1'000 && !served; ++i) {  // the ends are noticed when they are
    served = is(whole(), 200);
  }
  EXPECT_TRUE(served);
}

TEST_F(ArrivingBodiesTest, ABodyOfUnknownSizeCountsAsTheLargest) {
  const std::string chunked = "Transfer-Encoding: chunked";
  const std::string chunk = "20000\r\n" + std::string(0x20000, 'b') + "\r\n";
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(*server_);
    clients.back().begin("", chunked);
    for (int j = 0; j < 20; ++j) {
      clients.back().send(chunk);
    }
  }
  std::size_t taken = 0, refused = 0;
  for (const Client& client : clients) {
    client.send("0\r\n\r\n");
    const std::string answer = client.answer();
    taken += is(answer, 200) && answer.ends_with("\n2621440 bytes\n") ? 1 : 0;
    refused += is(answer, 503) ? 1 : 0;
  }
  EXPECT_EQ(taken, limits::kBodiesOfStrangers / (3 * kLarge));
  EXPECT_EQ(refused, 3 - taken);
}

}  // namespace
}  // namespace phimilter::portal
