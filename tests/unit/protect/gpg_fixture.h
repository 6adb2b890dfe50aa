// SPDX-License-Identifier: Apache-2.0
//
// Keys made by gpg: a home of the recipients with the secret keys, and a home for the gateway with
// the public ones.
#pragma once

#include <string>

#include "support.h"

namespace phimilter::protect::testing {

class GpgFixture {
 public:
  GpgFixture();
  const TestFolder& folder() const { return folder_; }
  std::string secret_home() const { return folder_.file("s"); }
  std::string gateway_home() const { return folder_.file("g"); }
  std::string fingerprint(const std::string& address) const;  // lower-case hex
  // Key id of the encryption subkey, lower-case hex.
  std::string encryption_key_id(const std::string& address) const;
  std::string exported(const std::string& address) const;  // binary public key
  // `gpg --decrypt` of armor in `file`; the plaintext's bytes.
  std::string decrypted(const std::string& file) const;
  std::string gpg(const std::string& arguments) const;  // on the secret home

 private:
  std::string column(const std::string& address, const std::string& record, int field) const;
  TestFolder folder_;
};

}  // namespace phimilter::protect::testing
