// SPDX-License-Identifier: Apache-2.0
#include "protect/certificate_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"
#include "smime_fixture.h"

namespace phimilter::protect {
namespace {

using policy::KeyState;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::must_run;
using Kind = CertificateOutcome::Kind;

const std::string kOld = "20200101000000Z 20210101000000Z";

class CertificateDeskTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    made_ = std::make_unique<testing::SmimeFixture>();
    const std::vector<testing::CertificateRequest> requests = {
        {.name = "ann", .subject = "/CN=Ann", .alternative_name = "email:ann@example.org"},
        {.name = "ann2", .subject = "/CN=Ann", .alternative_name = "email:ann@example.org"},
        {.name = "late",
         .alternative_name = "email:late@example.org",
         .dates = "20390101000000Z 20400101000000Z"},
        {.name = "old", .alternative_name = "email:old@example.org", .dates = kOld},
        {.name = "web",
         .alternative_name = "email:web@example.org",
         .extended_usage = "serverAuth"},
        {.name = "sign",
         .alternative_name = "email:sign@example.org",
         .key_usage = "digitalSignature"},
        {.name = "short", .alternative_name = "email:short@example.org", .key_type = "rsa:1024"},
        {.name = "pss",
         .alternative_name = "email:pss@example.org",
         .key_type = "rsa-pss:2048",
         .key_usage = "digitalSignature"},
        {.name = "x",
         .alternative_name = "email:x@example.org",
         .key_type = "ed25519",
         .key_usage = "digitalSignature"},
        {.name = "nobody", .subject = "/CN=No Address", .alternative_name = ""},
        {.name = "foreign", .alternative_name = "email:foreign@example.org", .issuer = "other-ca"},
        {.name = "middle",
         .subject = "/CN=Middle CA",
         .key_usage = "critical,keyCertSign,cRLSign",
         .extended_usage = "",
         .is_ca = true},
        {.name = "below", .alternative_name = "email:below@example.org", .issuer = "middle"},
        {.name = "webca",
         .subject = "/CN=Web CA",
         .key_usage = "critical,keyCertSign,cRLSign",
         .extended_usage = "serverAuth",
         .is_ca = true},
        {.name = "belowweb", .alternative_name = "email:belowweb@example.org", .issuer = "webca"},
    };
    for (const auto& request : requests) {
      made_->make(request);
    }
  }
  static void TearDownTestSuite() { made_.reset(); }

  void SetUp() override { must_run("rm -rf " + folder() + " && mkdir " + folder()); }

  static std::string folder() { return made_->file("store"); }
  static std::string bytes(const std::string& name) {
    return testing::file_bytes(made_->file(name));
  }
  static std::string pem(const std::string& name) { return bytes(name + ".pem"); }
  static std::unique_ptr<CertificateDesk> desk(const SmimeOptions& options) {
    auto desk = open_certificate_desk(options);
    EXPECT_TRUE(desk.has_value()) << (desk ? "" : desk.error().describe());
    return std::move(*desk);
  }
  static std::unique_ptr<CertificateDesk> desk() {
    return desk({.certificates = folder(), .ca_file = made_->ca_file()});
  }
  static std::vector<CertificateOutcome> import(const std::string& content) {
    auto outcomes = desk()->import({{"file", content}}, false, system_clock().now());
    EXPECT_TRUE(outcomes.has_value()) << (outcomes ? "" : outcomes.error().describe());
    return outcomes ? *outcomes : std::vector<CertificateOutcome>();
  }
  static std::string files_in_store() { return must_run("ls " + folder()); }

  static std::unique_ptr<testing::SmimeFixture> made_;
};
std::unique_ptr<testing::SmimeFixture> CertificateDeskTest::made_;

