// SPDX-License-Identifier: Apache-2.0
#include "protect/smime.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"
#include "messages.h"
#include "protect/exposure_check.h"
#include "smime_fixture.h"

namespace phimilter::protect {
namespace {

using policy::KeyState;
using testing::must_run;

class SmimeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    made_ = std::make_unique<testing::SmimeFixture>();
    const std::string agree = "critical,keyAgreement";
    const std::string old = "20200101000000Z 20210101000000Z";
    const std::string later = "20390101000000Z 20400101000000Z";
    const std::vector<testing::CertificateRequest> requests = {
        {.name = "rsa", .subject = "/CN=Dr Ann", .alternative_name = "email:ann@example.org"},
        {.name = "ec",
         .alternative_name = "email:ec@example.org",
         .key_type = "ec:P-256",
         .key_usage = agree},
        {.name = "bare",
         .alternative_name = "email:bare@example.org",
         .key_usage = "",
         .extended_usage = ""},
        {.name = "old", .alternative_name = "email:old@example.org", .dates = old},
        {.name = "later", .alternative_name = "email:later@example.org", .dates = later},
        {.name = "both-old", .alternative_name = "email:both@example.org", .dates = old},
        {.name = "both-new", .alternative_name = "email:x@example.org,email:both@example.org"},
        {.name = "web",
         .alternative_name = "email:web@example.org",
         .extended_usage = "serverAuth"},
        {.name = "signs",
         .alternative_name = "email:signs@example.org",
         .key_usage = "digitalSignature"},
        {.name = "ec-wrap", .alternative_name = "email:ecwrap@example.org", .key_type = "ec:P-256"},
        {.name = "short", .alternative_name = "email:short@example.org", .key_type = "rsa:1024"},
        {.name = "ed",
         .alternative_name = "email:ed@example.org",
         .key_type = "ed25519",
         .key_usage = "digitalSignature"},
        {.name = "foreign", .alternative_name = "email:foreign@example.org", .issuer = "other-ca"},
        {.name = "subject",
         .subject = "/CN=S/emailAddress=subject@example.org",
         .alternative_name = ""},
        {.name = "names",
         .subject = "/CN=S/emailAddress=shadow@example.org",
         .alternative_name = "email:real@example.org"},
        {.name = "sign",
         .subject = "/CN=Clinic",
         .alternative_name = "email:gateway@clinic.example",
         .key_usage = "critical,digitalSignature",
         .extended_usage = "emailProtection"},
    };
    for (const auto& request : requests) {
      made_->make(request);
      if (request.name != "sign") {
        made_->publish(request.name);
      }
    }
    must_run("openssl x509 -in " + made_->file("rsa") + ".pem -outform DER -out " +
             made_->certificates() + "/rsa.pem");
    testing::write_file(made_->certificates() + "/broken.pem",
                        "-----BEGIN CERTIFICATE-----\nAAAA\n");
    testing::write_file(made_->certificates() + "/README.txt", "not looked at");
    smime_ = open({.certificates = made_->certificates(),
                   .ca_file = made_->ca_file(),
                   .sign_certificate = "",
                   .sign_key = ""});
    signing_ = open({.certificates = made_->certificates(),
                     .ca_file = made_->ca_file(),
                     .sign_certificate = made_->file("sign") + ".pem",
                     .sign_key = made_->file("sign") + ".key"});
  }
  static void TearDownTestSuite() {
    signing_.reset();
    smime_.reset();
    made_.reset();
  }
  static std::unique_ptr<Smime> open(const SmimeOptions& options) {
    auto smime = open_smime(options);
    EXPECT_TRUE(smime.has_value()) << (smime ? "" : smime.error().describe());
    return std::move(*smime);
  }
  static policy::KeyFact find(Smime& smime, const std::string& address) {
    return smime.find(*mail::Address::parse(address), system_clock().now());
  }
  static FingerprintId fingerprint(const std::string& name) {
    return *FingerprintId::parse(made_->fingerprint(name));
  }
  static std::string file(const std::string& name) { return made_->file(name); }
  // `openssl cms -decrypt` of the whole mail, as the holder of NAME.key; what was inside goes to
  // file "clear".
  static void decrypt(const ProtectedMessage& message, const std::string& name) {
    testing::write_file(file("mail"), testing::bytes_of(message));
    must_run("openssl cms -decrypt -binary -in " + file("mail") + " -recip " + file(name) +
             ".pem -inkey " + file(name) + ".key -out " + file("clear"));
  }
  static std::string entity_in(const std::string& payload) {
    testing::judge("entity " + payload + " " + file("entity"));
    return testing::file_bytes(file("entity"));
  }
  static std::string printed(const ProtectedMessage& message) {
    testing::write_file(file("mail"), testing::bytes_of(message));
    return must_run("openssl cms -cmsout -print -noout -in " + file("mail"));
  }

