// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/encoding.h"
#include "base/files.h"
#include "escrow/seal_keys.h"
#include "escrow/support.h"

namespace phimilter::escrow {
namespace {

using phimilter::test::run_program;
using test::fault_of;

unsigned mode_of(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777;
}

TEST(VaultKeys, AreReadByOpenssl) {
  const phimilter::test::TempFolder folder;
  const std::string private_file = folder.path() + "/portal.key";
  const std::string public_file = folder.path() + "/portal.pub";
  ASSERT_EQ(fault_of(generate_keys(private_file, public_file)), "");
  EXPECT_EQ(mode_of(private_file), 0600u);
  EXPECT_EQ(mode_of(public_file), 0644u);
  const auto shown = run_program("openssl pkey -in " + private_file + " -noout -text");
  EXPECT_NE(shown.output.find("X25519 Private-Key"), std::string::npos);
  const auto derived = run_program("openssl pkey -in " + private_file + " -pubout");
  EXPECT_EQ(derived.output, *read_file(public_file, 4096));
}

TEST(VaultKeys, AreTheBytesThatOpensslMade) {
  const phimilter::test::TempFolder folder;
  const test::OpensslKeys keys(folder);
  const auto der = run_program("openssl pkey -pubin -in " + keys.public_file +
                               " -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \\n'");
  EXPECT_EQ(hex(*read_public_key(keys.public_file)), der.output);
  const auto private_der =
      run_program("openssl pkey -in " + keys.private_file +
                  " -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \\n'");
  EXPECT_EQ(hex(read_private_key(keys.private_file)->span()), private_der.output);
}

TEST(VaultKeys, AreNeverOverwritten) {
  const phimilter::test::TempFolder folder;
  const std::string private_file = folder.path() + "/portal.key";
  const std::string public_file = folder.path() + "/portal.pub";
  ASSERT_EQ(fault_of(generate_keys(private_file, public_file)), "");
  const auto before = read_file(private_file, 4096);
  const auto again = generate_keys(private_file, public_file);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().kind, FaultKind::configuration);
  EXPECT_EQ(*read_file(private_file, 4096), *before);
  // Half a pair is in the way too, whichever half it is.
  EXPECT_FALSE(generate_keys(private_file, folder.path() + "/new.pub").has_value());
  EXPECT_FALSE(generate_keys(folder.path() + "/new.key", public_file).has_value());
  EXPECT_FALSE(read_file(folder.path() + "/new.key", 4096).has_value());
}

TEST(VaultKeys, SecretFilesAreSoLongAndPrivate) {
  const phimilter::test::TempFolder folder;
  const std::string path = folder.path() + "/link.key";
  ASSERT_EQ(fault_of(generate_secret_file(path, 32)), "");
  EXPECT_EQ(mode_of(path), 0600u);
  const auto secret = read_secret_file(path, 32);
  EXPECT_EQ(fault_of(secret), "");
  EXPECT_FALSE(generate_secret_file(path, 32).has_value());
}

TEST(VaultKeys, OtherKeysAreRefused) {
  const phimilter::test::TempFolder folder;
  const auto file = [&folder](const char* name) { return folder.path() + "/" + name; };
  const auto made = run_program(
      "umask 077; cd " + folder.path() +
      " && openssl genpkey -algorithm X448 -out x448.key && openssl pkey -in x448.key -pubout -out "
      "x448.pub"
      " && openssl genpkey -algorithm X25519 -aes128 -pass pass:secret -out locked.key"
      " && openssl genpkey -algorithm X25519 -out open.key && chmod 644 open.key && : >empty.key");
  ASSERT_EQ(made.status, 0) << made.output;
  for (const char* name : {"x448.key", "locked.key", "open.key", "empty.key", "absent.key"}) {
    const auto key = read_private_key(file(name));
    ASSERT_FALSE(key.has_value()) << name;
    EXPECT_EQ(key.error().kind, FaultKind::configuration) << name;
  }
  for (const char* name : {"x448.pub", "open.key", "empty.key", "absent.pub"}) {
    const auto key = read_public_key(file(name));
    ASSERT_FALSE(key.has_value()) << name;
    EXPECT_EQ(key.error().kind, FaultKind::configuration) << name;
  }
}

}  // namespace
}  // namespace phimilter::escrow
