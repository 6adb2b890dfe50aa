// SPDX-License-Identifier: Apache-2.0
//
// Keys from outside, made by gpg and openssl, on their way into the stores.
#include "protect/key_intake.h"

#include <gtest/gtest.h>

#include "base/key_limits.h"
#include "gpg_fixture.h"
#include "protect/key_desk.h"
#include "smime_fixture.h"

namespace phimilter::protect {
namespace {

using policy::KeyState;
using testing::must_run;

mail::Address address(const std::string& text) {
  return *mail::Address::parse(text);
}

class KeyIntakeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    gpg_ = std::make_unique<testing::GpgFixture>();
    // A second user id, and a second key of the same address.
    gpg_->gpg("--quick-add-uid ann@example.org 'Ann At Home <ann@home.example>'");
    gpg_->gpg("--quick-gen-key 'Ann Newer <ann2@example.org>' future-default default never");
    gpg_->gpg("--quick-gen-key 'Short <short@example.org>' rsa1024 encr never");
  }
  static void TearDownTestSuite() { gpg_.reset(); }

  void SetUp() override {
    must_run("rm -rf " + gpg_->gateway_home() + "/* " + folder_.file("keys"));
    auto pgp = start_pgp({.program = PHIMILTER_BIN_DIR "/phimilter-gpg",
                          .home = gpg_->gateway_home(),
                          .brokers = 1,
                          .timeout_ms = 120'000});
    ASSERT_TRUE(pgp.has_value()) << pgp.error().describe();
    pgp_ = std::move(*pgp);
    book_ = std::move(*KeyBook::open(folder_.file("keys")));
  }
  KeyIntake intake(const std::vector<std::string>& trust = {}) {
    return KeyIntake(
        {book_.get(), pgp_.get(), smime_.get(), certificates_, *KeyRules::parse(trust, {})});
  }
  policy::KeyFact held(const std::string& owner) {
    return pgp_->find(address(owner), system_clock().now());
  }
  static Timestamp now() { return system_clock().now(); }

  static std::unique_ptr<testing::GpgFixture> gpg_;
  testing::TestFolder folder_;
  std::unique_ptr<Pgp> pgp_;
  std::unique_ptr<Smime> smime_;
  std::unique_ptr<KeyBook> book_;
  std::string certificates_;
};
std::unique_ptr<testing::GpgFixture> KeyIntakeTest::gpg_;

TEST_F(KeyIntakeTest, AKeyIsKeptWithTheOneUserIdAndNotImported) {
  auto offered = intake().offer_pgp(address("Ann@Example.org"), kWkd,
                                    gpg_->exported("ann@example.org"), now());
  ASSERT_TRUE(offered.has_value()) << offered.error().describe();
  EXPECT_EQ(*offered, Offered::pending);
  EXPECT_EQ(held("ann@example.org").state, KeyState::none);
  const auto record = book_->read(KeyKind::pgp, "ann@example.org");
  ASSERT_EQ(record->candidates.size(), 1U);
  EXPECT_EQ(record->candidates[0].fingerprint.str(), gpg_->fingerprint("ann@example.org"));
  testing::write_file(folder_.file("kept"), record->candidates[0].bytes);
  const std::string kept = must_run("gpg --homedir " + gpg_->secret_home() +
                                    " --show-keys --with-colons " + folder_.file("kept"));
  EXPECT_NE(kept.find("ann@example.org"), std::string::npos) << kept;
  EXPECT_EQ(kept.find("home.example"), std::string::npos) << kept;
  EXPECT_EQ(must_run("ls -d " + gpg_->gateway_home() + "/inspect-* 2>/dev/null | wc -l"), "0\n");
}

TEST_F(KeyIntakeTest, ARuleImportsItAtOnce) {
  auto offered = intake({"wkd:example.org"})
                     .offer_pgp(address("ann@example.org"), kWkd,
                                must_run("gpg --homedir " + gpg_->secret_home() +
                                         " --batch --armor --export ann@example.org"),
                                now());
  ASSERT_TRUE(offered.has_value()) << offered.error().describe();
  EXPECT_EQ(*offered, Offered::trusted);
  EXPECT_EQ(held("ann@example.org").state, KeyState::valid);
  EXPECT_EQ(held("ann@home.example").state, KeyState::none);
  EXPECT_EQ(book_->read(KeyKind::pgp, "ann@example.org")->pin->by, "rule wkd");
}

TEST_F(KeyIntakeTest, WhatIsNoUsableKeyForTheAddressIsNotKept) {
  struct Case {
    const char* name;
    std::string owner, bytes;
  };
  const Case cases[] = {
      {"another's key", "eve@example.org", gpg_->exported("bob@example.org")},
      {"expired", "old@example.org", gpg_->exported("old@example.org")},
      {"revoked", "rev@example.org", gpg_->exported("rev@example.org")},
      {"cannot encrypt", "sign@example.org", gpg_->exported("sign@example.org")},
      {"too short", "short@example.org", gpg_->exported("short@example.org")},
      {"no key", "ann@example.org", "<html>not found</html>"},
      {"nothing", "ann@example.org", ""},
      {"half a key", "ann@example.org", gpg_->exported("ann@example.org").substr(0, 60)},
      {"too long", "ann@example.org", std::string(2 * limits::kMiB, 'x')},
      {"the secret key", "ann@example.org",
       must_run("gpg --homedir " + gpg_->secret_home() +
                " --batch --pinentry-mode loopback --passphrase '' --export-secret-keys "
                "ann@example.org")},
      {"an address that breaks out of a line", "\"a\\\" || mbox =~ x\"@example.org",
       gpg_->exported("ann@example.org")},
  };
  for (const Case& each : cases) {
    const auto offered = intake({"wkd"}).offer_pgp(address(each.owner), kWkd, each.bytes, now());
    ASSERT_FALSE(offered.has_value()) << each.name;
    EXPECT_EQ(offered.error().kind, FaultKind::permanent) << each.name;
  }
  EXPECT_EQ(book_->all()->size(), 0U);
  EXPECT_EQ(pgp_->list()->size(), 0U);
}

TEST_F(KeyIntakeTest, OutOfSeveralTheOneThatEncryptsIsTaken) {
  const auto offered = intake().offer_pgp(
      address("bob@example.org"), kWkd,
      gpg_->exported("rev@example.org") + gpg_->exported("bob@example.org"), now());
  ASSERT_TRUE(offered.has_value()) << offered.error().describe();
  EXPECT_NE(book_->read(KeyKind::pgp, "bob@example.org")
                ->find(*FingerprintId::parse(gpg_->fingerprint("bob@example.org"))),
            nullptr);
}

class CertificateIntakeTest : public KeyIntakeTest {
 protected:
  void SetUp() override {
    book_ = std::move(*KeyBook::open(folder_.file("keys")));
    certificates_ = certs_.certificates();
    auto smime = open_smime({.certificates = certificates_, .ca_file = certs_.ca_file()});
    ASSERT_TRUE(smime.has_value()) << smime.error().describe();
    smime_ = std::move(*smime);
  }
  std::string bytes(const std::string& name) {
    return testing::file_bytes(certs_.file(name + ".pem"));
  }
  testing::SmimeFixture certs_;
};

TEST_F(CertificateIntakeTest, ACertificateWaitsOrIsPutIntoTheFolder) {
  certs_.make({.name = "pat", .alternative_name = "email:pat@example.org"});
  const auto pat = address("pat@example.org");
  auto offered = intake().offer_certificate(pat, kLearned, bytes("pat"), std::nullopt, now());
  ASSERT_TRUE(offered.has_value()) << offered.error().describe();
  EXPECT_EQ(*offered, Offered::pending);
  EXPECT_EQ(smime_->find(pat, now()).state, KeyState::none);
  // Another source that is trusted vouches for the same certificate.
  offered = intake({"ldap"}).offer_certificate(pat, kLdap, bytes("pat"), std::nullopt, now());
  EXPECT_EQ(*offered, Offered::trusted);
  EXPECT_EQ(smime_->find(pat, now()).state, KeyState::valid);
  EXPECT_EQ(book_->read(KeyKind::smime, "pat@example.org")->candidates.at(0).source, "ldap");
}

TEST_F(CertificateIntakeTest, WhatWasTakenOutComesBackByARuleAlone) {
  certs_.make({.name = "pat", .alternative_name = "email:pat@example.org"});
  const auto pat = address("pat@example.org");
  const auto offered = [&](const std::vector<std::string>& rules) {
    return *intake(rules).offer_certificate(pat, kLearned, bytes("pat"), std::nullopt, now());
  };
  ASSERT_EQ(offered({"learned"}), Offered::trusted);
  must_run("rm " + certificates_ + "/*");
  EXPECT_EQ(offered({}), Offered::known);
  EXPECT_EQ(smime_->find(pat, now()).state, KeyState::none) << "nobody trusts the source now";
  EXPECT_EQ(offered({"learned"}), Offered::known);
  EXPECT_EQ(smime_->find(pat, now()).state, KeyState::valid);

  must_run("rm " + certificates_ + "/*");
  const FingerprintId fingerprint = *FingerprintId::parse(certs_.fingerprint("pat"));
  ASSERT_TRUE(book_->vouch(KeyKind::smime, "pat@example.org", fingerprint, "root", now()));
  ASSERT_TRUE(book_->change(KeyKind::smime, "pat@example.org",
                            [&](KeyRecord& record) { record.find(fingerprint)->bytes.clear(); }));
  EXPECT_EQ(offered({}), Offered::renewed);
  EXPECT_EQ(smime_->find(pat, now()).state, KeyState::none) << "nor because the book had no bytes";
}

TEST_F(CertificateIntakeTest, ARuleWithCapabilities) {
  certs_.make({.name = "pat", .alternative_name = "email:pat@example.org"});
  const auto pat = address("pat@example.org");
  const auto offered = intake({"learned"})
                           .offer_certificate(pat, kLearned, bytes("pat"),
                                              policy::CmsForm{.gcm = true, .oaep = true}, now());
  ASSERT_TRUE(offered.has_value()) << offered.error().describe();
  EXPECT_EQ(*offered, Offered::trusted);
  EXPECT_EQ(smime_->find(pat, now()).state, KeyState::valid);
  const auto record = book_->read(KeyKind::smime, "pat@example.org");
  const auto fact = choose_key(*record, smime_->find_all(pat, now()));
  EXPECT_EQ(fact.state, KeyState::valid);
  EXPECT_TRUE(fact.cms.gcm && fact.cms.oaep);
  EXPECT_EQ(fact.source, "learned");
}

TEST_F(CertificateIntakeTest, ACertificateForOneAddressIsNotOneForTheOthersInIt) {
  certs_.make(
      {.name = "two", .alternative_name = "email:x@hospital.example,email:pat@gmail.example"});
  const auto owner = address("x@hospital.example");
  const auto other = address("pat@gmail.example");
  const auto chosen = [&](const mail::Address& whose) {
    return choose_key(*book_->read(KeyKind::smime, whose.key()), smime_->find_all(whose, now()))
        .state;
  };
  const auto offered = intake({"learned:hospital.example"})
                           .offer_certificate(owner, kLearned, bytes("two"), std::nullopt, now());
  ASSERT_TRUE(offered.has_value()) << offered.error().describe();
  EXPECT_EQ(*offered, Offered::trusted);
  EXPECT_EQ(chosen(owner), KeyState::valid);
  EXPECT_EQ(smime_->find(other, now()).state, KeyState::valid) << "the folder finds it";
  EXPECT_EQ(chosen(other), KeyState::pending);
}

TEST_F(CertificateIntakeTest, WhatIsSaidOfAnOwnerHoldsForEverySpellingOfTheDomain) {
  const auto spelled = address(
      "Ana@b\xc3\xbc"
      "cher.example");
  const auto ascii = address("ana@xn--bcher-kva.example");
  certs_.make({.name = "ana", .alternative_name = "email:ana@xn--bcher-kva.example"});
  ASSERT_EQ(*intake().offer_certificate(spelled, kLearned, bytes("ana"), std::nullopt, now()),
            Offered::pending);
  const FingerprintId fingerprint = *FingerprintId::parse(certs_.fingerprint("ana"));
  certs_.publish("ana");
  Settings settings;
  settings.keys_folder = folder_.file("keys");
  const auto desk = std::move(*KeyDesk::open(settings, nullptr, smime_.get()));
  EXPECT_EQ(desk->find(KeyKind::smime, spelled, now()).state, KeyState::valid);
  const auto owner = desk->book().all()->at(0).owner;
  ASSERT_TRUE(desk->book().change(KeyKind::smime, owner, [&](KeyRecord& record) {
    refuse(record, {.fingerprint = fingerprint, .source = "learned", .bytes = {}}, "root", now());
  }));
  EXPECT_EQ(desk->find(KeyKind::smime, ascii, now()).state, KeyState::none);
  EXPECT_EQ(desk->find(KeyKind::smime, spelled, now()).state, KeyState::none);
  EXPECT_EQ(*intake({"ldap"}).offer_certificate(ascii, kLdap, bytes("ana"), std::nullopt, now()),
            Offered::refused);

  // Settings, too.
  const std::string digits = fingerprint.str();
  for (const std::string domain : {".xn--bcher-kva.example",
                                   ".b\xc3\xbc"
                                   "cher.example"}) {
    const auto rules = *KeyRules::parse({"ldap:" + domain}, {domain + ":" + digits});
    for (const std::string host : {"ana@mail.xn--bcher-kva.example",
                                   "ana@mail.b\xc3\xbc"
                                   "cher.example"}) {
      EXPECT_TRUE(rules.trusts(kLdap, address(host))) << domain << " " << host;
      EXPECT_EQ(rules.partner_keys(address(host)).size(), 1U) << domain << " " << host;
    }
  }
}

TEST_F(CertificateIntakeTest, WhatItsChainSpeaksAgainstTakesNoPlace) {
  certs_.make({.name = "good", .alternative_name = "email:pat@example.org"});
  certs_.make({.name = "forged", .alternative_name = "email:pat@example.org", .issuer = ""});
  const auto pat = address("pat@example.org");
  KeyIntake learns(
      {book_.get(), pgp_.get(), smime_.get(), certificates_, *KeyRules::parse({"learned"}, {})});
  ASSERT_EQ(*learns.offer_certificate(pat, kLearned, bytes("good"), std::nullopt, now()),
            Offered::trusted);
  const auto pin = book_->read(KeyKind::smime, pat.key())->pin;
  EXPECT_EQ(*learns.offer_certificate(pat, kLearned, bytes("forged"), std::nullopt, now()),
            Offered::pending);
  EXPECT_EQ(book_->read(KeyKind::smime, pat.key())->pin, pin);
}

TEST_F(CertificateIntakeTest, OneDomainCannotFillTheBook) {
  KeyIntake learns(
      {book_.get(), pgp_.get(), smime_.get(), certificates_, *KeyRules::parse({}, {})});
  std::string names;
  for (std::size_t i = 0; i <= limits::kLearnedADomain; ++i) {
    names += (i == 0 ? "email:p" : ",email:p") + std::to_string(i) + "@flood.example";
  }
  certs_.make({.name = "flood", .alternative_name = names});
  certs_.make({.name = "calm", .alternative_name = "email:a@calm.example"});
  const auto offered = [&](const std::string& owner, const char* name) {
    return *learns.offer_certificate(address(owner), kLearned, bytes(name), std::nullopt, now());
  };
  for (std::size_t i = 0; i < limits::kLearnedADomain; ++i) {
    ASSERT_EQ(offered("p" + std::to_string(i) + "@flood.example", "flood"), Offered::pending) << i;
  }
  const std::string last = "p" + std::to_string(limits::kLearnedADomain) + "@flood.example";
  EXPECT_EQ(offered(last, "flood"), Offered::over_budget);
  EXPECT_EQ(offered("p0@flood.example", "flood"), Offered::pending) << "known before";
  EXPECT_EQ(offered("a@calm.example", "calm"), Offered::pending);
  EXPECT_TRUE(book_->read(KeyKind::smime, last)->candidates.empty());
}

TEST_F(CertificateIntakeTest, ARefusalLapsesAtTheCertificatesEnd) {
  certs_.make({.name = "good", .alternative_name = "email:pat@example.org"});
  certs_.make({.name = "past",
               .alternative_name = "email:pat@example.org",
               .dates = "20200101000000Z 20210101000000Z"});
  const auto fingerprint = [&](const char* name) {
    return *FingerprintId::parse(certs_.fingerprint(name));
  };
  const auto unseen = *FingerprintId::parse(std::string(64, 'a'));
  ASSERT_TRUE(book_->change(KeyKind::smime, "pat@example.org", [&](KeyRecord& record) {
    for (const char* name : {"good", "past"}) {
      refuse(record, {.fingerprint = fingerprint(name), .source = "import", .bytes = bytes(name)},
             "root", now());
    }
    refuse(record, {.fingerprint = unseen, .source = "import", .bytes = {}}, "root", now());
  }));
  ASSERT_TRUE(intake({}).tidy(now()).has_value());
  const auto record = book_->read(KeyKind::smime, "pat@example.org");
  ASSERT_TRUE(record.has_value());
  EXPECT_NE(record->find(fingerprint("good")), nullptr);
  EXPECT_NE(record->find(unseen), nullptr);
  EXPECT_EQ(record->find(fingerprint("past")), nullptr);
}

TEST_F(CertificateIntakeTest, WhatCannotBeUsedIsNotKept) {
  certs_.make({.name = "other", .alternative_name = "email:other@example.org"});
  certs_.make(
      {.name = "web", .alternative_name = "email:pat@example.org", .extended_usage = "serverAuth"});
  certs_.make({.name = "past",
               .alternative_name = "email:pat@example.org",
               .dates = "20200101000000Z 20210101000000Z"});
  certs_.make({.name = "authority",
               .alternative_name = "email:pat@example.org",
               .key_usage = "critical,keyEncipherment,keyCertSign",
               .is_ca = true});
  for (const char* name : {"other", "web", "past", "authority"}) {
    const auto offered = intake({"learned"})
                             .offer_certificate(address("pat@example.org"), kLearned, bytes(name),
                                                std::nullopt, now());
    ASSERT_FALSE(offered.has_value()) << name;
    EXPECT_EQ(offered.error().kind, FaultKind::permanent) << name;
  }
  EXPECT_EQ(book_->all()->size(), 0U);
}

}  // namespace
}  // namespace phimilter::protect
