// SPDX-License-Identifier: Apache-2.0
#include "smime_fixture.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/encoding.h"

namespace phimilter::protect::testing {

SmimeFixture::SmimeFixture() {
  mkdir(certificates().c_str(), 0755);
  write_file(file("ca.cnf"),
             "[ca]\ndefault_ca = d\n[d]\nnew_certs_dir = " + folder_.path() +
                 "\ndatabase = " + file("index") +
                 "\nrand_serial = yes\ndefault_md = sha256\npolicy = p\nunique_subject = no\n"
                 "email_in_dn = yes\n[p]\ncommonName = optional\nemailAddress = optional\n"
                 "organizationName = optional\n");
  write_file(file("index"), "");
  const std::string sign = "critical,keyCertSign,cRLSign";
  make({.name = "ca",
        .subject = "/CN=Test CA",
        .alternative_name = "",
        .key_usage = sign,
        .extended_usage = "",
        .issuer = "",
        .is_ca = true});
  make({.name = "other-ca",
        .subject = "/CN=Other CA",
        .alternative_name = "",
        .key_usage = sign,
        .extended_usage = "",
        .issuer = "",
        .is_ca = true});
}

void SmimeFixture::make(const CertificateRequest& request) const {
  const auto colon = request.key_type.find(':');
  const std::string kind = request.key_type.substr(0, colon);
  const std::string size = colon == std::string::npos ? "" : request.key_type.substr(colon + 1);
  const std::string algorithm = kind == "rsa"  ? "-algorithm RSA -pkeyopt rsa_keygen_bits:" + size
                                : kind == "ec" ? "-algorithm EC -pkeyopt ec_paramgen_curve:" + size
                                               : "-algorithm " + kind;
  const std::string base = file(request.name);
  std::string extensions =
      std::string("basicConstraints=critical,CA:") + (request.is_ca ? "TRUE" : "FALSE") + "\n";
  extensions += request.key_usage.empty() ? "" : "keyUsage=" + request.key_usage + "\n";
  extensions +=
      request.extended_usage.empty() ? "" : "extendedKeyUsage=" + request.extended_usage + "\n";
  extensions +=
      request.alternative_name.empty() ? "" : "subjectAltName=" + request.alternative_name + "\n";
  write_file(base + ".ext", extensions);
  must_run("openssl genpkey " + algorithm + " -out " + base + ".key 2>&1");
  must_run("openssl req -new -utf8 -key " + base + ".key -subj '" + request.subject + "' -out " +
           base + ".csr");
  const auto blank = request.dates.find(' ');
  const std::string issuer =
      request.issuer.empty()
          ? "-selfsign -keyfile " + base + ".key"
          : "-cert " + file(request.issuer) + ".pem -keyfile " + file(request.issuer) + ".key";
  must_run("openssl ca -batch -notext -config " + file("ca.cnf") + " -in " + base + ".csr -out " +
           base + ".pem -extfile " + base + ".ext -startdate " + request.dates.substr(0, blank) +
           " -enddate " + request.dates.substr(blank + 1) + " " + issuer + " 2>&1");
}

void SmimeFixture::publish(const std::string& name) const {
  must_run("cp " + file(name) + ".pem " + certificates() + "/" + name + ".pem");
}

std::string SmimeFixture::fingerprint(const std::string& name) const {
  std::string text =
      must_run("openssl x509 -in " + file(name) + ".pem -noout -fingerprint -sha256");
  text = text.substr(text.find('=') + 1);
  std::erase(text, ':');
  return ascii_lower(trim(text));
}

}  // namespace phimilter::protect::testing