  static std::unique_ptr<testing::SmimeFixture> made_;
  static std::unique_ptr<Smime> smime_;
  static std::unique_ptr<Smime> signing_;
};
std::unique_ptr<testing::SmimeFixture> SmimeTest::made_;
std::unique_ptr<Smime> SmimeTest::smime_;
std::unique_ptr<Smime> SmimeTest::signing_;

TEST_F(SmimeTest, FindsWhoMayBeEncryptedTo) {
  struct Case {
    std::string address;
    KeyState state;
    std::string certificate;
  };
  const Case cases[] = {
      {"ann@example.org", KeyState::valid, "rsa"},
      {"ANN@example.ORG", KeyState::valid, "rsa"},
      {"ec@example.org", KeyState::valid, "ec"},
      {"bare@example.org", KeyState::valid, "bare"},
      {"both@example.org", KeyState::valid, "both-new"},
      {"subject@example.org", KeyState::valid, "subject"},
      {"real@example.org", KeyState::valid, "names"},
      {"shadow@example.org", KeyState::none, ""},
      {"old@example.org", KeyState::expired, "old"},
      {"later@example.org", KeyState::unusable, ""},
      {"web@example.org", KeyState::unusable, ""},
      {"signs@example.org", KeyState::unusable, ""},
      {"ecwrap@example.org", KeyState::unusable, ""},
      {"short@example.org", KeyState::unusable, ""},
      {"ed@example.org", KeyState::unusable, ""},
      {"foreign@example.org", KeyState::unusable, ""},
      {"nobody@example.org", KeyState::none, ""},
      {"nn@example.org", KeyState::none, ""},
  };
  for (const auto& each : cases) {
    const auto fact = find(*smime_, each.address);
    EXPECT_EQ(fact.state, each.state) << each.address;
    EXPECT_EQ(fact.fingerprint ? fact.fingerprint->str() : "",
              each.certificate.empty() ? "" : made_->fingerprint(each.certificate))
        << each.address;
    EXPECT_EQ(fact.source, "certificates");
  }
}

TEST_F(SmimeTest, WithoutCaFileTheFolderIsTheTrust) {
  const auto smime = open({.certificates = made_->certificates(),
                           .ca_file = "",
                           .sign_certificate = "",
                           .sign_key = ""});
  EXPECT_EQ(find(*smime, "foreign@example.org").state, KeyState::valid);
  EXPECT_EQ(find(*smime, "old@example.org").state, KeyState::expired);
  EXPECT_EQ(find(*smime, "web@example.org").state, KeyState::unusable);
}

TEST_F(SmimeTest, TheTimeAskedForDecides) {
  const auto at = [&](const std::string& time) {
    return smime_->find(*mail::Address::parse("old@example.org"), *parse_rfc3339(time)).state;
  };
  EXPECT_EQ(at("2020-06-01T00:00:00.000000Z"), KeyState::valid);
  EXPECT_EQ(at("2020-12-31T23:59:59.000000Z"), KeyState::valid);
  EXPECT_EQ(at("2021-01-01T00:00:01.000000Z"), KeyState::expired);
  EXPECT_EQ(at("2019-12-31T00:00:00.000000Z"), KeyState::unusable);
}

TEST_F(SmimeTest, OpensslDecryptsTheSendersEntityByteForByte) {
  for (const auto& sample : testing::kSamples) {
    for (const std::string name : {"rsa", "ec"}) {
      for (const bool gcm : {false, true}) {
        SCOPED_TRACE(std::string(sample.name) + " " + name + (gcm ? " gcm" : " cbc"));
        const auto message = testing::message_from(testing::sample_text(sample));
        const auto result = smime_->encrypt(message, fingerprint(name), {gcm, false}, "/tmp");
        ASSERT_TRUE(result.has_value()) << result.error().describe();
        decrypt(*result, name);
        EXPECT_EQ(entity_in(file("clear")), sample.entity);
        EXPECT_EQ(result->algorithms,
                  (std::vector<std::string>{gcm ? "AES-256-GCM" : "AES-256-CBC",
                                            name == "rsa" ? "RSA PKCS#1 v1.5" : "ECDH SHA-256"}));
        const std::string_view identifiers[] = {"123-45-6789", "Clinic Lab"};
        EXPECT_TRUE(check_exposure(
                        *result, message,
                        {.form = ProtectedForm::smime, .identifiers = identifiers, .own_texts = {}})
                        .has_value());
      }
    }
  }
}

