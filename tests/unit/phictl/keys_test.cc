// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "clinic.h"

namespace phimilter::phictl {
namespace {

using testing::HasSubstr;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST(SetupKeys, MakesThemWithTheirModesAndNeverOverwrites) {
  const Clinic clinic;
  const Ran first = clinic.phictl({"setup", "keys"});
  ASSERT_EQ(first.code, 0) << first.err;
  struct Case {
    std::string name;
    mode_t mode;
  };
  for (const Case& c : std::vector<Case>{
           {"portal.key", 0600}, {"portal.pub", 0644}, {"link.key", 0600}, {"pepper.key", 0600}}) {
    EXPECT_EQ(mode_of(clinic.path("keys/" + c.name)), c.mode) << c.name;
    EXPECT_THAT(first.out, HasSubstr("made  " + clinic.path("keys/" + c.name)));
  }
  EXPECT_EQ(clinic.folder().read("keys/link.key").size(), 32U);
  EXPECT_NE(clinic.folder().read("keys/link.key"), clinic.folder().read("keys/pepper.key"));
  const std::string before = clinic.folder().read("keys/portal.key");
  const Ran second = clinic.phictl({"setup", "keys"});
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_THAT(second.out, Not(HasSubstr("made")));
  EXPECT_EQ(clinic.folder().read("keys/portal.key"), before);
}

TEST(SetupKeys, HalfAPairIsAProblem) {
  const Clinic clinic;
  ASSERT_EQ(clinic.phictl({"setup", "keys"}).code, 0);
  ASSERT_EQ(::unlink(clinic.path("keys/portal.pub").c_str()), 0);
  const std::string before = clinic.folder().read("keys/portal.key");
  const Ran ran = clinic.phictl({"setup", "keys"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("missing=" + clinic.path("keys/portal.pub")));
  EXPECT_EQ(clinic.folder().read("keys/portal.key"), before);
}

class KeysTest : public testing::Test {
 protected:
  KeysTest() {
    shell(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=Lab' -addext "
        "subjectAltName=email:lab@partner.example -keyout /dev/null -out " +
        clinic_.path("certificate.txt"));
    shell("openssl x509 -in " + clinic_.path("certificate.txt") + " -outform DER -out " +
          clinic_.path("der.txt"));
    const std::string gpg = "gpg --homedir " + home_.path() +
                            " --batch --quiet --pinentry-mode loopback --passphrase '' ";
    shell(gpg + "--quick-generate-key 'Dr Jones <jones@doctor.example>' default default never");
    shell(gpg + "--armor --export > " + clinic_.path("key.txt"));
    shell("gpgconf --homedir " + home_.path() + " --kill all");
  }

  static void shell(const std::string& command) {
    const auto ran = test::run_program(command);
    ASSERT_EQ(ran.status, 0) << ran.output;
  }

  test::TempFolder home_;
  Clinic clinic_;
};

TEST_F(KeysTest, CertificatesAndKeysAreKnownByTheirContent) {
  const Ran ran =
      clinic_.phictl({"keys", "import", clinic_.path("key.txt"), clinic_.path("certificate.txt")});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("OpenPGP key "));
  EXPECT_THAT(ran.out, HasSubstr("for jones@doctor.example"));
  EXPECT_THAT(ran.out, HasSubstr("certificate "));
  EXPECT_THAT(ran.out, HasSubstr("for lab@partner.example"));

  const Ran list = clinic_.phictl({"keys", "list", "--json"});
  ASSERT_EQ(list.code, 0) << list.err;
  const auto keys = nlohmann::json::parse(list.out);
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].at("kind"), "smime");
  EXPECT_EQ(keys[0].at("addresses"), nlohmann::json({"lab@partner.example"}));
  EXPECT_EQ(keys[0].at("state"), "valid");
  EXPECT_EQ(keys[1].at("kind"), "pgp");
  EXPECT_EQ(keys[1].at("addresses"), nlohmann::json({"jones@doctor.example"}));
  EXPECT_EQ(keys[1].at("state"), "valid");
  EXPECT_TRUE(keys[1].at("expires").is_null());
  const Ran table = clinic_.phictl({"keys", "list"});
  EXPECT_THAT(table.out, HasSubstr("jones@doctor.example"));
}

TEST_F(KeysTest, TheSameCertificateInAnotherFormIsOneCertificate) {
  ASSERT_EQ(clinic_.phictl({"keys", "import", clinic_.path("certificate.txt")}).code, 0);
  ASSERT_EQ(clinic_.phictl({"keys", "import", "-"}, clinic_.folder().read("der.txt")).code, 0);
  EXPECT_EQ(nlohmann::json::parse(clinic_.phictl({"keys", "list", "--json"}).out).size(), 1U);
}

TEST_F(KeysTest, OneBadFileAndNothingIsImported) {
  const std::string bad = clinic_.folder().write("bad.txt", "hello");
  const Ran ran = clinic_.phictl({"keys", "import", clinic_.path("certificate.txt"), bad});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr(bad));
  EXPECT_EQ(clinic_.phictl({"keys", "list", "--json"}).out, "[]\n");
}

TEST_F(KeysTest, WithoutAPlaceNothingIsImported) {
  clinic_.set("smime", "certificates", "\"\"");
  const Ran ran = clinic_.phictl({"keys", "import", clinic_.path("certificate.txt")});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("smime.certificates"));
}

// Another owner's folders, and phictl started by root: what it leaves must be readable for the
// service.
TEST_F(KeysTest, WhatRootImportsBelongsToTheFoldersOwner) {
  ASSERT_EQ(geteuid(), 0U) << "needs root";
  for (const char* name : {"phimilter-gpg", "phictl"}) {
    shell("install -m 0755 " + std::string(PHIMILTER_BIN_DIR) + "/" + name + " " +
          clinic_.path(name));
  }
  clinic_.set("pgp", "program", Clinic::quoted(clinic_.path("phimilter-gpg")));
  shell("chown -R 64001:64001 " + clinic_.path("gnupg") + " " + clinic_.path("certificates"));
  shell("chmod 0600 " + clinic_.path("key.txt") + " " + clinic_.path("certificate.txt"));
  shell(clinic_.path("phictl") + " --settings " + clinic_.settings_file() + " keys import " +
        clinic_.path("key.txt") + " " + clinic_.path("certificate.txt"));
  const auto others =
      test::run_program("find " + clinic_.path("gnupg") + " " + clinic_.path("certificates") +
                        " ! -uid 64001 -printf '%p %u\\n'");
  EXPECT_EQ(others.output, "");
  const auto files =
      test::run_program("ls " + clinic_.path("gnupg") + " " + clinic_.path("certificates"));
  EXPECT_THAT(files.output, HasSubstr("pubring"));
  EXPECT_THAT(files.output, HasSubstr(".pem"));
}

}  // namespace
}  // namespace phimilter::phictl
