// SPDX-License-Identifier: Apache-2.0
#include "gpg_fixture.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace phimilter::protect::testing {

GpgFixture::GpgFixture() {
  folder_.home("s");
  folder_.home("g");
  write_file(folder_.file("s") + "/gpg.conf", "no-random-seed-file\ntrust-model always\n");
  const std::string make = "--quick-gen-key ";
  gpg(make + "'Ann Modern <ann@example.org>' future-default default never");
  gpg(make + "'Bob Classic <bob@example.org>' rsa2048 sign never && " + "gpg --homedir " +
      secret_home() +
      " --batch --passphrase '' --pinentry-mode loopback --quick-add-key $(gpg --homedir " +
      secret_home() +
      " --with-colons -k bob@example.org | awk -F: '/^fpr/{print $10; exit}') rsa2048 encr never");
  gpg("--faked-system-time 20200101T000000 " + make +
      "'Old <old@example.org>' future-default default 1d");
  gpg(make + "'Rev <rev@example.org>' future-default default never");
  gpg(make + "'Signs Only <sign@example.org>' ed25519 sign never");
  const std::string revoked = fingerprint("rev@example.org");
  must_run("f=$(ls " + secret_home() + "/openpgp-revocs.d/ | grep -i " + revoked +
           ") && sed -i 's/^:---/---/' " + secret_home() +
           "/openpgp-revocs.d/$f && gpg --homedir " + secret_home() + " --batch --quiet --import " +
           secret_home() + "/openpgp-revocs.d/$f");
}

std::string GpgFixture::gpg(const std::string& arguments) const {
  return must_run("gpg --homedir " + secret_home() +
                  " --batch --quiet --passphrase '' --pinentry-mode loopback " + arguments);
}

std::string GpgFixture::column(const std::string& address, const std::string& record,
                               int field) const {
  return ascii_lower(
      trim(must_run("gpg --homedir " + secret_home() + " --batch --with-colons -k " + address +
                    " | awk -F: '/^" + record + "/{print $" + std::to_string(field) + "; exit}'")));
}

std::string GpgFixture::fingerprint(const std::string& address) const {
  return column(address, "fpr", 10);
}

std::string GpgFixture::encryption_key_id(const std::string& address) const {
  return column(address, "sub", 5);
}

std::string GpgFixture::exported(const std::string& address) const {
  return must_run("gpg --homedir " + secret_home() + " --batch --quiet --export " + address);
}

std::string GpgFixture::decrypted(const std::string& file) const {
  gpg("--yes -o " + file + ".clear --decrypt " + file + " 2>/dev/null");
  return file_bytes(file + ".clear");
}

}  // namespace phimilter::protect::testing