TEST_F(SmimeTest, SignedInsideIsVerifiedByOpenssl) {
  const auto& sample = testing::kSamples[1];
  const auto message = testing::message_from(testing::sample_text(sample));
  for (const bool gcm : {false, true}) {
    const auto result = signing_->encrypt(message, fingerprint("rsa"), {gcm, false}, "/tmp");
    ASSERT_TRUE(result.has_value()) << result.error().describe();
    EXPECT_EQ(result->algorithms.back(), "signed SHA-256");
    decrypt(*result, "rsa");
    EXPECT_EQ(testing::judge("outline " + file("clear")),
              "application/pkcs7-mime base64 name=smime.p7m smime-type=signed-data\n");
    must_run("openssl cms -verify -binary -in " + file("clear") + " -CAfile " + made_->ca_file() +
             " -signer " + file("who.pem") + " -out " + file("verified"));
    EXPECT_EQ(entity_in(file("verified")), sample.entity);
    EXPECT_EQ(must_run("openssl x509 -in " + file("who.pem") + " -noout -subject"),
              "subject=CN = Clinic\n");
    const std::string print = must_run("openssl cms -cmsout -print -noout -in " + file("clear"));
    EXPECT_NE(print.find("algorithm: sha256 (2.16.840.1.101.3.4.2.1)"), std::string::npos);
    // Tampered content must not verify: the test above could not fail else.
    must_run("sed -i '20s/./\\x01/' " + file("clear"));
    EXPECT_NE(testing::run("openssl cms -verify -binary -in " + file("clear") + " -CAfile " +
                           made_->ca_file())
                  .status,
              0);
  }
}

TEST_F(SmimeTest, TheAlgorithmsAreThosePromised) {
  const auto message = testing::message_from(testing::sample_text(testing::kSamples[0]));
  struct Case {
    std::string name;
    bool gcm;
    std::vector<std::string> present, absent;
    bool oaep = false;
  };
  const Case cases[] = {
      {"rsa",
       false,
       {"pkcs7-envelopedData", "aes-256-cbc", "d.issuerAndSerialNumber", "rsaEncryption"},
       {"gcm", "subjectKeyIdentifier", "rsaesOaep"}},
      {"rsa",
       true,
       {"id-smime-ct-authEnvelopedData", "aes-256-gcm", "d.issuerAndSerialNumber", "rsaEncryption"},
       {"cbc", "subjectKeyIdentifier"}},
      {"rsa",
       false,
       {"pkcs7-envelopedData", "rsaesOaep", "sha256", "mgf1", "d.issuerAndSerialNumber"},
       {"sha1", "gcm"},
       true},
      {"ec",
       false,
       {"aes-256-cbc", "d.issuerAndSerialNumber", "dhSinglePass-stdDH-sha256kdf-scheme",
        "id-aes256-wrap"},
       {"sha1kdf"}},
  };
  for (const auto& each : cases) {
    const auto result =
        smime_->encrypt(message, fingerprint(each.name), {each.gcm, each.oaep}, "/tmp");
    ASSERT_TRUE(result.has_value());
    const std::string print = printed(*result);
    for (const auto& text : each.present) {
      EXPECT_NE(print.find(text), std::string::npos) << text << "\n" << print.substr(0, 2000);
    }
    for (const auto& text : each.absent) {
      EXPECT_EQ(print.find(text), std::string::npos) << text;
    }
    EXPECT_EQ(print.find("d.issuerAndSerialNumber"), print.rfind("d.issuerAndSerialNumber"));
    const std::string type = each.gcm ? "authEnveloped-data" : "enveloped-data";
    EXPECT_EQ(testing::judge("outline " + file("mail")),
              "application/pkcs7-mime base64 name=smime.p7m smime-type=" + type + "\n");
    const std::string fields = testing::judge("fields " + file("mail"));
    EXPECT_NE(fields.find("Content-Disposition: attachment; filename=\"smime.p7m\"\n"),
              std::string::npos);
    for (const auto* secret : {"7654321", "123-45", "Mar", "HIV", "hidden@", "X-Phi"}) {
      EXPECT_EQ(fields.find(secret), std::string::npos) << secret;
    }
  }
}

