// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "clinic.h"
#include "phictl/ownership.h"

namespace phimilter::phictl {
namespace {

using testing::HasSubstr;
using testing::Not;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST(SetupKeys, MakesThemWithTheirModesAndNeverOverwrites) {
  const Clinic clinic;
  const Ran first = clinic.setup_keys();
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
  const Ran second = clinic.setup_keys();
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_THAT(second.out, Not(HasSubstr("made")));
  EXPECT_EQ(clinic.folder().read("keys/portal.key"), before);
}

TEST(SetupKeys, WithoutTheirUsersNothingIsMade) {
  ASSERT_EQ(geteuid(), 0U) << "needs root, who would give them away";
  const Clinic clinic;
  for (const auto& [filter, portal] :
       {std::pair<std::string, std::string>{"no-such-user", "root"}, {"root", "no-such-user"}}) {
    const Ran ran =
        clinic.phictl({"setup", "keys", "--filter-user", filter, "--portal-user", portal});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("there is no user no-such-user"));
    EXPECT_THAT(ran.err, HasSubstr("systemd-sysusers"));
    for (const char* name : {"portal.key", "portal.pub", "link.key", "pepper.key"}) {
      EXPECT_EQ(mode_of(clinic.path(std::string("keys/") + name)), 0U) << name;
    }
  }
}

TEST(SetupKeys, WhatIsKeptAndCannotBeReadIsNamed) {
  ASSERT_EQ(geteuid(), 0U) << "needs root";
  const Clinic clinic;
  ASSERT_EQ(clinic.setup_keys().code, 0);
  const Ran ran =
      clinic.phictl({"setup", "keys", "--filter-user", "64001", "--portal-user", "64002"});
  EXPECT_THAT(ran.err, HasSubstr("user 64001 may not read " + clinic.path("keys/link.key")));
  EXPECT_THAT(ran.err, HasSubstr("chown 64002 " + clinic.path("keys/portal.key")));
  EXPECT_THAT(ran.err, HasSubstr("chown 64002 " + clinic.path("keys/pepper.key")));
}

TEST(SetupKeys, HalfAPairIsAProblem) {
  const Clinic clinic;
  ASSERT_EQ(clinic.setup_keys().code, 0);
  ASSERT_EQ(::unlink(clinic.path("keys/portal.pub").c_str()), 0);
  const std::string before = clinic.folder().read("keys/portal.key");
  const Ran ran = clinic.setup_keys();
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

  // Without what the key book says about them.
  std::vector<nlohmann::json> keys_at_hand() const {
    const Ran list = clinic_.phictl({"keys", "list", "--json"});
    EXPECT_EQ(list.code, 0) << list.err;
    std::vector<nlohmann::json> keys;
    for (const auto& one : nlohmann::json::parse(list.out)) {
      if (one.contains("algorithm")) {
        keys.push_back(one);
      }
    }
    return keys;
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

  const auto keys = keys_at_hand();
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
  EXPECT_EQ(keys_at_hand().size(), 1U);
}

TEST_F(KeysTest, OneBadFileAndNothingIsImported) {
  const std::string bad = clinic_.folder().write("bad.txt", "hello");
  const Ran ran = clinic_.phictl({"keys", "import", clinic_.path("certificate.txt"), bad});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr(bad));
  EXPECT_EQ(clinic_.phictl({"keys", "list", "--json"}).out, "[]\n");
}

TEST_F(KeysTest, AFileWithoutEitherKindIsNamedAsThat) {
  for (const char* content : {"", "hello", "\n"}) {
    const Ran ran = clinic_.phictl({"keys", "import", clinic_.folder().write("none.txt", content)});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("neither an OpenPGP key nor a certificate"));
    EXPECT_THAT(ran.err, HasSubstr(clinic_.path("none.txt")));
  }
}

TEST_F(KeysTest, AListThatCouldNotBeMadeSaysNothingOfNoKeys) {
  EXPECT_THAT(clinic_.phictl({"keys", "list"}).out, HasSubstr("No keys."));
  clinic_.set("pgp", "home", "\"/no/keyring\"");
  const Ran ran = clinic_.phictl({"keys", "list"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "");
}

// Root may read everything; whoever may not is told so.
TEST_F(KeysTest, WhatOnlyRootMayDoIsSaid) {
  ASSERT_EQ(geteuid(), 0U) << "needs root";
  ASSERT_EQ(clinic_.setup_keys().code, 0);
  shell("install -m 0755 " + std::string(PHIMILTER_BIN_DIR) + "/phictl " + clinic_.path("phictl"));
  shell("chmod 0700 " + clinic_.path("escrow") + " " + clinic_.path("portal"));
  for (const char* words : {"held list", "api-token list", "recipients list"}) {
    const auto ran = test::run_program("setpriv --reuid 64001 --regid 64001 --clear-groups " +
                                       clinic_.path("phictl") + " --settings " +
                                       clinic_.settings_file() + " " + words);
    EXPECT_EQ(ran.status, 1) << words;
    EXPECT_THAT(ran.output, HasSubstr("as root")) << words;
  }
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
  shell("chown -R 64001:64001 " + clinic_.path("gnupg") + " " + clinic_.path("certificates") + " " +
        clinic_.path("key-book"));
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
  const auto vouched = test::run_program("cat " + clinic_.path("key-book") + "/*");
  EXPECT_THAT(vouched.output, HasSubstr(this_person()));
  EXPECT_THAT(vouched.output, Not(HasSubstr("64001"))) << "the folder's owner vouches for nobody";
}

}  // namespace
}  // namespace phimilter::phictl
