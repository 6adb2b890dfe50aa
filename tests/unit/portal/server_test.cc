// SPDX-License-Identifier: Apache-2.0
//
// The server on real sockets, asked by curl and openssl.
#include "portal/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>

#include "base/files.h"
#include "base/limits.h"
#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

Response echo(const Request& request) {
  Response response;
  response.headers = {{"Content-Type", "text/plain"}};
  if (request.too_large) {
    response.status = 413;
    response.body = "too large";
    return response;
  }
  const char* method = request.method == Method::get    ? "get"
                       : request.method == Method::head ? "head"
                       : request.method == Method::post ? "post"
                                                        : "other";
  response.body = std::string(method) + " " + request.path + " " +
                  (request.secure ? "secure" : "plain") + " " +
                  std::string(request.field(request.form, "a")) + "\n";
  return response;
}

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(run_tool("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "
                       "2 -subj /CN=portal "
                       "-addext subjectAltName=IP:127.0.0.1 -keyout " +
                       folder_.path() + "/key.pem -out " + folder_.path() + "/cert.pem 2>/dev/null")
                  .status,
              0);
  }
  ServerOptions tls_options() const {
    ServerOptions options;
    options.address = "127.0.0.1";
    options.certificate = folder_.path() + "/cert.pem";
    options.certificate_key = folder_.path() + "/key.pem";
    return options;
  }
  std::unique_ptr<Server> start(const ServerOptions& options, Handler handler = echo) {
    auto server = start_server(options, std::move(handler));
    EXPECT_TRUE(server.has_value());
    return server ? std::move(*server) : nullptr;
  }
  ToolResult curl(const Server& server, const std::string& arguments,
                  const std::string& path = "/x") {
    return run_tool("curl -sS --max-time 60 --cacert " + folder_.path() +
                    "/cert.pem -w '%{http_code}' " + arguments +
                    " https://127.0.0.1:" + std::to_string(server.port()) + path + " 2>&1");
  }
  // `from`: the last number of 127.0.0.x.
  static UniqueFd connect_to(std::uint16_t port, std::uint32_t from = 1) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + from);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&own), sizeof own), 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // The socket API is made this way.
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  // Whether the server ends the connection before a generous deadline.
  static bool is_closed(const UniqueFd& fd) {
    pollfd waiting{fd.get(), POLLIN, 0};
    char byte = 0;
    while (::poll(&waiting, 1, 60'000) == 1) {
      if (::recv(fd.get(), &byte, 1, 0) <= 0) {
        return true;
      }
    }
    return false;
  }

  // Sends `first`, then `piece` again and again: whether the server ends it before a generous
  // number of them.
  static bool drip_is_cut_off(std::uint16_t port, std::string_view first, std::string_view piece) {
    const UniqueFd fd = connect_to(port);
    EXPECT_EQ(::send(fd.get(), first.data(), first.size(), MSG_NOSIGNAL), std::ssize(first));
    for (int i = 0; i < 3'000; ++i) {
      pollfd waiting{fd.get(), POLLIN, 0};
      char byte = 0;
      if (::poll(&waiting, 1, 20) == 1 && ::recv(fd.get(), &byte, 1, 0) <= 0) {
        return true;
      }
      if (::send(fd.get(), piece.data(), piece.size(), MSG_NOSIGNAL) < 0) {
        return true;
      }
    }
    return false;
  }

  TempFolder folder_;
};

TEST_F(ServerTest, AnswersOverTls) {
  const auto server = start(tls_options());
  EXPECT_EQ(curl(*server, "").output, "get /x secure \n200");
  EXPECT_EQ(curl(*server, "-d a=%3Cb%3E", "/x/y?lang=es").output, "post /x/y secure <b>\n200");
  const ToolResult head = curl(*server, "-I");
  EXPECT_NE(head.output.find("200 OK"), std::string::npos) << head.output;
  EXPECT_EQ(curl(*server, "-X DELETE").output, "other /x secure \n200");
}

TEST_F(ServerTest, SpeaksTls12AndNothingOlder) {
  const auto server = start(tls_options());
  const std::string client =
      "openssl s_client -connect 127.0.0.1:" + std::to_string(server->port()) +
      " -cipher DEFAULT@SECLEVEL=0 </dev/null 2>/dev/null ";
  EXPECT_EQ(run_tool(client + "-tls1_2 | grep -c 'Cipher is ECDHE'").output, "1\n");
  EXPECT_EQ(run_tool(client + "-tls1_3 | grep -c 'Cipher is TLS_'").output, "1\n");
  for (const char* old : {"-tls1", "-tls1_1"}) {
    EXPECT_EQ(run_tool(client + old + " | grep -c 'Cipher is (NONE)'").output, "1\n") << old;
  }
}

