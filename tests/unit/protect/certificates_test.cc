// SPDX-License-Identifier: Apache-2.0
//
// Which certificate is for which address, and what revocation lists say.
#include <gtest/gtest.h>

#include "protect/a_labels.h"
#include "protect/smime.h"
#include "smime_fixture.h"

namespace phimilter::protect {
namespace {

using policy::KeyState;
using testing::must_run;

TEST(ALabels, AreThoseOfOthers) {
  // From `idn2` 2.3 and RFC 3492 7.1.
  struct Case {
    std::string domain, expected;
  };
  const Case cases[] = {
      {"example.org", "example.org"},
      {"EXAMPLE.Org", "example.org"},
      {"b\xc3\xbc"
       "cher.example",
       "xn--bcher-kva.example"},
      {"\xe4\xbb\x96\xe4\xbb\xac\xe4\xb8\xba\xe4\xbb\x80\xe4\xb9\x88\xe4\xb8\x8d\xe8\xaf\xb4\xe4"
       "\xb8"
       "\xad\xe6\x96\x87",
       "xn--ihqwcrb4cv8a8dqg056pqjye"},
      {"Pro\xc4\x8dprost\xc4\x9bnemluv\xc3\xad\xc4\x8d"
       "esky",
       "xn--proprostnemluvesky-uyb24dma41a"},
      {"3\xe5\xb9\xb4"
       "b\xe7\xb5\x84\xe9\x87\x91\xe5\x85\xab\xe5\x85\x88\xe7\x94\x9f",
       "xn--3b-ww4c5e180e575a65lsy2b"},
      {"\xf0\x9f\x92\x8a.example", "xn--pr8h.example"},
      {"\xff\xfe.example", "\xff\xfe.example"},
      {"", ""},
      {".b\xc3\xbc"
       "cher.example",
       ".xn--bcher-kva.example"},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(a_labels(each.domain), each.expected);
  }
}

class CertificatesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { made_ = std::make_unique<testing::SmimeFixture>(); }
  static void TearDownTestSuite() { made_.reset(); }
  void SetUp() override {
    must_run("rm -rf " + made_->certificates() + " " + lists() + " && mkdir " +
             made_->certificates() + " " + lists());
  }
  static std::string lists() { return made_->file("lists"); }
  static void publish(const testing::CertificateRequest& request) {
    made_->make(request);
    made_->publish(request.name);
  }
  static SmimeOptions options() {
    return {.certificates = made_->certificates(), .ca_file = made_->ca_file()};
  }
  static SmimeOptions with_lists() {
    auto all = options();
    all.crl_folder = lists();
    return all;
  }
  static std::unique_ptr<Smime> open(const SmimeOptions& options) {
    auto smime = open_smime(options);
    EXPECT_TRUE(smime.has_value()) << (smime ? "" : smime.error().describe());
    return std::move(*smime);
  }
  static KeyState state(Smime& smime, const std::string& address) {
    return smime.find(*mail::Address::parse(address), system_clock().now()).state;
  }
  static std::string crl_of(Smime& smime, const std::string& address) {
    const auto list = smime.list();
    for (const auto& each : *list) {
      if (each.addresses == std::vector<std::string>{address}) {
        return each.crl;
      }
    }
    return "none";
  }
  // What `issuer` says from `from` to `until`.
  static void make_list(const std::string& issuer, const std::string& name, const std::string& from,
                        const std::string& until, const std::string& more = "") {
    must_run("openssl ca -gencrl -config " + made_->file("ca.cnf") + " -cert " +
             made_->file(issuer) + ".pem -keyfile " + made_->file(issuer) +
             ".key -crl_lastupdate " + from + " -crl_nextupdate " + until + " " + more + " -out " +
             lists() + "/" + name + " 2>&1");
  }

