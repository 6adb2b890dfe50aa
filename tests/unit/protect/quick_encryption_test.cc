// SPDX-License-Identifier: Apache-2.0
//
// Mail for keys that gpg encrypted to before: it is encrypted without gpg, and gpg reads it all the
// same.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "gpg_fixture.h"
#include "messages.h"
#include "protect/gpg_brokers.h"
#include "protect/openpgp_armor.h"
#include "protect/quick_encryption.h"

namespace phimilter::protect {
namespace {

using testing::must_run;

class QuickEncryptionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* address : {"ann@example.org", "bob@example.org"}) {
      const std::string file = gpg_.folder().file("key");
      testing::write_file(file, gpg_.exported(address));
      gateway("--import " + file);
    }
    auto brokers = GpgBrokers::start({.program = PHIMILTER_BIN_DIR "/phimilter-gpg",
                                      .home = gpg_.gateway_home(),
                                      .brokers = 1,
                                      .timeout_ms = 30'000});
    ASSERT_TRUE(brokers.has_value()) << brokers.error().describe();
    brokers_ = std::move(*brokers);
  }
  void gateway(const std::string& arguments) const {
    must_run("gpg --homedir " + gpg_.gateway_home() + " --batch --quiet --yes " + arguments);
  }
  std::string both() const {
    return gpg_.fingerprint("ann@example.org") + "\n" + gpg_.fingerprint("bob@example.org");
  }
  // The outcome; what was made stands in out_.
  Result<std::string> encrypt(const std::string& keys, const std::string& text) {
    auto lease = brokers_->take(brokers_->deadline());
    EXPECT_TRUE(lease.has_value());
    out_ = mail::StringSink();
    GpgCall call(lease->broker(), brokers_->deadline(), out_);
    call.begin(FrameKind::encrypt, keys);
    EXPECT_TRUE(call.write(text).has_value());
    auto outcome = call.finish();
    if (call.finished()) {
      lease->call_finished();
    }
    return outcome;
  }
  // gpg reads a copy of the keyring in the broker's own folder. Without it gpg can do nothing,
  // while the keyring itself is as it was.
  void without_gpg() const {
    for (const auto& entry : std::filesystem::directory_iterator(gpg_.gateway_home())) {
      if (entry.path().filename().string().starts_with("run")) {
        ASSERT_TRUE(std::filesystem::remove(entry.path() / "pubring.kbx"));
      }
    }
  }
  std::string decrypted() {
    mail::StringSink armor;
    ArmorReader reader(armor);
    EXPECT_TRUE(reader.write(out_.text).has_value());
    const auto read = reader.finish();
    EXPECT_TRUE(read.has_value()) << read.error().describe();
    key_ids_ = read ? read->key_ids : std::vector<std::string>();
    const std::string file = gpg_.folder().file("made");
    testing::write_file(file, armor.text);
    return gpg_.decrypted(file);
  }

  testing::GpgFixture gpg_;
  std::unique_ptr<GpgBrokers> brokers_;
  mail::StringSink out_;
  std::vector<std::string> key_ids_;
};

TEST_F(QuickEncryptionTest, WhatGpgDidOnceIsDoneAgainWithoutIt) {
  const auto first = encrypt(both(), "first\r\n");
  ASSERT_TRUE(first.has_value()) << first.error().describe();
  EXPECT_EQ(decrypted(), "first\r\n");
  const auto used = key_ids_;
  EXPECT_EQ(used, (std::vector{gpg_.encryption_key_id("ann@example.org"),
                               gpg_.encryption_key_id("bob@example.org")}));
  ASSERT_TRUE(encrypt(both(), "").has_value());  // by now the broker is done with the first
  without_gpg();
  for (const std::string& text :
       {std::string(), std::string("second\r\n"), std::string(3'000'000, 'x')}) {
    const auto again = encrypt(both(), text);
    ASSERT_TRUE(again.has_value()) << again.error().describe();
    EXPECT_EQ(*again, *first);
    EXPECT_EQ(decrypted(), text);
    EXPECT_EQ(key_ids_, used);
  }
}

TEST_F(QuickEncryptionTest, OtherRecipientsAreAskedOfGpg) {
  ASSERT_TRUE(encrypt(both(), "text").has_value());
  without_gpg();
  // The broker holds the key, so that it is gpg that refuses.
  const auto one = encrypt(gpg_.fingerprint("ann@example.org"), "text");
  ASSERT_FALSE(one.has_value());
}

// The longer ends are for machines that are slow today.
TEST_F(QuickEncryptionTest, ASubkeyThatHasEndedIsAskedOfGpg) {
  bool used_twice = false;
  Timestamp end;
  std::string key;
  for (const int seconds : {6, 30, 90}) {
    const std::string owner = "ends" + std::to_string(seconds) + "@example.org";
    gpg_.gpg("--quick-gen-key " + owner + " ed25519 cert,sign never");
    key = gpg_.fingerprint(owner);
    end = system_clock().now() + std::chrono::seconds(seconds);
    gpg_.gpg("--quick-add-key " + key + " cv25519 encr seconds=" + std::to_string(seconds));
    end = std::max(end, system_clock().now() + std::chrono::seconds(seconds));
    const std::string file = gpg_.folder().file("ends");
    testing::write_file(file, gpg_.exported(owner));
    gateway("--import " + file);
    used_twice = encrypt(key, "text").has_value() && encrypt(key, "text").has_value();
    if (used_twice && system_clock().now() < end - std::chrono::seconds(1)) {
      break;
    }
  }
  ASSERT_TRUE(used_twice);
  while (system_clock().now() < end + std::chrono::seconds(1)) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(encrypt(key, "text").has_value());
}

TEST(QuickEncryption, AVersionWithKeysOfZerosIsNotUsed) {
  EXPECT_FALSE(makes_random_keys(0, 18, 0));
  EXPECT_TRUE(makes_random_keys(0, 18, 1));
  EXPECT_TRUE(makes_random_keys(0, 16, 3));
  EXPECT_TRUE(makes_random_keys(1, 18, 0));
}

TEST_F(QuickEncryptionTest, AChangedKeyringIsAskedOfGpg) {
  const std::string ann = gpg_.fingerprint("ann@example.org");
  ASSERT_TRUE(encrypt(ann, "text").has_value());
  ASSERT_TRUE(encrypt(ann, "text").has_value());
  gateway("--delete-keys " + ann);
  const auto gone = encrypt(ann, "text");
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().id, "pgp.key");
}

}  // namespace
}  // namespace phimilter::protect
