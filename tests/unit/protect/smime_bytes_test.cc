// SPDX-License-Identifier: Apache-2.0
//
// What goes in comes out, byte for byte and in bounded memory.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "protect/exposure_check.h"
#include "protect/smime.h"
#include "smime_fixture.h"

namespace phimilter::protect {
namespace {

using testing::must_run;

class SmimeBytesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    made_ = std::make_unique<testing::SmimeFixture>();
    made_->make({.name = "rsa", .alternative_name = "email:ann@example.org"});
    made_->publish("rsa");
    made_->make({.name = "sign",
                 .subject = "/CN=Clinic",
                 .alternative_name = "email:gateway@clinic.example",
                 .key_usage = "critical,digitalSignature"});
    smime_ = open("");
    signing_ = open("sign");
  }
  static void TearDownTestSuite() {
    signing_.reset();
    smime_.reset();
    made_.reset();
  }
  static std::unique_ptr<Smime> open(const std::string& signer) {
    SmimeOptions options{.certificates = made_->certificates(), .ca_file = made_->ca_file()};
    if (!signer.empty()) {
      options.sign_certificate = file(signer) + ".pem";
      options.sign_key = file(signer) + ".key";
    }
    auto smime = open_smime(options);
    EXPECT_TRUE(smime.has_value()) << (smime ? "" : smime.error().describe());
    return std::move(*smime);
  }
  static std::string file(const std::string& name) { return made_->file(name); }
  static FingerprintId fingerprint(const std::string& name) {
    return *FingerprintId::parse(made_->fingerprint(name));
  }
  // What was inside goes to file "clear".
  static void decrypt(const ProtectedMessage& message, const std::string& name) {
    testing::write_file(file("mail"), testing::bytes_of(message));
    must_run("openssl cms -decrypt -binary -in " + file("mail") + " -recip " + file(name) +
             ".pem -inkey " + file(name) + ".key -out " + file("clear"));
  }
  static std::string entity_in(const std::string& payload) {
    testing::judge("entity " + payload + " " + file("entity"));
    return testing::file_bytes(file("entity"));
  }
  // Private memory that can be written to, in bytes.
  static rlim_t allocated() {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
      if (line.starts_with("VmData:")) {
        return static_cast<rlim_t>(std::stoul(line.substr(7))) * 1024;
      }
    }
    return 0;
  }

  static std::unique_ptr<testing::SmimeFixture> made_;
  static std::unique_ptr<Smime> smime_;
  static std::unique_ptr<Smime> signing_;
};
std::unique_ptr<testing::SmimeFixture> SmimeBytesTest::made_;
std::unique_ptr<Smime> SmimeBytesTest::smime_;
std::unique_ptr<Smime> SmimeBytesTest::signing_;

TEST_F(SmimeBytesTest, WhateverTheBodyIsItComesOutByteForByte) {
  using namespace std::string_literals;
  const std::pair<std::string, std::string> bodies[] = {
      {"lines end in LF", "one\ntwo\n\nthree\n"},
      {"bare CR", "one\rtwo\r\rthree\r\n"},
      {"CR CR LF", "one\r\r\ntwo\n\r"},
      {"NUL and 8 bit", "a\0b\0\0\xff\xfe\x80\r\n"s},
      {"one long line", std::string(200'000, 'x')},
      {"no final line end", "last"},
      {"final CR", "last\r"},
      {"empty", ""},
      {"empty lines", "\r\n\r\n\r\n"},
      {"dots and From", ".\r\n..\r\nFrom me\r\n>From\r\n"},
      {"what looks like our own boundary", "--=_0123456789abcdef\r\n--=_0123456789abcdef--\r\n"},
      {"blanks at line ends", "one  \t\r\n \r\n\t"},
  };
  const policy::CmsForm forms[] = {{}, {true, false}, {false, true}};
  for (const auto& [name, body] : bodies) {
    for (const auto& form : forms) {
      SCOPED_TRACE(name + (form.gcm ? " gcm" : form.oaep ? " oaep" : " cbc"));
      auto message = testing::message_from("From: a@b.example\ncontent-type: text/plain\n\n");
      ASSERT_TRUE(message.body.write(body).has_value());
      const auto result = smime_->encrypt(message, fingerprint("rsa"), form, "/tmp");
      ASSERT_TRUE(result.has_value()) << result.error().describe();
      decrypt(*result, "rsa");
      EXPECT_EQ(entity_in(file("clear")), "content-type: text/plain\r\n\r\n" + body);
    }
  }
}

#ifndef PHIMILTER_SANITIZED  // whose own memory would be counted
// What is allocated is counted by the kernel: the body and its ciphertext are files.
TEST_F(SmimeBytesTest, MemoryIsBoundedWhateverTheSize) {
  auto message = testing::message_from("From: a@b.example\nContent-Type: text/plain\n\n");
  const std::string block(64 * 1024, 'x');
  while (message.body.size() < 69'000'000) {
    ASSERT_TRUE(message.body.write(block + "\r\n").has_value());
  }
  const auto encrypted_in = [&](rlim_t more) {
    rlimit limit{};
    limit.rlim_cur = limit.rlim_max = allocated() + more;
    const bool limited = setrlimit(RLIMIT_DATA, &limit) == 0;
    const auto result = signing_->encrypt(message, fingerprint("rsa"), {}, "/tmp");
    _exit(limited && result && result->body.size() > 90'000'000 ? 0 : 1);
  };
  EXPECT_EXIT(encrypted_in(16'000'000), ::testing::ExitedWithCode(0), "");
}
#endif

TEST_F(SmimeBytesTest, ALargeMessageGoesThrough) {
  auto message = testing::message_from("From: a@b.example\nContent-Type: text/plain\n\n");
  std::string block;
  for (int i = 0; i < 1000; ++i) {
    block += std::string(70, 'x') + std::to_string(1000 + i) + "\r\n";
  }
  while (message.body.size() < 5'000'000) {
    ASSERT_TRUE(message.body.write(block).has_value());
  }
  const auto result = signing_->encrypt(message, fingerprint("rsa"), {}, "/tmp");
  ASSERT_TRUE(result.has_value()) << result.error().describe();
  EXPECT_TRUE(check_exposure(*result, message,
                             {.form = ProtectedForm::smime, .identifiers = {}, .own_texts = {}})
                  .has_value());
  decrypt(*result, "rsa");
  must_run("openssl cms -verify -binary -in " + file("clear") + " -CAfile " + made_->ca_file() +
           " -out " + file("verified"));
  EXPECT_EQ(entity_in(file("verified")).size(), message.body.size() + 28);
}

}  // namespace
}  // namespace phimilter::protect
