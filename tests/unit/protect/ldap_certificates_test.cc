// SPDX-License-Identifier: Apache-2.0
//
// A real slapd on loopback, unpacked from Debian's package.
#include "protect/ldap_certificates.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "base/encoding.h"
#include "protect/certificate_files.h"
#include "smime_fixture.h"

namespace phimilter::protect {
namespace {

using Kind = NetAnswer::Kind;
using testing::must_run;

TEST(LdapFilter, NothingOfAnAddressEndsTheFilter) {
  EXPECT_EQ(ldap_escaped("ann+x@example.org"), "ann+x@example.org");
  EXPECT_EQ(ldap_escaped("a*)(mail=*"), "a\\2a\\29\\28mail\\3d\\2a");
  EXPECT_EQ(ldap_escaped(std::string("\\\0\xc3\xa9", 4)), "\\5c\\00\\c3\\a9");
}

TEST(LdapSettings, AreADomainAndAnAddress) {
  for (const char* wrong :
       {"", "hospital.example", "hospital.example http://x/dc=x", "hospital.example ldaps://host",
        "hospital.example ldaps:///dc=x", " ldaps://host/dc=x", "ldaps://host/dc=x"}) {
    EXPECT_FALSE(ldap_servers({wrong}, "").has_value()) << wrong;
  }
  const auto good = ldap_servers({"hospital.example ldaps://host:636/ou=a b,dc=x"}, "");
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good->at(0)->host(*mail::Address::parse("a@hospital.example")), "host:636");
  EXPECT_FALSE(good->at(0)->host(*mail::Address::parse("a@other.example")).has_value());
}

class Slapd : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    certs_ = std::make_unique<testing::SmimeFixture>();
    certs_->make({.name = "ann", .alternative_name = "email:ann@hospital.example"});
    certs_->make({.name = "new", .alternative_name = "email:ann@hospital.example"});
    certs_->make({.name = "server",
                  .subject = "/CN=directory",
                  .alternative_name = "IP:127.0.0.1",
                  .extended_usage = "serverAuth"});
    const std::string debian = PHIMILTER_BIN_DIR "/../debian";
    must_run(PHIMILTER_SOURCE_DIR "/packaging/unpack-packages " + debian + " >&2");
    port_ =
        trim(must_run("python3 -c \"import socket; s=socket.socket(); s.bind(('127.0.0.1',0)); "
                      "print(s.getsockname()[1])\""));
    clear_port_ =
        trim(must_run("python3 -c \"import socket; s=socket.socket(); s.bind(('127.0.0.1',0)); "
                      "print(s.getsockname()[1])\""));
    write_directory(debian + "/slapd");
    const std::string program = "LD_LIBRARY_PATH=" + debian +
                                "/slapd/usr/lib/$(uname -m)-linux-gnu " + debian +
                                "/slapd/usr/sbin/slapd ";
    const std::string settings = " -f " + certs_->file("slapd.conf");
    must_run(program + "-T add" + settings + " -l " + certs_->file("entries.ldif"));
    must_run(program + settings + " -h 'ldaps://127.0.0.1:" + port_ + " ldaps://127.0.0.2:" +
             port_ + " ldap://127.0.0.2:" + clear_port_ + " ldap://127.0.0.1:" + clear_port_ +
             "' -d 0 >/dev/null 2>&1 & echo $! > " + certs_->file("pid"));
  }
  static void TearDownTestSuite() {
    must_run("kill -9 $(cat " + certs_->file("pid") + ") 2>/dev/null || true");
    certs_.reset();
  }

  static void write_directory(const std::string& slapd) {
    std::string conf;
    for (const char* schema : {"core", "cosine", "inetorgperson"}) {
      conf += "include " + slapd + "/etc/ldap/schema/" + schema + ".schema\n";
    }
    must_run("mkdir " + certs_->file("db"));
    conf += "modulepath " + slapd + "/usr/lib/ldap\nmoduleload back_mdb\nTLSCertificateFile " +
            certs_->file("server.pem") + "\nTLSCertificateKeyFile " + certs_->file("server.key") +
            "\ndatabase mdb\nsuffix dc=hospital,dc=example\ndirectory " + certs_->file("db") + "\n";
    testing::write_file(certs_->file("slapd.conf"), conf);
    testing::write_file(
        certs_->file("entries.ldif"),
        "dn: dc=hospital,dc=example\nobjectClass: dcObject\nobjectClass: organization\n"
        "dc: hospital\no: Hospital\n\n" +
            entry("ann", "ann@hospital.example", {"ann", "new"}) +
            entry("bare", "bare@hospital.example", {}));
  }
  static std::string entry(const std::string& name, const std::string& address,
                           const std::vector<std::string>& certificates) {
    std::string text = "dn: cn=" + name +
                       ",dc=hospital,dc=example\nobjectClass: inetOrgPerson\ncn: " + name +
                       "\nsn: " + name + "\nmail: " + address + "\n";
    for (const std::string& each : certificates) {
      text += "userCertificate;binary:: " +
              must_run("openssl x509 -in " + certs_->file(each + ".pem") +
                       " -outform DER | base64 -w0") +
              "\n";
    }
    return text + "\n";
  }
  static NetAnswer ask(const std::string& address, const std::string& url,
                       const std::string& ca = certs_->ca_file()) {
    const auto servers = ldap_servers({"* " + url + "/dc=hospital,dc=example"}, ca);
    return servers->at(0)->ask(*mail::Address::parse(address),
                               std::chrono::steady_clock::now() + std::chrono::seconds(30));
  }
  static std::string secure() { return "ldaps://127.0.0.1:" + port_; }

  static std::unique_ptr<testing::SmimeFixture> certs_;
  static std::string port_, clear_port_;
};
std::unique_ptr<testing::SmimeFixture> Slapd::certs_;
std::string Slapd::port_, Slapd::clear_port_;