  static std::unique_ptr<testing::SmimeFixture> made_;
};
std::unique_ptr<testing::SmimeFixture> CertificatesTest::made_;

TEST_F(CertificatesTest, AddressesAreComparedAsConfigured) {
  publish({.name = "mixed", .alternative_name = "email:Ann.Lee@Example.ORG"});
  publish({.name = "utf8",
           .alternative_name =
               "@s\n[s]\notherName=1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8:j\xc3\xb6rg@b\xc3\xbc"
               "cher.example"});
  publish({.name = "alabel", .alternative_name = "email:info@xn--bcher-kva.example"});
  publish({.name = "san-first",
           .subject = "/CN=hidden@example.org/emailAddress=other@example.org",
           .alternative_name = "DNS:example.org,email:san@example.org"});
  publish({.name = "cn-only", .subject = "/CN=cn@example.org", .alternative_name = ""});
  struct Case {
    std::string address;
    bool loose, exact;
  };
  const Case cases[] = {
      {"Ann.Lee@example.org", true, true},
      {"ann.lee@example.org", true, false},
      {"ANN.LEE@EXAMPLE.ORG", true, false},
      {"annlee@example.org", false, false},
      {"j\xc3\xb6rg@b\xc3\xbc"
       "cher.example",
       true, true},
      {"j\xc3\xb6rg@xn--bcher-kva.example", true, true},
      {"J\xc3\xb6RG@xn--bcher-kva.example", true, false},
      {"info@b\xc3\xbc"
       "cher.example",
       true, true},
      {"san@example.org", true, true},
      {"other@example.org", false, false},
      {"hidden@example.org", false, false},
      {"cn@example.org", false, false},
  };
  const auto loose = open(options());
  auto exactly = options();
  exactly.exact_local = true;
  const auto exact = open(exactly);
  for (const auto& each : cases) {
    EXPECT_EQ(state(*loose, each.address), each.loose ? KeyState::valid : KeyState::none)
        << each.address;
    EXPECT_EQ(state(*exact, each.address), each.exact ? KeyState::valid : KeyState::none)
        << each.address;
  }
}

TEST_F(CertificatesTest, TheNewestValidOneComesFirst) {
  publish({.name = "older", .alternative_name = "email:a@example.org"});
  publish({.name = "newer",
           .alternative_name = "email:a@example.org",
           .dates = "20240101000000Z 20300101000000Z"});
  publish({.name = "over",
           .alternative_name = "email:a@example.org",
           .dates = "20250101000000Z 20250601000000Z"});
  const auto fact =
      open(options())->find(*mail::Address::parse("a@example.org"), system_clock().now());
  EXPECT_EQ(fact.state, KeyState::valid);
  EXPECT_EQ(fact.fingerprint->str(), made_->fingerprint("newer"));
}

TEST_F(CertificatesTest, FreshStaleAndMissingListsAreThreeStates) {
  publish({.name = "good", .alternative_name = "email:good@example.org"});
  publish({.name = "gone", .alternative_name = "email:gone@example.org"});
  must_run("openssl ca -config " + made_->file("ca.cnf") + " -cert " + made_->file("ca.pem") +
           " -keyfile " + made_->file("ca.key") + " -revoke " + made_->file("gone.pem") + " 2>&1");
  const auto smime = open(with_lists());
  EXPECT_EQ(state(*smime, "good@example.org"), KeyState::unknown) << "no list: missing";
  EXPECT_EQ(crl_of(*smime, "good@example.org"), "missing");

  make_list("ca", "ca.crl", "20200101000000Z", "20200201000000Z");
  EXPECT_EQ(state(*smime, "good@example.org"), KeyState::unknown) << "stale";
  EXPECT_EQ(crl_of(*smime, "good@example.org"), "stale");
  EXPECT_EQ(state(*smime, "gone@example.org"), KeyState::revoked) << "also in a stale one";

  must_run("cp " + lists() + "/ca.crl " + made_->file("stale.crl"));
  make_list("ca", "ca.crl", "20200101000000Z", "20400101000000Z");
  EXPECT_EQ(state(*smime, "good@example.org"), KeyState::valid);
  EXPECT_EQ(state(*smime, "gone@example.org"), KeyState::revoked);

  must_run("cp " + made_->file("stale.crl") + " " + lists() + "/ca.crl");
  auto strict = with_lists();
  strict.stale_crl = KeyState::unusable;
  EXPECT_EQ(state(*open(strict), "good@example.org"), KeyState::unusable);
  must_run("rm " + lists() + "/ca.crl");
  auto lenient = with_lists();
  lenient.missing_crl = KeyState::valid;
  EXPECT_EQ(state(*open(lenient), "good@example.org"), KeyState::valid);
}

TEST_F(CertificatesTest, AListCountsWhenItsOwnCaSignedItAndItIsWholeAndBegun) {
  publish({.name = "plain", .alternative_name = "email:plain@example.org"});
  const auto smime = open(with_lists());
  const std::string now = "20200101000000Z";
  const std::string end = "20400101000000Z";
  struct Case {
    std::string what, issuer, from, extension;
    KeyState state;
  };
  const Case cases[] = {
      {"its own", "ca", now, "", KeyState::valid},
      {"another CA's", "other-ca", now, "", KeyState::unknown},
      {"from the future", "ca", "20390101000000Z", "", KeyState::unknown},
      {"a delta", "ca", now, "deltaCRL=critical,ASN1:INTEGER:1\n", KeyState::unknown},
      {"critical and unknown", "ca", now, "1.2.3.4=critical,ASN1:NULL\n", KeyState::unknown},
      {"for users", "ca", now, "issuingDistributionPoint=critical,@i\n[i]\nonlyuser=TRUE\n",
       KeyState::valid},
      {"for CAs", "ca", now, "issuingDistributionPoint=critical,@i\n[i]\nonlyCA=TRUE\n",
       KeyState::unknown},
      {"for another point", "ca", now,
       "issuingDistributionPoint=critical,@i\n[i]\nfullname=URI:http://ca.example/7.crl\n",
       KeyState::unknown},
      {"indirect", "ca", now, "issuingDistributionPoint=critical,@i\n[i]\nindirectCRL=TRUE\n",
       KeyState::unknown},
  };
  for (const auto& each : cases) {
    testing::write_file(made_->file("crl.ext"), "[e]\n" + each.extension);
    must_run("rm -f " + lists() + "/*");
    must_run("cat " + made_->file("ca.cnf") + " " + made_->file("crl.ext") + " > " +
             made_->file("crl.cnf"));
    must_run("openssl ca -gencrl -config " + made_->file("crl.cnf") + " -cert " +
             made_->file(each.issuer) + ".pem -keyfile " + made_->file(each.issuer) +
             ".key -crl_lastupdate " + each.from + " -crl_nextupdate " + end +
             (each.extension.empty() ? "" : " -crlexts e") + " -out " + lists() + "/x 2>&1");
    EXPECT_EQ(state(*smime, "plain@example.org"), each.state) << each.what;
  }
}

TEST_F(CertificatesTest, AnIntermediatesRevocationCountsToo) {
  made_->make({.name = "mid",
               .subject = "/CN=Mid CA",
               .key_usage = "critical,keyCertSign,cRLSign",
               .extended_usage = "",
               .is_ca = true});
  made_->publish("mid");
  publish({.name = "leaf", .alternative_name = "email:leaf@example.org", .issuer = "mid"});
  make_list("mid", "mid.crl", "20200101000000Z", "20400101000000Z");
  const auto smime = open(with_lists());
  EXPECT_EQ(state(*smime, "leaf@example.org"), KeyState::unknown) << "the root has no list";
  make_list("ca", "ca.crl", "20200101000000Z", "20400101000000Z");
  EXPECT_EQ(state(*smime, "leaf@example.org"), KeyState::valid);
  must_run("openssl ca -config " + made_->file("ca.cnf") + " -cert " + made_->file("ca.pem") +
           " -keyfile " + made_->file("ca.key") + " -revoke " + made_->file("mid.pem") + " 2>&1");
  make_list("ca", "ca.crl", "20200101000000Z", "20400101000000Z");
  EXPECT_EQ(state(*smime, "leaf@example.org"), KeyState::revoked);
}

// root, mid, leaf: mid's list is over, the root publishes none.
TEST_F(CertificatesTest, AStaleListDoesNotHideBehindAMissingOne) {
  made_->make({.name = "mid",
               .subject = "/CN=Mid CA",
               .key_usage = "critical,keyCertSign,cRLSign",
               .extended_usage = "",
               .is_ca = true});
  made_->publish("mid");
  publish({.name = "leaf", .alternative_name = "email:leaf@example.org", .issuer = "mid"});
  make_list("mid", "mid.crl", "20200101000000Z", "20200201000000Z");
  struct Case {
    KeyState stale, missing, expected;
    std::string decided;
  };
  const Case cases[] = {
      {KeyState::unusable, KeyState::valid, KeyState::unusable, "stale"},
      {KeyState::unusable, KeyState::unknown, KeyState::unusable, "stale"},
      {KeyState::unusable, KeyState::unusable, KeyState::unusable, "missing"},
      {KeyState::unknown, KeyState::valid, KeyState::unknown, "stale"},
      {KeyState::unknown, KeyState::unknown, KeyState::unknown, "missing"},
      {KeyState::unknown, KeyState::unusable, KeyState::unusable, "missing"},
  };
  for (const auto& each : cases) {
    auto rules = with_lists();
    rules.stale_crl = each.stale;
    rules.missing_crl = each.missing;
    const auto smime = open(rules);
    EXPECT_EQ(state(*smime, "leaf@example.org"), each.expected) << each.decided;
    EXPECT_EQ(crl_of(*smime, "leaf@example.org"), each.decided);
  }
  auto lenient = with_lists();
  lenient.missing_crl = KeyState::valid;
  make_list("mid", "mid.crl", "20200101000000Z", "20400101000000Z");
  EXPECT_EQ(state(*open(lenient), "leaf@example.org"), KeyState::valid);
}

// A link that leads in a circle stands for whatever cannot be read and leaves the folder unchanged
// when it can be again.
TEST_F(CertificatesTest, AFileThatCannotBeReadIsNotAnAnswer) {
  publish({.name = "one", .alternative_name = "email:one@example.org"});
  made_->make({.name = "two", .alternative_name = "email:two@example.org"});
  const std::string outside = made_->file("outside");
  must_run("rm -f " + outside + " && ln -s " + outside + " " + outside + " && ln -s " + outside +
           " " + made_->certificates() + "/two.pem");
  const auto smime = open(options());
  EXPECT_EQ(state(*smime, "one@example.org"), KeyState::valid);
  EXPECT_EQ(state(*smime, "two@example.org"), KeyState::unknown);
  const auto facts =
      smime->find_all(*mail::Address::parse("two@example.org"), system_clock().now());
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts[0].state, KeyState::unknown);
  EXPECT_EQ(
      smime->by_fingerprint(*FingerprintId::parse(made_->fingerprint("two")), system_clock().now())
          .state,
      KeyState::unknown);

