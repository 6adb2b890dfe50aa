// SPDX-License-Identifier: Apache-2.0
//
// Certificates made by the openssl command: a CA, recipients of several kinds, and the
// organisation's signer.
#pragma once

#include <string>

#include "support.h"

namespace phimilter::protect::testing {

struct CertificateRequest {
  std::string name;  // of the files NAME.pem and NAME.key
  std::string subject = "/CN=Somebody";
  std::string alternative_name = {};  // "email:a@b"; empty: none
  std::string key_type = "rsa:2048";  // or "ec:P-256", "ec:P-521", "ed25519"
  std::string key_usage = "critical,keyEncipherment,digitalSignature";
  std::string extended_usage = "emailProtection";  // empty: none
  std::string issuer = "ca";                       // "": self-signed
  std::string dates = "20200101000000Z 20400101000000Z";
  bool is_ca = false;
};

class SmimeFixture {
 public:
  SmimeFixture();
  const TestFolder& folder() const { return folder_; }
  std::string file(const std::string& name) const { return folder_.file(name); }
  std::string certificates() const { return folder_.file("certs"); }
  std::string ca_file() const { return folder_.file("ca.pem"); }
  void make(const CertificateRequest& request) const;
  void publish(const std::string& name) const;  // into certificates()
  std::string fingerprint(const std::string& name) const;

 private:
  TestFolder folder_;
};

}  // namespace phimilter::protect::testing
