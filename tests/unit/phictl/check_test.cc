// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "clinic.h"

namespace phimilter::phictl {
namespace {

using testing::HasSubstr;

std::string own_uid() {
  return std::to_string(geteuid());
}

class CheckTest : public testing::Test {
 protected:
  CheckTest() {
    const Ran made = clinic_.setup_keys();
    EXPECT_EQ(made.code, 0) << made.err;
  }

  Ran check(const std::string& filter_user = own_uid(),
            const std::string& portal_user = own_uid()) {
    return clinic_.phictl({"check", "--filter-user", filter_user, "--portal-user", portal_user});
  }

  Clinic clinic_;
};

TEST_F(CheckTest, SaysSoWhenEverythingIsInOrder) {
  const Ran ran = check();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  EXPECT_THAT(ran.out, HasSubstr("Everything is in order."));
}

TEST_F(CheckTest, TakesTheFileAsAnArgument) {
  const Ran ran = run(
      {"check", clinic_.settings_file(), "--filter-user", own_uid(), "--portal-user", own_uid()});
  EXPECT_EQ(ran.code, 0) << ran.err;
}

TEST_F(CheckTest, SettingsThatCannotBeReadAreNamedWithLine) {
  clinic_.set("log", "leve", "\"info\"");
  const Ran ran = check();
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr(clinic_.where("log", "leve")));
  EXPECT_THAT(ran.err, HasSubstr("'level'"));
}

TEST_F(CheckTest, EachProblemIsNamedWithLineAndWhatToDo) {
  struct Case {
    std::string section, name, value;  // set first; empty name: nothing is set
    std::function<void(const Clinic&)> spoil;
    std::string said;
  };
  const auto nothing = [](const Clinic&) {};
  const std::vector<Case> cases = {
      {"policy", "files", "[\"/no/rules.toml\"]", nothing, "/no/rules.toml"},
      {"policy", "files", "[]", nothing, "no rule file is named"},
      {"extract", "program", "\"/no/program\"", nothing, "/no/program is not there"},
      {"pgp", "program", "\"/etc/passwd\"", nothing, "cannot be run"},
      {"milter", "spool", "\"/no/spool\"", nothing, "/no/spool is not there"},
      {"milter", "socket", "\"inet:0.0.0.0:9000\"", nothing, "nor on loopback"},
      {"audit", "redis", "\"inet:192.0.2.1:6379\"", nothing, "not encrypted"},
      {"audit", "journal", "\"/etc/passwd\"", nothing, "not a folder"},
      {"tls", "domains", "[\"partner.example\"]", nothing, "secure_listener is not"},
      {"organisation", "domains", "[]", nothing, "between colleagues"},
      {"portal", "http", "\"\"", nothing, "listens nowhere"},
      {"portal", "http", "\"unix:/run/portal.sock\"", nothing, "on addresses only"},
      {"portal", "url", "\"\"", nothing, "where the portal is"},
      {"portal", "certificate", "\"/no/certificate.pem\"", nothing, "belong together"},
      {"pgp", "home", "", [](const Clinic& c) { ::chmod(c.path("gnupg").c_str(), 0750); },
       "chmod 0700"},
      {"portal", "private_key", "",
       [](const Clinic& c) { ::chmod(c.path("keys/portal.key").c_str(), 0644); }, "chmod o="},
      {"portal", "pepper", "", [](const Clinic& c) { ::unlink(c.path("keys/pepper.key").c_str()); },
       "phictl setup keys"},
      {"escrow", "link_key", "",
       [](const Clinic& c) { std::filesystem::resize_file(c.path("keys/link.key"), 16); },
       "32 bytes"},
      {"escrow", "folder", "", [](const Clinic& c) { ::chmod(c.path("escrow").c_str(), 0777); },
       "chmod o-w"},
      {"escrow", "public_key", "",
       [](const Clinic& c) { c.folder().write("keys/portal.pub", "no key"); }, "escrow.public_key"},
      {"smime", "sign_certificate", "\"/no/certificate.pem\"", nothing, "belong together"},
      {"milter", "socket_group", "\"no-such-group\"", nothing, "there is no group no-such-group"},
      {"keys", "folder", "\"/no/place/keys\"", nothing, "/no/place/keys is not there"},
      {"keys", "folder", "\"/etc/passwd\"", nothing, "not a folder"},
      {"batch", "folder", "\"/no/place/batches\"", nothing, "/no/place/batches is not there"},
      {"audit", "phictl_journal", "\"/no/journal\"", nothing, "/no/journal is not there"},
      {"hold", "listener", "\"inet:192.0.2.1:10025\"", nothing, "nor on loopback"},
      {"tls", "policy_socket", "\"unix:/no/folder/tls.sock\"", nothing, "/no/folder is not there"},
      {"portal", "redis", "\"inet:192.0.2.1:6379\"", nothing, "not encrypted"},
      {"escrow", "recovery_key", "\"/no/recovery.pub\"", nothing, "escrow.recovery_key"},
      {"portal", "private_key", "",
       [](const Clinic& c) {
         const std::string other = "openssl genpkey -algorithm X25519 -out " + c.path("other.key") +
                                   " && openssl pkey -in " + c.path("other.key") +
                                   " -pubout -out " + c.path("keys/portal.pub");
         ASSERT_EQ(test::run_program(other).status, 0);
       },
       "could never be opened"},
      {"portal", "private_key", "",
       [](const Clinic& c) {
         const std::string noise = "head -c 32 /dev/urandom > " + c.path("keys/portal.key");
         ASSERT_EQ(test::run_program(noise).status, 0);
       },
       "portal.private_key"},
  };
  for (const Case& c : cases) {
    Clinic clinic;
    ASSERT_EQ(clinic.setup_keys().code, 0);
    ASSERT_EQ(clinic.phictl({"check", "--filter-user", own_uid(), "--portal-user", own_uid()}).code,
              0);
    if (!c.value.empty()) {
      clinic.set(c.section, c.name, c.value);
    }
    c.spoil(clinic);
    const Ran ran =
        clinic.phictl({"check", "--filter-user", own_uid(), "--portal-user", own_uid()});
    EXPECT_EQ(ran.code, 1) << c.said;
    EXPECT_THAT(ran.err, HasSubstr(c.said));
    EXPECT_THAT(ran.err, HasSubstr("problem"));
  }
}

TEST_F(CheckTest, TheLineIsThatOfTheSetting) {
  clinic_.set("milter", "spool", "\"/no/spool\"");
  EXPECT_THAT(check().err, HasSubstr(clinic_.where("milter", "spool") + ": milter.spool: "));
}

TEST_F(CheckTest, AUserWhoMayNotWriteIsNamed) {
  const Ran ran = check("64001", own_uid());
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("user 64001 may not write in " + clinic_.path("journal")));
  EXPECT_THAT(ran.err, HasSubstr("user 64001 may not read " + clinic_.path("keys/link.key")));
}