  must_run("cp " + made_->file("two.pem") + " " + outside + ".new && mv " + outside + ".new " +
           outside);
  EXPECT_EQ(state(*smime, "two@example.org"), KeyState::valid) << "tried again";
  EXPECT_EQ(state(*smime, "three@example.org"), KeyState::none);

  must_run("rm " + outside + " && ln -s " + outside + " " + outside + " && touch -h " +
           made_->certificates() + "/two.pem");
  EXPECT_EQ(state(*smime, "two@example.org"), KeyState::unknown) << "known from before";
  must_run("rm " + made_->certificates() + "/two.pem " + outside);
  EXPECT_EQ(state(*smime, "two@example.org"), KeyState::none);

  must_run("mkdir " + made_->certificates() + "/folder.pem");
  EXPECT_EQ(state(*smime, "two@example.org"), KeyState::none) << "a folder is no file";
  must_run("truncate -s 17M " + made_->certificates() + "/large.pem");
  EXPECT_EQ(state(*smime, "two@example.org"), KeyState::unknown) << "too large to be read";
}

TEST_F(CertificatesTest, AListThatCannotBeReadIsNotMissing) {
  publish({.name = "gone", .alternative_name = "email:gone@example.org"});
  must_run("openssl ca -config " + made_->file("ca.cnf") + " -cert " + made_->file("ca.pem") +
           " -keyfile " + made_->file("ca.key") + " -revoke " + made_->file("gone.pem") + " 2>&1");
  make_list("ca", "ca.crl", "20200101000000Z", "20400101000000Z");
  const std::string outside = made_->file("outside.crl");
  must_run("cp " + lists() + "/ca.crl " + made_->file("good.crl") + " && rm -f " + lists() +
           "/ca.crl " + outside + " && mkdir " + lists() + "/old && ln -s " + outside + " " +
           outside + " && ln -s " + outside + " " + lists() + "/ca.crl");
  auto lenient = with_lists();
  lenient.missing_crl = KeyState::valid;
  const auto smime = open(lenient);
  EXPECT_EQ(state(*smime, "gone@example.org"), KeyState::unknown);
  EXPECT_EQ(crl_of(*smime, "gone@example.org"), "unread");
  must_run("rm " + outside + " && cp " + made_->file("good.crl") + " " + outside);
  EXPECT_EQ(state(*smime, "gone@example.org"), KeyState::revoked) << "tried again";
  must_run("rm " + outside + " && ln -s " + outside + " " + outside + " && touch -h " + lists() +
           "/ca.crl");
  EXPECT_EQ(state(*smime, "gone@example.org"), KeyState::revoked) << "known from before";
  must_run("rm " + lists() + "/ca.crl " + outside);
  EXPECT_EQ(state(*smime, "gone@example.org"), KeyState::valid) << "missing, as configured";
}