TEST_F(SmimeTest, ACertificateThatBecameUnusableIsATransientFault) {
  const auto message = testing::message_from(testing::sample_text(testing::kSamples[0]));
  for (const auto& each : {made_->fingerprint("old"), made_->fingerprint("foreign"),
                           made_->fingerprint("web"), std::string(64, '0')}) {
    const auto result = smime_->encrypt(message, *FingerprintId::parse(each), {}, "/tmp");
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, FaultKind::transient);
    EXPECT_EQ(result.error().id, "smime.certificate");
  }
}

TEST_F(SmimeTest, AChangedFolderIsNoticedAtTheNextFind) {
  made_->make({.name = "new", .alternative_name = "email:new@example.org"});
  EXPECT_EQ(find(*smime_, "new@example.org").state, KeyState::none);
  made_->publish("new");
  EXPECT_EQ(find(*smime_, "new@example.org").state, KeyState::valid);
  must_run("cp " + file("ec") + ".pem " + made_->certificates() + "/new.pem");
  EXPECT_EQ(find(*smime_, "new@example.org").state, KeyState::none);
  must_run("rm " + made_->certificates() + "/new.pem");
  must_run("mv " + made_->certificates() + " " + file("away"));
  EXPECT_EQ(find(*smime_, "ann@example.org").state, KeyState::unknown);
  must_run("mv " + file("away") + " " + made_->certificates());
  EXPECT_EQ(find(*smime_, "ann@example.org").state, KeyState::valid);
}

TEST_F(SmimeTest, ListsTheCertificates) {
  const auto list = smime_->list();
  ASSERT_TRUE(list.has_value());
  const auto ann = std::find_if(list->begin(), list->end(), [](const auto& each) {
    return each.addresses == std::vector<std::string>{"ann@example.org"};
  });
  ASSERT_NE(ann, list->end());
  EXPECT_EQ(ann->subject, "CN=Dr Ann");
  EXPECT_EQ(ann->algorithm, "rsa2048");
  EXPECT_EQ(ann->file, "rsa.pem");
  EXPECT_EQ(ann->state, KeyState::valid);
  EXPECT_EQ(rfc3339(ann->expires), "2040-01-01T00:00:00.000000Z");
}

TEST_F(SmimeTest, WhatCannotBeUsedIsAConfigurationFault) {
  made_->make({.name = "sign-old",
               .key_usage = "digitalSignature",
               .dates = "20200101000000Z 20210101000000Z"});
  made_->make({.name = "sign-not", .key_usage = "keyEncipherment"});
  must_run("openssl pkey -in " + file("sign") + ".key -aes256 -passout pass:x -out " +
           file("locked") + ".key");
  must_run("cp " + file("sign") + ".key " + file("open.key") + " && chmod 644 " + file("open.key"));
  struct Case {
    std::string name;
    SmimeOptions options;
  };
  const std::string folder = made_->certificates();
  const auto signer = [&](const std::string& certificate, const std::string& key) {
    return SmimeOptions{folder, "", file(certificate) + ".pem", file(key) + ".key"};
  };
  const Case cases[] = {
      {"no folder", {file("nowhere"), "", "", ""}},
      {"no ca file", {folder, file("nowhere"), "", ""}},
      {"ca file without certificate", {folder, file("sign") + ".key", "", ""}},
      {"no signer", signer("nowhere", "sign")},
      {"no key", signer("sign", "nowhere")},
      {"key of another", signer("sign", "rsa")},
      {"key with passphrase", signer("sign", "locked")},
      {"key that others read", signer("sign", "open")},
      {"expired signer", signer("sign-old", "sign-old")},
      {"signer that must not sign", signer("sign-not", "sign-not")},
  };
  for (const auto& each : cases) {
    const auto smime = open_smime(each.options);
    ASSERT_FALSE(smime.has_value()) << each.name;
    EXPECT_EQ(smime.error().kind, FaultKind::configuration)
        << each.name << smime.error().describe();
  }
}

}  // namespace
}  // namespace phimilter::protect