TEST_F(CheckTest, AUserWhoIsNotThereIsAProblem) {
  for (const auto& [filter, portal] :
       {std::pair<std::string, std::string>{"no-such-user", own_uid()},
        {own_uid(), "no-such-user"}}) {
    const Ran ran = check(filter, portal);
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("there is no user no-such-user"));
    EXPECT_THAT(ran.err, HasSubstr("systemd-sysusers"));
    EXPECT_THAT(ran.out, testing::Not(HasSubstr("Everything is in order")));
  }
  clinic_.set("escrow", "folder", "\"\"");
  EXPECT_THAT(check(own_uid(), "no-such-user").err, testing::Not(HasSubstr("no-such-user")))
      << "without a portal nobody needs its user";
}

// libmilter makes the socket, and the filter cannot give it to a group that it is not in.
TEST_F(CheckTest, AGroupThatTheFilterIsNotInIsAProblem) {
  clinic_.set("milter", "socket_group", "\"root\"");
  EXPECT_THAT(check("nobody", own_uid()).err, HasSubstr("user nobody is not in the group root"));
  EXPECT_EQ(check().code, 0) << check().err;
}

TEST_F(CheckTest, AFilterThatCouldOpenWhatItSealsIsAProblem) {
  ::chmod(clinic_.path("keys/portal.key").c_str(), 0640);
  ASSERT_EQ(geteuid(), 0U) << "needs root, who can give a file to another user";
  ASSERT_EQ(::chown(clinic_.path("keys/portal.key").c_str(), 64002, 64001), 0);
  EXPECT_THAT(check("64001", "64002").err, HasSubstr("could so open what it sealed"));
}

TEST_F(CheckTest, ARuleFileWhoseTestFailsIsNamedWithLine) {
  clinic_.folder().write("rules.toml", std::string(kRules) +
                                           "[[test]]\nname = \"wrong\"\ntext = \"x\"\n"
                                           "rules = [\"site.both\"]\n");
  const Ran ran = check();
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("rules.toml:"));
}

TEST_F(CheckTest, ACertificateWithTheKeyOfAnotherIsNamed) {
  for (const char* name : {"one", "two"}) {
    const auto made = test::run_program(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=portal.example "
        "-keyout " +
        clinic_.path(std::string(name) + ".key") + " -out " +
        clinic_.path(std::string(name) + ".pem"));
    ASSERT_EQ(made.status, 0) << made.output;
    ASSERT_EQ(::chmod(clinic_.path(std::string(name) + ".key").c_str(), 0600), 0);
  }
  clinic_.set("portal", "certificate", Clinic::quoted(clinic_.path("one.pem")));
  clinic_.set("portal", "certificate_key", Clinic::quoted(clinic_.path("one.key")));
  EXPECT_EQ(check().code, 0) << check().err;
  clinic_.set("portal", "certificate_key", Clinic::quoted(clinic_.path("two.key")));
  EXPECT_THAT(check().err,
              HasSubstr(clinic_.path("two.key") + " is not the key of " + clinic_.path("one.pem")));
}

}  // namespace
}  // namespace phimilter::phictl
