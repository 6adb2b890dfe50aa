// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "clinic.h"

namespace phimilter::phictl {
namespace {

using testing::HasSubstr;

class CertsTest : public testing::Test {
 protected:
  CertsTest() {
    make("lab", "email:lab@partner.example", "emailProtection");
    make("web", "email:web@partner.example", "serverAuth");
  }
  void make(const std::string& name, const std::string& alternative, const std::string& usage) {
    shell("openssl req -x509 -newkey rsa:2048 -nodes -days 20 -subj /CN=" + name +
          " -addext subjectAltName=" + alternative + " -addext extendedKeyUsage=" + usage +
          " -keyout /dev/null -out " + clinic_.path(name + ".pem"));
  }
  static void shell(const std::string& command) {
    const auto ran = test::run_program(command);
    ASSERT_EQ(ran.status, 0) << ran.output;
  }
  nlohmann::json list(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"certs", "list", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return nlohmann::json::parse(clinic_.phictl(words).out);
  }

  Clinic clinic_;
};

TEST_F(CertsTest, TakesWhatIsGoodAndSaysWhyNotOfTheRest) {
  const std::vector<std::string> import = {"certs", "import", clinic_.path("web.pem"),
                                           clinic_.path("lab.pem")};
  auto dry = import;
  dry.emplace_back("--dry-run");
  const Ran tried = clinic_.phictl(dry);
  EXPECT_EQ(tried.code, 1);
  EXPECT_THAT(tried.out, HasSubstr("dry run, nothing was written: 1 taken"));
  EXPECT_EQ(list().size(), 0U);

  const Ran ran = clinic_.phictl(import);
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("for lab@partner.example"));
  EXPECT_THAT(ran.err, HasSubstr(clinic_.path("web.pem")));
  EXPECT_THAT(ran.err, HasSubstr("emailProtection"));
  const auto certificates = list();
  ASSERT_EQ(certificates.size(), 1U);
  const auto& one = certificates[0];
  EXPECT_EQ(one.at("addresses"), nlohmann::json({"lab@partner.example"}));
  EXPECT_EQ(one.at("state"), "valid");
  EXPECT_EQ(one.at("chain"), "not checked");
  EXPECT_EQ(one.at("crl"), "not checked");
  EXPECT_EQ(one.at("fingerprint").get<std::string>().size(), 64U);
  EXPECT_FALSE(one.at("expires").is_null());
}

TEST_F(CertsTest, ListsThoseThatEndSoonAndThoseOfOneAddress) {
  ASSERT_EQ(clinic_.phictl({"certs", "import", clinic_.path("lab.pem")}).code, 0);
  EXPECT_EQ(list({"--expiring", "30"}).size(), 1U);
  EXPECT_EQ(list({"--expiring", "10"}).size(), 0U);
  EXPECT_EQ(list({"LAB@partner.example"}).size(), 1U);
  EXPECT_EQ(list({"other@partner.example"}).size(), 0U);
  EXPECT_EQ(clinic_.phictl({"certs", "list", "--expiring", "soon"}).code, 2);
}

TEST_F(CertsTest, RemovesByAddressAndSaysWhatIsNotThere) {
  ASSERT_EQ(clinic_.phictl({"certs", "import", clinic_.path("lab.pem")}).code, 0);
  EXPECT_EQ(clinic_.phictl({"certs", "remove", "nobody@partner.example"}).code, 1);
  const Ran dry = clinic_.phictl({"certs", "remove", "--dry-run", "lab@partner.example"});
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_EQ(list().size(), 1U);
  const Ran ran = clinic_.phictl({"certs", "remove", "lab@partner.example"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("removed:"));
  EXPECT_EQ(list().size(), 0U);
}

TEST_F(CertsTest, WhatWasRemovedIsRefusedUntilItIsImportedAgain) {
  shell("mkdir " + clinic_.path("book"));
  clinic_.set("keys", "folder", "\"" + clinic_.path("book") + "\"");
  make("two", "email:a@partner.example,email:b@partner.example", "emailProtection");
  const std::vector<std::string> import = {"certs", "import", clinic_.path("two.pem")};
  const auto word_of = [&](const std::string& address) {
    clinic_.set("pgp", "home", "\"\"");
    const auto keys = nlohmann::json::parse(clinic_.phictl({"keys", "list", "--json"}).out);
    std::string word = "none";
    for (const auto& key : keys) {
      const bool in_book = key.contains("decided_by");
      word = in_book && key.at("addresses") == nlohmann::json({address})
                 ? key.at("state").get<std::string>()
                 : word;
    }
    return word;
  };
  ASSERT_EQ(clinic_.phictl(import).code, 0);
  EXPECT_EQ(word_of("a@partner.example"), "trusted");
  ASSERT_EQ(clinic_.phictl({"certs", "remove", "--dry-run", "b@partner.example"}).code, 0);
  EXPECT_EQ(word_of("a@partner.example"), "trusted");
  ASSERT_EQ(clinic_.phictl({"certs", "remove", "b@partner.example"}).code, 0);
  EXPECT_EQ(word_of("a@partner.example"), "refused");
  EXPECT_EQ(word_of("b@partner.example"), "refused");
  ASSERT_EQ(clinic_.phictl(import).code, 0);
  EXPECT_EQ(word_of("a@partner.example"), "trusted");
  EXPECT_EQ(word_of("b@partner.example"), "trusted");
}

TEST_F(CertsTest, WhatWasRemovedComesBackByAWordOfTrust) {
  clinic_.set("pgp", "home", "\"\"");
  ASSERT_EQ(clinic_.phictl({"certs", "import", clinic_.path("lab.pem")}).code, 0);
  const auto before = list();
  ASSERT_EQ(before.size(), 1U);
  const auto fingerprint = before[0].at("fingerprint").get<std::string>();
  ASSERT_EQ(clinic_.phictl({"certs", "remove", fingerprint}).code, 0);
  ASSERT_EQ(list().size(), 0U);
  const Ran trusted = clinic_.phictl({"keys", "trust", fingerprint});
  EXPECT_EQ(trusted.code, 0) << trusted.err;
  ASSERT_EQ(list().size(), 1U);
  EXPECT_EQ(list()[0].at("state"), "valid");
}

TEST_F(CertsTest, AWordOfTrustForAKeyThatIsNowhereIsAProblem) {
  clinic_.set("pgp", "home", "\"\"");
  ASSERT_EQ(clinic_.phictl({"certs", "import", clinic_.path("lab.pem")}).code, 0);
  const auto fingerprint = list()[0].at("fingerprint").get<std::string>();
  EXPECT_EQ(clinic_.phictl({"keys", "trust", fingerprint}).code, 0);
  shell("rm " + clinic_.path("certificates") + "/*.pem");
  shell("sed -i '/^pin/d' " + clinic_.path("key-book") + "/*.keys");
  const Ran ran = clinic_.phictl({"keys", "trust", fingerprint});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("import it again"));
  EXPECT_EQ(ran.out, "");
  const auto book = test::run_program("cat " + clinic_.path("key-book") + "/*.keys");
  EXPECT_THAT(book.output, testing::Not(HasSubstr("pin\t"))) << "none on a key that is nowhere";
}

TEST_F(CertsTest, OfSeveralTheNewestIsTheOneToUseWhateverTheirOrder) {
  shell("mkdir " + clinic_.path("book"));
  clinic_.set("keys", "folder", "\"" + clinic_.path("book") + "\"");
  shell("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out " +
        clinic_.path("old.key") + " && openssl req -new -key " + clinic_.path("old.key") +
        " -subj /CN=old -addext subjectAltName=email:lab@partner.example -out " +
        clinic_.path("old.csr") + " && printf '[ca]\ndefault_ca=d\n[d]\ndatabase=" +
        clinic_.path("index") + "\nrand_serial=yes\nnew_certs_dir=" + clinic_.path("") +
        "\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n' > " +
        clinic_.path("ca.cnf") + " && touch " + clinic_.path("index") +
        " && openssl ca -batch -notext -selfsign -config " + clinic_.path("ca.cnf") + " -keyfile " +
        clinic_.path("old.key") + " -in " + clinic_.path("old.csr") +
        " -startdate 20200101000000Z -enddate 20400101000000Z -out " + clinic_.path("old.pem"));
  ASSERT_EQ(
      clinic_.phictl({"certs", "import", clinic_.path("lab.pem"), clinic_.path("old.pem")}).code,
      0);
  const auto listed = list();
  ASSERT_EQ(listed.size(), 2U);
  const auto ran = test::run_program("cat " + clinic_.path("book") + "/*.keys");
  EXPECT_THAT(ran.output,
              HasSubstr("pin\t" + listed[0].at("fingerprint").get<std::string>() + "\tperson"));
}

TEST_F(CertsTest, WithoutAPlaceItSaysWhichSettingIsMissing) {
  clinic_.set("smime", "certificates", "\"\"");
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"certs", "list"},
                                             {"certs", "remove", "lab@partner.example"},
                                             {"certs", "import", clinic_.path("lab.pem")}}) {
    const Ran ran = clinic_.phictl(words);
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("smime.certificates"));
  }
}

}  // namespace
}  // namespace phimilter::phictl