TEST_F(CertificateDeskTest, ReadsEveryFormThatCertificatesComeIn) {
  const std::string at = made_->file("");
  must_run("cd " + at + " && openssl x509 -in ann.pem -outform DER -out ann.der" +
           " && openssl crl2pkcs7 -nocrl -certfile ann.pem -certfile below.pem -certfile "
           "middle.pem -out bundle.pem.p7b" +
           " && openssl crl2pkcs7 -nocrl -certfile ann.pem -certfile below.pem -certfile "
           "middle.pem -outform DER -out bundle.p7b" +
           " && echo hello | openssl cms -sign -signer ann.pem -inkey ann.key -certfile "
           "middle.pem -outform DER -out mail.p7s" +
           " && openssl x509 -in ann.pem -outform DER | base64 > bare.b64" +
           " && sed 's/$/\\r/' ann.pem > dos.pem && cat ann.der below.pem > /dev/null" +
           " && (echo Bag Attributes; cat ann.pem; echo text; cat below.pem middle.pem) > bag.pem");
  struct Case {
    std::string file;
    std::vector<std::string> certificates;
  };
  const Case cases[] = {
      {"ann.pem", {"ann"}},
      {"dos.pem", {"ann"}},
      {"ann.der", {"ann"}},
      {"bare.b64", {"ann"}},
      {"bundle.pem.p7b", {"ann", "below", "middle"}},
      {"bundle.p7b", {"ann", "below", "middle"}},
      {"mail.p7s", {"ann", "middle"}},
      {"bag.pem", {"ann", "below", "middle"}},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.file);
    SetUp();
    const auto outcomes = import(bytes(each.file));
    std::vector<std::string> seen;
    std::vector<std::string> wanted;
    for (const auto& outcome : outcomes) {
      EXPECT_NE(outcome.kind, Kind::refused) << outcome.text;
      seen.push_back(outcome.certificate ? outcome.certificate->fingerprint.str() : "");
    }
    for (const auto& name : each.certificates) {
      wanted.push_back(made_->fingerprint(name));
      EXPECT_THAT(files_in_store(), HasSubstr(wanted.back() + ".pem"));
    }
    EXPECT_THAT(seen, ::testing::UnorderedElementsAreArray(wanted));
  }
}

TEST_F(CertificateDeskTest, SaysWhatIsWrongWithAFileAndWhatToDo) {
  const std::string at = made_->file("");
  must_run("cd " + at + " && openssl pkcs12 -export -in ann.pem -inkey ann.key -passout pass: " +
           "-out ann.p12 && openssl ca -gencrl -config ca.cnf -cert ca.pem -keyfile ca.key " +
           "-crldays 30 -out ca.crl && openssl crl -in ca.crl -outform DER -out ca.crl.der" +
           " && openssl req -in ann.csr -outform DER -out ann.csr.der" +
           " && (echo; iconv -t UTF-16 ann.pem) | tail -c +2 > utf16.pem" +
           " && sed '5s/./#/g' ann.pem > damaged.pem && cat damaged.pem below.pem > half.pem");
  struct Case {
    std::string file, says;
  };
  const Case cases[] = {
      {"ann.p12", "private key"},
      {"ann.key", "private key"},
      {"ca.crl", "smime.crl_folder"},
      {"ca.crl.der", "smime.crl_folder"},
      {"ann.csr", "certificate request"},
      {"ann.csr.der", "certificate request"},
      {"utf16.pem", "UTF-16"},
      {"damaged.pem", "line 1: a certificate is damaged"},
      {"half.pem", "line 1: a certificate is damaged"},
      {"ca.cnf", "neither PEM nor DER nor PKCS #7"},
  };
  for (const auto& each : cases) {
    const auto outcomes = import(bytes(each.file));
    const auto problem = std::find_if(outcomes.begin(), outcomes.end(), [](const auto& outcome) {
      return !outcome.certificate && outcome.kind == Kind::refused;
    });
    ASSERT_NE(problem, outcomes.end()) << each.file;
    EXPECT_THAT(problem->text, HasSubstr(each.says)) << each.file;
  }
  EXPECT_THAT(import("")[0].text, HasSubstr("empty"));
}

TEST_F(CertificateDeskTest, JudgesEachCertificateOfAFileOnItsOwn) {
  struct Case {
    std::string name;
    Kind kind;
    std::string says;
  };
  const Case cases[] = {
      {"ann", Kind::taken, ""},
      {"late", Kind::taken, "not valid before 2039-01-01"},
      {"old", Kind::refused, "expired on 2021-01-01"},
      {"web", Kind::refused, "emailProtection"},
      {"sign", Kind::refused, "keyEncipherment"},
      {"short", Kind::refused, "2048"},
      {"pss", Kind::refused, "only signs"},
      {"x", Kind::refused, "only signs"},
      {"nobody", Kind::refused, "no mail address"},
      {"foreign", Kind::refused, "smime.ca_file"},
      {"below", Kind::taken, ""},
      {"middle", Kind::helper, "complete chains"},
      {"ca", Kind::skipped, "smime.ca_file alone"},
      {"webca", Kind::helper, ""},
      {"belowweb", Kind::refused, "not meant for mail"},
      {"ann", Kind::present, ""},
  };
  std::string all;
  for (const auto& each : cases) {
    all += pem(each.name);
  }
  const auto outcomes = import(all);
  ASSERT_EQ(outcomes.size(), std::size(cases));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(outcomes[i].kind, cases[i].kind) << cases[i].name << ": " << outcomes[i].text;
    EXPECT_THAT(outcomes[i].text, HasSubstr(cases[i].says)) << cases[i].name;
    ASSERT_TRUE(outcomes[i].certificate);
    EXPECT_EQ(outcomes[i].certificate->fingerprint.str(), made_->fingerprint(cases[i].name));
  }
}

