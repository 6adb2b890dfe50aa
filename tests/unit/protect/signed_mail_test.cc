// SPDX-License-Identifier: Apache-2.0
//
// Mail signed by the openssl command.
#include "protect/signed_mail.h"

#include <gtest/gtest.h>

#include "smime_fixture.h"

namespace phimilter::protect {
namespace {

using testing::must_run;

class SignedMail : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    certs_ = std::make_unique<testing::SmimeFixture>();
    certs_->make({.name = "ann", .alternative_name = "email:ann@example.org"});
    certs_->make({.name = "signs",
                  .alternative_name = "email:ann@example.org",
                  .key_usage = "critical,digitalSignature"});
    testing::write_file(certs_->file("entity"),
                        "Content-Type: text/plain\r\n\r\nDear lab,\r\nthank you.\r\n");
  }
  static void TearDownTestSuite() { certs_.reset(); }

  // openssl cms -sign over the entity; `from` becomes its author.
  static std::string signed_by(const std::string& name, const std::string& options,
                               const std::string& from = "ann@example.org") {
    const std::string out =
        must_run("openssl cms -sign -in " + certs_->file("entity") + " -signer " +
                 certs_->file(name + ".pem") + " -inkey " + certs_->file(name + ".key") +
                 " -binary " + options + " 2>/dev/null");
    std::string text = "From: Ann <" + from + ">\n" + out;
    std::erase(text, '\r');
    return text;
  }
  static std::optional<LearnedCertificate> learned(const std::string& text) {
    const auto message = testing::message_from(text);
    return learn_from_signature(message.headers, *message.body.view());
  }
  static std::string fingerprint(const std::string& pem) {
    testing::write_file(certs_->file("got.pem"), pem);
    return must_run("openssl x509 -in " + certs_->file("got.pem") + " -noout -fingerprint -sha256");
  }
  static std::string expected(const std::string& name) {
    return must_run("openssl x509 -in " + certs_->file(name + ".pem") +
                    " -noout -fingerprint -sha256");
  }

  static std::unique_ptr<testing::SmimeFixture> certs_;
};
std::unique_ptr<testing::SmimeFixture> SignedMail::certs_;

TEST_F(SignedMail, GivesTheAuthorsCertificate) {
  for (const char* options : {"", "-nodetach", "-md sha512"}) {
    const auto found = learned(signed_by("ann", options));
    ASSERT_TRUE(found.has_value()) << options;
    EXPECT_EQ(found->owner.key(), "ann@example.org");
    EXPECT_EQ(fingerprint(found->pem), expected("ann"));
    ASSERT_TRUE(found->form.has_value()) << "openssl writes its capabilities";
    EXPECT_FALSE(found->form->gcm);
  }
}

TEST_F(SignedMail, ASigningCertificateBringsTheOneForEncryption) {
  const auto found = learned(signed_by("signs", "-certfile " + certs_->file("ann.pem")));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(fingerprint(found->pem), expected("ann"));
  EXPECT_FALSE(learned(signed_by("signs", "")).has_value());
}

TEST_F(SignedMail, AForgerSaysNothingAboutWhatAnotherCertificatesOwnerReads) {
  certs_->make({.name = "forger",
                .subject = "/CN=Test CA",  // as the issuer of ann's
                .alternative_name = "email:ann@example.org",
                .key_usage = "critical,digitalSignature",
                .issuer = ""});
  const auto found = learned(signed_by("forger", "-certfile " + certs_->file("ann.pem")));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(fingerprint(found->pem), expected("ann"));
  EXPECT_FALSE(found->form.has_value());
}

TEST_F(SignedMail, AnythingElseTeachesNothing) {
  std::string changed = signed_by("ann", "");
  changed.replace(changed.find("thank you"), 9, "send cash");
  std::string half = signed_by("ann", "");
  half.resize(half.size() - 400);
  std::string no_signature = signed_by("ann", "");
  no_signature.erase(no_signature.find("MII"), 40);
  struct Case {
    const char* name;
    std::string text;
  };
  const Case cases[] = {
      {"changed content", changed},
      {"breaks off", half},
      {"damaged signature", no_signature},
      {"another author", signed_by("ann", "", "eve@example.org")},
      {"no capabilities of a weak digest", signed_by("ann", "-md sha1")},
      {"two signers", signed_by("ann", "-signer " + certs_->file("signs.pem") + " -inkey " +
                                           certs_->file("signs.key"))},
      {"not signed", "From: ann@example.org\nContent-Type: text/plain\n\nhello\n"},
      {"without boundary",
       "From: ann@example.org\nContent-Type: multipart/signed; "
       "protocol=\"application/pkcs7-signature\"\n\nhello\n"},
      {"no parts",
       "From: ann@example.org\nContent-Type: multipart/signed; boundary=x; "
       "protocol=\"application/pkcs7-signature\"\n\n--x\n"},
      {"encrypted, not signed",
       "From: ann@example.org\nContent-Type: application/pkcs7-mime; "
       "smime-type=enveloped-data\n\nAAAA\n"},
      {"no CMS",
       "From: ann@example.org\nContent-Type: application/pkcs7-mime; smime-type=signed-data\n"
       "Content-Transfer-Encoding: base64\n\nMAAA\n"},
      {"too long",
       "From: ann@example.org\nContent-Type: application/pkcs7-mime; smime-type=signed-data\n"
       "Content-Transfer-Encoding: base64\n\n" +
           std::string(1024 * 1024, 'A') + "\n"},
  };
  for (const Case& each : cases) {
    EXPECT_FALSE(learned(each.text).has_value()) << each.name;
  }
}

}  // namespace
}  // namespace phimilter::protect
