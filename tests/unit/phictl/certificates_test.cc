// SPDX-License-Identifier: Apache-2.0
#include "phictl/certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "support/run_program.h"

namespace phimilter::phictl {
namespace {

class CertificatesTest : public testing::Test {
 protected:
  // Certificates and keys by openssl, which also says what their fingerprint is.
  CertificatesTest() {
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=Lab One' "
        "-keyout " +
        folder_.path("key.pem") + " -out " + folder_.path("one.pem"));
    openssl("x509 -in " + folder_.path("one.pem") + " -outform DER -out " +
            folder_.path("one.der"));
  }

  std::string openssl(const std::string& arguments) {
    const auto ran = test::run_program("openssl " + arguments);
    EXPECT_EQ(ran.status, 0) << ran.output;
    return ran.output;
  }

  std::string fingerprint() {
    std::string text =
        openssl("x509 -in " + folder_.path("one.pem") + " -noout -fingerprint -sha256");
    text = ascii_lower(trim(text.substr(text.find('=') + 1)));
    std::erase(text, ':');
    return text;
  }

  test::TempFolder folder_;
};

TEST_F(CertificatesTest, AreReadInPemAndDer) {
  for (const char* name : {"one.pem", "one.der"}) {
    const auto found = read_certificates(folder_.read(name));
    ASSERT_TRUE(found.has_value()) << name;
    ASSERT_EQ(found->size(), 1U) << name;
    EXPECT_EQ(found->front().fingerprint.str(), fingerprint());
    EXPECT_THAT(found->front().subject, testing::HasSubstr("Lab One"));
    EXPECT_EQ(found->front().pem, folder_.read("one.pem"));
    EXPECT_GT(found->front().expires, system_clock().now() + std::chrono::hours(24 * 29));
  }
}

TEST_F(CertificatesTest, AllOfAFileAreRead) {
  const auto found = read_certificates("Bag Attributes\n" + folder_.read("one.pem") + "text\n" +
                                       folder_.read("one.pem"));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->size(), 2U);
}

TEST_F(CertificatesTest, WhatHoldsNoneGivesNoneAndWhatIsBrokenAFault) {
  for (const std::string& bytes :
       {std::string(), std::string("hello"), std::string("\x30\x03\x02\x01\x01", 5),
        folder_.read("key.pem")}) {
    const auto found = read_certificates(bytes);
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(found->empty());
  }
  EXPECT_FALSE(read_certificates("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
                   .has_value());
}

TEST_F(CertificatesTest, AKeyBelongsOrDoesNot) {
  openssl("genrsa -out " + folder_.path("other.pem") + " 2048");
  openssl("genrsa -aes128 -passout pass:secret -out " + folder_.path("locked.pem") + " 2048");
  const std::string certificate = folder_.read("one.pem");
  EXPECT_TRUE(*key_belongs(certificate, folder_.read("key.pem")));
  EXPECT_FALSE(*key_belongs(certificate, folder_.read("other.pem")));
  EXPECT_FALSE(key_belongs(certificate, folder_.read("locked.pem")).has_value());
  EXPECT_FALSE(key_belongs(certificate, "no key").has_value());
}

TEST(OpenPgpKeys, AreKnownByTheirFirstBytes) {
  test::TempFolder home;
  const std::string gpg =
      "gpg --homedir " + home.path() + " --batch --quiet --pinentry-mode loopback --passphrase '' ";
  ASSERT_EQ(test::run_program(gpg + "--quick-generate-key jones@example.org ed25519 default never")
                .status,
            0);
  for (const char* form : {"--armor --export", "--export"}) {
    ASSERT_EQ(test::run_program(gpg + form + " > " + home.path("key")).status, 0);
    EXPECT_TRUE(looks_like_openpgp_key(home.read("key"))) << form;
  }
  ASSERT_EQ(test::run_program("gpgconf --homedir " + home.path() + " --kill all").status, 0);
  for (const char* other : {"", "hello", "-----BEGIN CERTIFICATE-----", "\x30\x82"}) {
    EXPECT_FALSE(looks_like_openpgp_key(other)) << other;
  }
}

}  // namespace
}  // namespace phimilter::phictl