TEST_F(CertificateDeskTest, ADryRunWritesNothing) {
  const auto outcomes = desk()->import({{"a", pem("ann")}}, true, system_clock().now());
  ASSERT_TRUE(outcomes.has_value());
  EXPECT_EQ((*outcomes)[0].kind, Kind::taken);
  EXPECT_THAT(files_in_store(), IsEmpty());
}

TEST_F(CertificateDeskTest, AnIntermediateThatIsMissingIsSaid) {
  const auto outcomes = import(pem("below"));
  EXPECT_EQ(outcomes[0].kind, Kind::refused);
  EXPECT_THAT(outcomes[0].text, HasSubstr("missing intermediate"));
  EXPECT_EQ(import(pem("middle"))[0].kind, Kind::helper);
  EXPECT_EQ(import(pem("below"))[0].kind, Kind::taken);
}

TEST_F(CertificateDeskTest, RemovesByFingerprintAndByAddress) {
  testing::write_file(folder() + "/several.pem", pem("ann") + pem("below") + pem("ann2"));
  testing::write_file(folder() + "/with-key.pem", pem("late") + bytes("late.key"));
  import(pem("middle"));
  const auto one = desk()->remove(made_->fingerprint("ann").substr(0, 12), false);
  ASSERT_TRUE(one.has_value()) << one.error().describe();
  ASSERT_EQ(one->size(), 1U);
  EXPECT_EQ(must_run("grep -c BEGIN " + folder() + "/several.pem"), "2\n");
  struct Case {
    std::string what, says;
  };
  const Case wrong[] = {{"abc", "at least 8 digits"},
                        {"0000000000", "no such certificate"},
                        {"nobody@example.org", "no such certificate"},
                        {"late@example.org", "by hand"}};
  for (const auto& each : wrong) {
    const auto result = desk()->remove(each.what, false);
    ASSERT_FALSE(result.has_value()) << each.what;
    EXPECT_THAT(result.error().text, HasSubstr(each.says)) << each.what;
  }
  EXPECT_TRUE(desk()->remove("ANN@example.org", true).has_value());
  EXPECT_EQ(must_run("grep -c BEGIN " + folder() + "/several.pem"), "2\n");
  EXPECT_TRUE(desk()->remove("ANN@example.org", false).has_value());
  EXPECT_TRUE(desk()->remove("below@example.org", false).has_value());
  EXPECT_TRUE(desk()->remove(made_->fingerprint("middle"), false).has_value());
  EXPECT_EQ(files_in_store(), "with-key.pem\n");
}

TEST_F(CertificateDeskTest, RemovesNothingOfAnAddressWhileAFileCannotBeRead) {
  testing::write_file(folder() + "/ann.pem", pem("ann"));
  must_run("mkdir " + folder() + "/locked.pem");
  for (const bool dry_run : {true, false}) {
    const auto gone = desk()->remove("ann@example.org", dry_run);
    ASSERT_FALSE(gone.has_value());
    EXPECT_THAT(gone.error().text,
                HasSubstr("may hold more of this address: " + folder() + "/locked.pem"));
  }
  const auto other = desk()->remove(made_->fingerprint("ann2"), true);
  ASSERT_FALSE(other.has_value());
  EXPECT_THAT(other.error().text, HasSubstr("may hold more of this fingerprint"));
  EXPECT_TRUE(desk()->remove(made_->fingerprint("ann"), false).has_value());
  must_run("rmdir " + folder() + "/locked.pem");
}

TEST_F(CertificateDeskTest, ListsWithReasonAndNamesFilesThatCannotBeUsed) {
  testing::write_file(folder() + "/all.pem", pem("old") + pem("ann"));
  testing::write_file(folder() + "/none.cer", "hello");
  const auto list = desk()->list(system_clock().now());
  ASSERT_TRUE(list.has_value());
  ASSERT_EQ(list->size(), 2U);
  const auto old = std::find_if(list->begin(), list->end(),
                                [](const auto& each) { return each.state == KeyState::expired; });
  ASSERT_NE(old, list->end());
  EXPECT_THAT(old->reason, HasSubstr("2021-01-01"));
  const auto problems = desk()->problems();
  ASSERT_EQ(problems->size(), 1U);
  EXPECT_EQ((*problems)[0].first, "none.cer");
}

}  // namespace
}  // namespace phimilter::protect