TEST_F(Slapd, FindsTheCertificatesOfTheAddress) {
  ASSERT_TRUE(testing::eventually([] {
    return ask("ann@hospital.example", secure()).kind == Kind::found;
  })) << ask("ann@hospital.example", secure()).why;
  const auto answer = ask("ann@hospital.example", secure());
  ASSERT_EQ(answer.keys.size(), 1U);
  EXPECT_EQ(read_certificate_file(answer.keys[0]).certificates.size(), 2U);
  const auto with_start_tls = ask("ann@hospital.example", "ldap://127.0.0.1:" + clear_port_);
  EXPECT_EQ(with_start_tls.kind, Kind::found) << with_start_tls.why;
  EXPECT_EQ(ask("ann@hospital.example", "ldap://127.0.0.2:" + clear_port_).kind, Kind::unknown)
      << "StartTLS with a certificate for another name";
}

TEST_F(Slapd, NobodyAndNothingAreNone) {
  ASSERT_TRUE(testing::eventually(
      [] { return ask("ann@hospital.example", secure()).kind == Kind::found; }));
  for (const char* address : {"bare@hospital.example", "nobody@hospital.example",
                              "*@hospital.example", "\"ann@hospital.example)(cn=*\"@x.example"}) {
    const auto answer = ask(address, secure());
    EXPECT_EQ(answer.kind, Kind::none) << address << " " << answer.why;
  }
}

TEST_F(Slapd, AServerThatCannotBeBelievedOrReachedIsUnknown) {
  EXPECT_EQ(ask("ann@hospital.example", secure(), certs_->file("ann.pem")).kind, Kind::unknown);
  EXPECT_EQ(ask("ann@hospital.example", "ldaps://127.0.0.2:" + port_).kind, Kind::unknown)
      << "the certificate is for another name";
  EXPECT_EQ(ask("ann@hospital.example", "ldaps://127.0.0.1:1").kind, Kind::unknown);
}

}  // namespace
}  // namespace phimilter::protect
