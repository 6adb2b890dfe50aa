// SPDX-License-Identifier: Apache-2.0
//
// Who reads what: each form of S/MIME that can be chosen, opened with the programs that people use.
// A cell that says "cannot" is the reason why the form is not the default; when such a program has
// learned it, this test fails, and the default can be looked at again.
#include <gtest/gtest.h>

#include "messages.h"
#include "protect/smime.h"
#include "smime_fixture.h"

namespace phimilter::protect {
namespace {

using testing::file_bytes;
using testing::must_run;
using testing::run;

// CBC is the default; the others are chosen for a recipient.
enum Form { kCbc, kGcm, kOaep, kEc256, kEc384, kForms };
constexpr const char* kFormNames[] = {"cbc", "gcm", "oaep", "ec256", "ec384"};

class SmimeInteropTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    made_ = std::make_unique<testing::SmimeFixture>();
    made_->make({.name = "rsa", .subject = "/CN=rsa", .alternative_name = "email:r@example.org"});
    for (const std::string size : {"256", "384"}) {
      made_->make({.name = "ec" + size,
                   .subject = "/CN=ec" + size,
                   .alternative_name = "email:e" + size + "@example.org",
                   .key_type = "ec:P-" + size,
                   .key_usage = "critical,keyAgreement,digitalSignature"});
    }
    made_->make({.name = "clinic",
                 .subject = "/CN=Clinic",
                 .alternative_name = "email:lab@clinic.example",
                 .key_usage = "critical,digitalSignature"});
    for (const std::string name : {"rsa", "ec256", "ec384"}) {
      made_->publish(name);
      must_run("openssl pkcs12 -export -legacy -in " + at(name + ".pem") + " -inkey " +
               at(name + ".key") + " -name " + name + " -passout pass:x -out " + at(name + ".p12"));
    }
    make_messages();
    make_gpgsm();
    make_nss();
  }
  static void TearDownTestSuite() {
    run("gpgconf --homedir " + at("gpgsm") + " --kill all");
    made_.reset();
  }
  static std::string at(const std::string& name) { return made_->file(name); }
  static std::string key_of(int form) {
    return form == kEc256 ? "ec256" : form == kEc384 ? "ec384" : "rsa";
  }
  static std::string fingerprint(const std::string& name) { return made_->fingerprint(name); }

  // FORM.eml as it leaves, FORM.der its CMS alone.
  static void make_messages() {
    auto smime = open_smime({.certificates = made_->certificates(),
                             .ca_file = made_->ca_file(),
                             .sign_certificate = at("clinic.pem"),
                             .sign_key = at("clinic.key")});
    ASSERT_TRUE(smime.has_value()) << smime.error().describe();
    const auto message = testing::message_from(testing::sample_text(testing::kSamples[1]));
    for (int form = 0; form < kForms; ++form) {
      const auto copy = (*smime)->encrypt(message, *FingerprintId::parse(fingerprint(key_of(form))),
                                          {form == kGcm, form == kOaep}, "/tmp");
      ASSERT_TRUE(copy.has_value()) << copy.error().describe();
      const std::string name = kFormNames[form];
      testing::write_file(at(name + ".eml"), testing::bytes_of(*copy));
      must_run("sed '1,/^\\r$/d' " + at(name + ".eml") + " | base64 -di > " + at(name + ".der"));
    }
  }
  static void make_gpgsm() {
    must_run("mkdir -m 700 " + at("gpgsm"));
    testing::write_file(at("gpgsm/gpg-agent.conf"), "allow-loopback-pinentry\n");
    testing::write_file(at("gpgsm/gpgsm.conf"), "disable-crl-checks\ndisable-policy-checks\n");
    must_run("echo x | " + gpgsm() + " --import " + at("rsa.p12") + " 2>&1");
  }
  static std::string gpgsm() {
    return "timeout 60 gpgsm --homedir " + at("gpgsm") +
           " --batch --pinentry-mode loopback --passphrase-fd 0";
  }
  static void make_nss() {
    must_run("mkdir " + at("nss") + " && certutil -N -d sql:" + at("nss") + " --empty-password");
    for (const std::string name : {"rsa", "ec256", "ec384"}) {
      must_run("pk12util -i " + at(name + ".p12") + " -d sql:" + at("nss") + " -W x -K '' 2>&1");
    }
    must_run("certutil -A -d sql:" + at("nss") + " -n ca -t CT,C,C -i " + made_->ca_file());
  }

  static testing::Outcome open_with(const std::string& reader, int form) {
    const std::string name = kFormNames[form];
    if (reader == "openssl cms") {
      return run("openssl cms -decrypt -inform DER -in " + at(name + ".der") + " -recip " +
                 at(key_of(form) + ".pem") + " -inkey " + at(key_of(form) + ".key") + " -out " +
                 at("opened") + " 2>&1");
    }
    if (reader == "openssl smime") {
      return run("openssl smime -decrypt -inform DER -in " + at(name + ".der") + " -recip " +
                 at(key_of(form) + ".pem") + " -inkey " + at(key_of(form) + ".key") + " -out " +
                 at("opened") + " 2>&1");
    }
    if (reader == "gpgsm") {
      return run("echo x | " + gpgsm() + " --decrypt -o " + at("opened") + " " + at(name + ".der") +
                 " 2>&1");
    }
    return run("timeout 60 cmsutil -D -d sql:" + at("nss") + " -i " + at(name + ".der") + " -o " +
               at("opened") + " 2>&1");
  }
  // What was inside is signed: openssl verifies it and gives the payload.
  static std::string payload_in(const std::string& file) {
    must_run("openssl cms -verify -binary -in " + at(file) + " -CAfile " + made_->ca_file() +
             " -out " + at("payload") + " 2>&1");
    testing::judge("entity " + at("payload") + " " + at("entity"));
    return file_bytes(at("entity"));
  }

  static std::unique_ptr<testing::SmimeFixture> made_;
};
std::unique_ptr<testing::SmimeFixture> SmimeInteropTest::made_;

// Debian 12: OpenSSL 3.0, GnuPG 2.2.40, NSS 3.87.
TEST_F(SmimeInteropTest, EachReaderOpensWhatTheTableSays) {
  struct Row {
    std::string reader;
    bool opens[kForms];
  };
  const Row table[] = {
      //                cbc   gcm    oaep   ec256  ec384
      {"openssl cms", {true, true, true, true, true}},
      {"openssl smime", {true, false, false, false, false}},
      {"gpgsm", {true, false, false, false, false}},
      {"NSS cmsutil", {true, false, false, false, false}},
  };
  for (const auto& row : table) {
    for (int form = 0; form < kForms; ++form) {
      SCOPED_TRACE(row.reader + " " + kFormNames[form]);
      run("rm -f " + at("opened"));
      const auto outcome = open_with(row.reader, form);
      if (!row.opens[form]) {
        EXPECT_FALSE(outcome.status == 0 &&
                     file_bytes(at("opened")).find("signed-data") != std::string::npos)
            << "it has learned to read it";
        continue;
      }
      ASSERT_EQ(outcome.status, 0) << outcome.output;
      EXPECT_EQ(payload_in("opened"), testing::kSamples[1].entity);
    }
  }
}

}  // namespace
}  // namespace phimilter::protect