TEST_F(ServerTest, LargeBodiesGet413ThenTheDoor) {
  std::atomic<int> handled = 0;
  const auto server = start(tls_options(), [&handled](const Request& request) {
    ++handled;
    return echo(request);
  });
  folder_.write("fits", std::string(limits::kPortalRequest, 'a'));
  folder_.write("over", std::string(limits::kPortalRequest + 1, 'a'));
  folder_.write("far", std::string(8 * limits::kPortalRequest, 'a'));
  const auto send = [&](const std::string& name) {
    return curl(*server, "-H Expect: --data-binary @" + folder_.path() + "/" + name);
  };
  EXPECT_TRUE(send("fits").output.ends_with("200"));
  EXPECT_EQ(send("over").output, "too large413");
  EXPECT_EQ(handled, 2);
  EXPECT_NE(send("far").status, 0);
  EXPECT_EQ(handled, 2) << "past four times the limit nothing is handled";
}

TEST_F(ServerTest, HeadersAreBounded) {
  const auto server = start(tls_options());
  EXPECT_NE(curl(*server, "-H 'X: " + std::string(9000, 'a') + "'").status, 0);
  EXPECT_NE(curl(*server, "", "/" + std::string(3000, 'a')).status, 0);
  std::string many;
  for (int i = 0; i < 80; ++i) {
    many += " -H 'X-" + std::to_string(i) + ": 1'";
  }
  EXPECT_NE(curl(*server, many).status, 0);
  EXPECT_TRUE(curl(*server, "").output.ends_with("200")) << "others are still served";
}

TEST_F(ServerTest, StallingClientsAreDropped) {
  ServerOptions options = tls_options();
  options.read_timeout_ms = 1'500;
  const auto tls = start(options);
  EXPECT_TRUE(is_closed(connect_to(tls->port()))) << "no TLS handshake";

  options.certificate.clear();
  const auto plain = start(options);
  const UniqueFd silent = connect_to(plain->port());
  const UniqueFd slow = connect_to(plain->port());
  constexpr std::string_view kBegun = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\na";
  ASSERT_EQ(::send(slow.get(), kBegun.data(), kBegun.size(), MSG_NOSIGNAL), std::ssize(kBegun));
  EXPECT_TRUE(is_closed(silent));
  EXPECT_TRUE(is_closed(slow));
}

// Each byte comes in time, and the request never ends.
TEST_F(ServerTest, ARequestThatDripsIsCutOff) {
  ServerOptions options = tls_options();
  options.certificate.clear();
  options.read_timeout_ms = 1'500;
  const auto server = start(options);
  EXPECT_TRUE(drip_is_cut_off(server->port(), "GET /x HTTP/1.1\r\nHost: a\r\nX: ", "a"))
      << "in its headers";
  EXPECT_TRUE(drip_is_cut_off(server->port(),
                              "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n", "a"))
      << "in its body";
  EXPECT_TRUE(drip_is_cut_off(server->port(),
                              "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                              "1\r\na\r\n"))
      << "in its chunks";
}

// Both ends of each connection are this process's.
testing::AssertionResult may_open(rlim_t descriptors) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < descriptors) {
    return testing::AssertionFailure()
           << "needs " << descriptors << " descriptors; ulimit -Hn is " << limit.rlim_max;
  }
  limit.rlim_cur = std::max(limit.rlim_cur, descriptors);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? testing::AssertionSuccess()
                                                 : testing::AssertionFailure() << "setrlimit";
}

