// SPDX-License-Identifier: Apache-2.0
//
// Mail signed by the organisation's key, judged by gpg; and an agent that dies or hangs.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "gpg_fixture.h"
#include "messages.h"
#include "protect/pgp_mime.h"

namespace phimilter::protect {
namespace {

using testing::must_run;

class PgpSigning : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    gpg_ = std::make_unique<testing::GpgFixture>();
    const std::string make = "--quick-gen-key ";
    gateway("--passphrase '' " + make + "'Clinic <gateway@clinic.example>' ed25519 sign never");
    gateway("--passphrase 'secret' " + make +
            "'Locked <locked@clinic.example>' ed25519 sign never");
    testing::write_file(file("ann"), gpg_->exported("ann@example.org"));
    gateway("--import " + file("ann"));
    gateway("--export gateway@clinic.example > " + file("gateway"));
    gpg_->gpg("--import " + file("gateway"));
    must_run("gpgconf --homedir " + gpg_->gateway_home() + " --kill gpg-agent");
  }
  static void TearDownTestSuite() { gpg_.reset(); }

  static std::string gateway(const std::string& arguments) {
    return must_run("gpg --homedir " + gpg_->gateway_home() +
                    " --batch --quiet --pinentry-mode loopback " + arguments);
  }
  static std::string key(const std::string& address) {
    return trim(gateway("--with-colons -k " + address + " | awk -F: '/^fpr/{print $10; exit}'"));
  }
  static std::string trim(std::string text) {
    text.erase(text.find_last_not_of('\n') + 1);
    return text;
  }
  static std::string file(const std::string& name) { return gpg_->folder().file(name); }
  static Result<std::unique_ptr<Pgp>> start(const std::string& sign_key,
                                            std::int64_t timeout_ms = 120'000) {
    return start_pgp({.program = PHIMILTER_BIN_DIR "/phimilter-gpg",
                      .home = gpg_->gateway_home(),
                      .sign_key = sign_key,
                      .brokers = 1,
                      .timeout_ms = timeout_ms});
  }
  static Result<ProtectedMessage> encrypt(Pgp& pgp) {
    const auto message = testing::message_from(testing::sample_text(testing::kSamples[0]));
    const FingerprintId keys[] = {*FingerprintId::parse(gpg_->fingerprint("ann@example.org"))};
    return pgp.encrypt(message, keys, "/tmp");
  }
  // The agents of the gateway's home; the fixture of the recipients has one of its own.
  static std::string agents() {
    return testing::run("pgrep -f 'gpg-[a]gent --homedir " + gpg_->gateway_home() + "/'").output;
  }
  static pid_t agent() { return static_cast<pid_t>(std::stol(agents())); }

  static std::unique_ptr<testing::GpgFixture> gpg_;
};
std::unique_ptr<testing::GpgFixture> PgpSigning::gpg_;

TEST_F(PgpSigning, GpgSaysGoodSignatureAndTheEntityIsTheSenders) {
  const std::string signer = key("gateway@clinic.example");
  auto pgp = start(signer);
  ASSERT_TRUE(pgp.has_value()) << pgp.error().describe();
  const auto result = encrypt(**pgp);
  ASSERT_TRUE(result.has_value()) << result.error().describe();
  EXPECT_EQ(result->algorithms, (std::vector<std::string>{"OpenPGP", "AES-256", "MDC", "signed"}));
  testing::write_file(file("mail"), testing::bytes_of(*result));
  EXPECT_NE(testing::judge("outline " + file("mail"))
                .find("multipart/encrypted - protocol=application/pgp-encrypted"),
            std::string::npos);
  testing::judge("part " + file("mail") + " 1 " + file("armor"));
  const std::string status =
      gpg_->gpg("--yes -o " + file("payload") + " --status-fd 1 --decrypt " + file("armor"));
  EXPECT_NE(status.find("GOODSIG"), std::string::npos) << status;
  EXPECT_NE(status.find("VALIDSIG " + signer), std::string::npos) << status;
  testing::judge("entity " + file("payload") + " " + file("entity"));
  EXPECT_EQ(testing::file_bytes(file("entity")), testing::kSamples[0].entity);
  EXPECT_EQ(agents().empty(), false);
  pgp->reset();
  EXPECT_TRUE(testing::eventually([] { return agents().empty(); }));
}

TEST_F(PgpSigning, AKeyThatCannotSignStopsTheStart) {
  struct Case {
    const char* name;
    std::string key;
  };
  const Case cases[] = {
      {"it has a passphrase", key("locked@clinic.example")},
      {"there is no secret half", gpg_->fingerprint("ann@example.org")},
      {"nobody has it", std::string(40, 'a')},
      {"no fingerprint", "gateway@clinic.example"},
      {"a certificate's", std::string(64, 'a')},
  };
  for (const Case& each : cases) {
    const auto pgp = start(each.key);
    ASSERT_FALSE(pgp.has_value()) << each.name;
    EXPECT_EQ(pgp.error().kind, FaultKind::configuration) << each.name;
    EXPECT_EQ(pgp.error().id, "pgp.sign_key") << each.name;
  }
}

TEST_F(PgpSigning, WhatCannotBeSignedWaitsAndNeverLeavesUnsigned) {
  auto pgp = start(key("gateway@clinic.example"));
  ASSERT_TRUE(pgp.has_value()) << pgp.error().describe();
  const std::string secrets = gpg_->gateway_home() + "/private-keys-v1.d";
  std::filesystem::rename(secrets, secrets + ".away");
  const auto failed = encrypt(**pgp);
  std::filesystem::rename(secrets + ".away", secrets);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind, FaultKind::transient);
  EXPECT_EQ(failed.error().id, "pgp.sign");
  const auto next = encrypt(**pgp);
  EXPECT_TRUE(next.has_value()) << next.error().describe();
}

TEST_F(PgpSigning, NoAgentOutlivesItsBroker) {
  auto pgp = start(key("gateway@clinic.example"));
  ASSERT_TRUE(pgp.has_value()) << pgp.error().describe();
  const pid_t first = agent();
  must_run("kill -KILL $(pgrep -P " + std::to_string(getpid()) + " phimilter-gpg)");
  EXPECT_TRUE(testing::eventually([&] { return kill(first, 0) != 0; }));
  EXPECT_TRUE(testing::eventually([&] { return encrypt(**pgp).has_value(); }));
}

TEST_F(PgpSigning, AnAgentThatDiesOrHangsIsReplaced) {
  auto pgp = start(key("gateway@clinic.example"), 8000);
  ASSERT_TRUE(pgp.has_value()) << pgp.error().describe();
  kill(agent(), SIGKILL);
  ASSERT_TRUE(testing::eventually([&] { return encrypt(**pgp).has_value(); }));
  const pid_t stopped = agent();
  kill(stopped, SIGSTOP);
  const auto failed = encrypt(**pgp);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().id, "pgp.broker_hung");
  const auto next = encrypt(**pgp);
  EXPECT_TRUE(next.has_value()) << next.error().describe();
  EXPECT_NE(agent(), stopped);
}

}  // namespace
}  // namespace phimilter::protect