TEST_F(CertificatesTest, ListsNeedACaToBeBelieved) {
  auto wrong = with_lists();
  wrong.ca_file = "";
  const auto smime = open_smime(wrong);
  ASSERT_FALSE(smime.has_value());
  EXPECT_EQ(smime.error().kind, FaultKind::configuration);
}

TEST_F(CertificatesTest, CapabilitiesInTheCertificateChooseTheForm) {
  // SEQUENCE OF { aes256-GCM }, { rsaesOaep with parameters }, { aes256-CBC }
  publish({.name = "able",
           .alternative_name =
               "email:able@example.org\n1.2.840.113549.1.9.15=DER:30:29:30:0b:06:09:60:86:48:01:65:"
               "03:04:01:2e:30:0d:06:09:2a:86:48:86:f7:0d:01:01:07:30:00:30:0b:06:09:60:86:48:"
               "01:65:03:04:01:2a"});
  publish(
      {.name = "broken",
       .alternative_name = "email:broken@example.org\n1.2.840.113549.1.9.15=DER:30:05:30:83:06"});
  const auto smime = open(options());
  const auto form = [&](const std::string& address) {
    return smime->find(*mail::Address::parse(address), system_clock().now()).cms;
  };
  EXPECT_EQ(form("able@example.org"), (policy::CmsForm{true, true}));
  EXPECT_EQ(form("broken@example.org"), policy::CmsForm{});
}

}  // namespace
}  // namespace phimilter::protect
