// SPDX-License-Identifier: Apache-2.0
//
// libcurl against Python's web server with certificates of openssl.
#include "protect/https_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "protect/support.h"

namespace phimilter::protect {
namespace {

using State = HttpsFile::State;
using testing::must_run;
using testing::TestFolder;

constexpr const char* kHost = "mta-sts.b.example";

class HttpsFile_ : public ::testing::Test {
 protected:
  void SetUp() override {
    must_run("cd " + folder_.path() +
             " && openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=ca -keyout ca.key"
             " -out ca.pem 2>&1 && openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "
             "/CN=other -keyout other.key -out other.pem 2>&1 && openssl req -newkey rsa:2048 "
             "-nodes -subj /CN=x -keyout x.key"
             " -out x.csr 2>&1 && echo subjectAltName=DNS:mta-sts.b.example > x.ext"
             " && openssl x509 -req -in x.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 29"
             " -extfile x.ext -out x.pem 2>&1"
             " && openssl x509 -req -in x.csr -CA ca.pem -CAkey ca.key -days -1"
             " -extfile x.ext -out old.pem 2>&1");
  }
  void TearDown() override {
    if (server_ > 0) {
      ::kill(server_, SIGKILL);
      ::waitpid(server_, nullptr, 0);
    }
  }
  // The port.
  std::uint16_t serve(const std::string& certificate) {
    int ends[2] = {};
    EXPECT_EQ(::pipe(ends), 0);
    server_ = ::fork();
    if (server_ == 0) {
      ::dup2(ends[1], 1);
      const std::string pem = folder_.file(certificate), key = folder_.file("x.key");
      ::execlp("python3", "python3", "-B",
               PHIMILTER_SOURCE_DIR "/tests/unit/protect/https_server.py", pem.c_str(), key.c_str(),
               static_cast<char*>(nullptr));
      ::_exit(1);
    }
    ::close(ends[1]);
    FILE* said = ::fdopen(ends[0], "r");
    unsigned port = 0;
    EXPECT_EQ(std::fscanf(said, "%u", &port), 1);
    std::fclose(said);
    return static_cast<std::uint16_t>(port);
  }
  HttpsFile get(const std::string& path, const char* host = kHost, const char* ca = "ca.pem") {
    auto files = open_https_files(folder_.file(ca), port_);
    EXPECT_TRUE(files.has_value());
    return (*files)->get(host, path, {"127.0.0.1"},
                         std::chrono::steady_clock::now() + std::chrono::seconds(60));
  }

  TestFolder folder_;
  pid_t server_ = 0;
  std::uint16_t port_ = 0;
};

TEST_F(HttpsFile_, OnlyASmallTextFileIsFound) {
  port_ = serve("x.pem");
  EXPECT_EQ(get("/policy").state, State::found);
  EXPECT_EQ(get("/policy").text, "version: STSv1\n");
  EXPECT_EQ(get("/bare").state, State::found);
  EXPECT_EQ(get("/full").text.size(), 64U * 1024);
  EXPECT_EQ(get("/page").state, State::none);
  EXPECT_EQ(get("/absent").state, State::none);
  EXPECT_EQ(get("/moved").state, State::none);  // no redirect is followed
  EXPECT_EQ(get("/long").state, State::unknown);
}

TEST_F(HttpsFile_, TheCertificateMustBeGood) {
  port_ = serve("x.pem");
  EXPECT_EQ(get("/policy", "mta-sts.other.example").state, State::unknown);
  EXPECT_EQ(get("/policy", kHost, "other.pem").state, State::unknown);  // another authority
}

TEST_F(HttpsFile_, AnOldCertificateIsNotGood) {
  port_ = serve("old.pem");
  EXPECT_EQ(get("/policy").state, State::unknown);
}

TEST_F(HttpsFile_, NobodyThereIsUnknown) {
  port_ = 1;
  EXPECT_EQ(get("/policy").state, State::unknown);
  EXPECT_FALSE(open_https_files("/nowhere/ca.pem").has_value());
}

TEST(OpenDns, AMissingAnchorIsAFault) {
  const auto dns = open_dns({"127.0.0.1", "/nowhere/root.key"});
  ASSERT_FALSE(dns.has_value());
  EXPECT_EQ(dns.error().kind, FaultKind::configuration);
}

}  // namespace
}  // namespace phimilter::protect