TEST_F(ServerTest, AThousandIdleClientsLeaveThePagesToOthers) {
  ASSERT_TRUE(may_open(2'500));
  const auto server = start(tls_options());
  std::vector<UniqueFd> idle;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    idle.push_back(connect_to(server->port(), 2 + i % 4));
  }
  EXPECT_TRUE(curl(*server, "").output.ends_with("200"));
}

TEST_F(ServerTest, OneClientHasItsShareOfTheConnections) {
  ServerOptions options = tls_options();
  options.of_one_client = 5;
  const auto server = start(options);
  std::vector<UniqueFd> idle;
  for (int i = 0; i < 5; ++i) {
    idle.push_back(connect_to(server->port(), 2));
  }
  EXPECT_TRUE(is_closed(connect_to(server->port(), 2)));
  EXPECT_TRUE(curl(*server, "").output.ends_with("200")) << "others are still served";
  idle.clear();
  const auto is_served = [&] {
    return curl(*server, "--interface 127.0.0.2").output.ends_with("200");
  };
  int served = 0;
  for (int i = 0; i < 500 && served < 12; ++i) {  // the ends are noticed when they are
    served += is_served() ? 1 : 0;
  }
  EXPECT_EQ(served, 12) << "what has ended is counted no more";
}

TEST_F(ServerTest, GarbageIsDropped) {
  ServerOptions options = tls_options();
  options.certificate.clear();
  const auto server = start(options);
  for (const std::string_view bytes :
       {"\r\n\r\n\x01\x02\x03 nonsense\r\n\r\n", "FROB / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    const UniqueFd fd = connect_to(server->port());
    ASSERT_GT(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), 0);
    EXPECT_TRUE(is_closed(fd)) << bytes;
  }
}

TEST_F(ServerTest, PlainHttpIsMarkedPlain) {
  ServerOptions options = tls_options();
  options.certificate.clear();
  const auto server = start(options);
  const std::string url = " http://127.0.0.1:" + std::to_string(server->port()) + "/x";
  EXPECT_EQ(run_tool("curl -sS" + url).output, "get /x plain \n");
  EXPECT_EQ(run_tool("curl -sS -H 'X-Forwarded-Proto: https'" + url).output, "get /x secure \n");
}

TEST_F(ServerTest, LargeResponsesArriveWhole) {
  std::string content;
  for (std::size_t i = 0; content.size() < 20 * limits::kMiB; ++i) {
    content += std::to_string(i) + "\n";
  }
  const auto server = start(tls_options(), [&content](const Request& /*request*/) {
    Response response;
    response.body = content;
    return response;
  });
  EXPECT_EQ(curl(*server, "-o " + folder_.path() + "/got").output, "200");
  EXPECT_TRUE(folder_.read("got") == content);
}

// Counts up, and counts what was pulled of it.
class Counted final : public BodySource {
 public:
  Counted(std::uint64_t size, std::atomic<std::uint64_t>& pulled, std::uint64_t breaks_at)
      : size_(size), breaks_at_(breaks_at), pulled_(pulled) {}
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> read(std::span<char> out) override {
    if (at_ >= breaks_at_) {
      return fail(permanent_fault("test.broken", "the disk said no"));
    }
    const auto many = std::min<std::uint64_t>(out.size(), size_ - at_);
    for (std::size_t i = 0; i < many; ++i) {
      out[i] = static_cast<char>((at_ + i) * 2654435761U >> 24);
    }
    at_ += many;
    pulled_ += many;
    return static_cast<std::size_t>(many);
  }

 private:
  std::uint64_t size_, breaks_at_, at_ = 0;
  std::atomic<std::uint64_t>& pulled_;
};

TEST_F(ServerTest, StreamsArriveWholeAndAreNotReadAhead) {
  static constexpr std::uint64_t kSize = 50 * limits::kMiB + 3;
  std::atomic<std::uint64_t> pulled = 0;
  const auto stream = [&pulled](const Request& request) {
    Response response;
    response.stream = std::make_shared<Counted>(
        kSize, pulled, request.path == "/breaks" ? std::uint64_t{1} << 20 : kSize);
    return response;
  };
  const auto server = start(tls_options(), stream);
  EXPECT_EQ(curl(*server, "-o " + folder_.path() + "/got").output, "200");
  std::string expected(kSize, ' ');
  std::atomic<std::uint64_t> ignored = 0;
  ASSERT_EQ(Counted(kSize, ignored, kSize).read(expected).value_or(0), kSize);
  EXPECT_TRUE(folder_.read("got") == expected);
  EXPECT_EQ(curl(*server, "-o /dev/null", "/breaks").status, 18) << "curl: partial file";
  pulled = 0;
  EXPECT_EQ(curl(*server, "-I").status, 0);
  EXPECT_EQ(pulled, 0U) << "HEAD reads nothing";

  // Who asks and does not read costs what the sockets hold, whatever the size of the file.
  ServerOptions plain_options = tls_options();
  plain_options.certificate.clear();
  const auto plain = start(plain_options, stream);
  std::vector<UniqueFd> lazy;
  for (int i = 0; i < 20; ++i) {
    lazy.push_back(connect_to(plain->port()));
    constexpr std::string_view kAsked = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
    ASSERT_EQ(::send(lazy.back().get(), kAsked.data(), kAsked.size(), MSG_NOSIGNAL),
              std::ssize(kAsked));
  }
  for (std::uint64_t before = 1; before != pulled;) {  // until nothing moves any more
    before = pulled;
    ::poll(nullptr, 0, 200);
  }
  EXPECT_GT(pulled, 0U);
  EXPECT_LT(pulled, lazy.size() * 16 * limits::kMiB);
}

TEST_F(ServerTest, ThrowingHandlerHarmsNobodyElse) {
  const auto server = start(tls_options(), [](const Request& request) -> Response {
    if (request.path == "/throw") {
      throw std::runtime_error("what the browser sent");
    }
    return echo(request);
  });
  const std::string thrown = curl(*server, "", "/throw").output;
  EXPECT_TRUE(thrown.ends_with("503")) << thrown;
  EXPECT_EQ(thrown.find("what the browser sent"), std::string::npos);
  EXPECT_TRUE(curl(*server, "").output.ends_with("200"));
}

TEST_F(ServerTest, UnusableCertificateOrAddressIsAConfigurationFault) {
  ServerOptions options = tls_options();
  options.certificate = folder_.write("broken.pem", "no certificate");
  const auto broken = start_server(options, echo);
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().kind, FaultKind::configuration);
  const auto first = start(tls_options());
  options = tls_options();
  options.port = first->port();
  EXPECT_FALSE(start_server(options, echo).has_value());
}

}  // namespace
}  // namespace phimilter::portal
