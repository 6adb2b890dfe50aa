// SPDX-License-Identifier: Apache-2.0
#include "protect/pgp_mime.h"

#include <gtest/gtest.h>

#include <future>

#include "base/encoding.h"
#include "gpg_fixture.h"
#include "messages.h"
#include "protect/exposure_check.h"

namespace phimilter::protect {
namespace {

using policy::KeyState;
using testing::must_run;

const std::string kProgram = PHIMILTER_BIN_DIR "/phimilter-gpg";

class PgpMime : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    gpg_ = std::make_unique<testing::GpgFixture>();
    pgp_ = start(2);
    for (const auto* address : {"ann@example.org", "bob@example.org", "old@example.org",
                                "rev@example.org", "sign@example.org"}) {
      const auto imported = pgp_->import(gpg_->exported(address));
      ASSERT_TRUE(imported.has_value()) << imported.error().describe();
      ASSERT_EQ(imported->size(), 1U);
      EXPECT_EQ(imported->at(0).fingerprint.str(), gpg_->fingerprint(address));
      EXPECT_EQ(imported->at(0).addresses, std::vector<std::string>{address});
    }
  }
  static void TearDownTestSuite() {
    pgp_.reset();
    gpg_.reset();
  }
  static std::unique_ptr<Pgp> start(std::size_t brokers) {
    auto pgp = start_pgp({.program = kProgram,
                          .home = gpg_->gateway_home(),
                          .brokers = brokers,
                          .timeout_ms = 120'000});
    EXPECT_TRUE(pgp.has_value()) << (pgp ? "" : pgp.error().describe());
    return std::move(*pgp);
  }
  static policy::KeyFact find(const std::string& address) {
    return pgp_->find(*mail::Address::parse(address), system_clock().now());
  }
  static FingerprintId fingerprint(const std::string& address) {
    return *FingerprintId::parse(gpg_->fingerprint(address));
  }
  static std::string file(const std::string& name) { return gpg_->folder().file(name); }
  // The sender's entity, after gpg has decrypted the message and Python has taken it apart.
  static std::string entity_of(const ProtectedMessage& message) {
    testing::write_file(file("mail"), testing::bytes_of(message));
    testing::judge("part " + file("mail") + " 1 " + file("armor"));
    testing::write_file(file("payload"), gpg_->decrypted(file("armor")));
    testing::judge("entity " + file("payload") + " " + file("entity"));
    return testing::file_bytes(file("entity"));
  }

  static std::unique_ptr<testing::GpgFixture> gpg_;
  static std::unique_ptr<Pgp> pgp_;
};
std::unique_ptr<testing::GpgFixture> PgpMime::gpg_;
std::unique_ptr<Pgp> PgpMime::pgp_;

TEST_F(PgpMime, FindsWhatGpgSaysOfEachKey) {
  struct Case {
    std::string address;
    KeyState state;
  };
  const Case cases[] = {
      {"ann@example.org", KeyState::valid},   {"Ann@EXAMPLE.org", KeyState::valid},
      {"bob@example.org", KeyState::valid},   {"old@example.org", KeyState::expired},
      {"rev@example.org", KeyState::revoked}, {"sign@example.org", KeyState::unusable},
      {"nobody@example.org", KeyState::none}, {"example.org@ann", KeyState::none},
      {"nn@example.org", KeyState::none},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(find(each.address).state, each.state) << each.address;
  }
  EXPECT_EQ(find("ann@example.org").fingerprint->str(), gpg_->fingerprint("ann@example.org"));
  EXPECT_EQ(find("ann@example.org").source, "gnupg");
}

TEST_F(PgpMime, GpgDecryptsTheSendersEntityByteForByte) {
  for (const auto& sample : testing::kSamples) {
    for (const auto* address : {"ann@example.org", "bob@example.org"}) {
      SCOPED_TRACE(std::string(sample.name) + " " + address);
      const auto message = testing::message_from(testing::sample_text(sample));
      const FingerprintId keys[] = {fingerprint(address)};
      const auto result = pgp_->encrypt(message, keys, "/tmp");
      ASSERT_TRUE(result.has_value()) << result.error().describe();
      EXPECT_EQ(entity_of(*result), sample.entity);
      EXPECT_FALSE(result->needs_8bit);
      EXPECT_EQ(result->algorithms, (std::vector<std::string>{"OpenPGP", "AES-256", "MDC"}));
    }
  }
}

TEST_F(PgpMime, TheStructureIsThatOfRfc3156AndNothingStandsOutside) {
  const auto message = testing::message_from(testing::sample_text(testing::kSamples[1]));
  const FingerprintId keys[] = {fingerprint("ann@example.org")};
  const auto result = pgp_->encrypt(message, keys, "/tmp");
  ASSERT_TRUE(result.has_value());
  testing::write_file(file("mail"), testing::bytes_of(*result));
  EXPECT_EQ(testing::judge("outline " + file("mail")),
            "multipart/encrypted - protocol=application/pgp-encrypted\n"
            "application/pgp-encrypted - \n"
            "application/octet-stream - name=encrypted.asc\n");
  const std::string fields = testing::judge("fields " + file("mail"));
  EXPECT_NE(fields.find("Subject: [...]\n"), std::string::npos) << fields;
  for (const auto* secret : {"7654321", "123-45", "Mar", "HIV", "hidden@", "X-Phi"}) {
    EXPECT_EQ(fields.find(secret), std::string::npos) << secret << "\n" << fields;
  }
  testing::judge("part " + file("mail") + " 0 " + file("version"));
  EXPECT_EQ(trim(testing::file_bytes(file("version"))), "Version: 1");
  const std::string_view identifiers[] = {"123-45-6789", "Clinic Lab"};
  EXPECT_TRUE(
      check_exposure(*result, message,
                     {.form = ProtectedForm::pgp, .identifiers = identifiers, .own_texts = {}})
          .has_value());
}

TEST_F(PgpMime, ExactlyTheIntendedKeyIdsStandInIt) {
  const auto message = testing::message_from(testing::sample_text(testing::kSamples[0]));
  const std::vector<std::vector<std::string>> cases = {
      {"ann@example.org"}, {"bob@example.org"}, {"ann@example.org", "bob@example.org"}};
  for (const auto& addresses : cases) {
    std::vector<FingerprintId> keys;
    std::vector<std::string> expected;
    for (const auto& address : addresses) {
      keys.push_back(fingerprint(address));
      expected.push_back(gpg_->encryption_key_id(address));
    }
    const auto result = pgp_->encrypt(message, keys, "/tmp");
    ASSERT_TRUE(result.has_value());
    entity_of(*result);
    std::vector<std::string> found;
    const std::string packets = gpg_->gpg("--list-packets " + file("armor"));
    for (const auto line : split(packets, '\n')) {
      if (line.starts_with(":pubkey enc packet:")) {
        found.push_back(ascii_lower(line.substr(line.rfind(' ') + 1)));
      }
      EXPECT_EQ(line.find("compressed"), std::string_view::npos);
    }
    EXPECT_EQ(found, expected);
  }
}

TEST_F(PgpMime, AKeyThatBecameUnusableIsATransientFaultAndTheBrokerGoesOn) {
  const auto message = testing::message_from(testing::sample_text(testing::kSamples[0]));
  const std::string cases[] = {gpg_->fingerprint("old@example.org"),
                               gpg_->fingerprint("rev@example.org"),
                               gpg_->fingerprint("sign@example.org"), std::string(40, '0')};
  const std::string before = must_run("pgrep -P " + std::to_string(getpid()) + " phimilter-gpg");
  for (const auto& each : cases) {
    const FingerprintId keys[] = {*FingerprintId::parse(each)};
    const auto result = pgp_->encrypt(message, keys, "/tmp");
    ASSERT_FALSE(result.has_value()) << each;
    EXPECT_EQ(result.error().kind, FaultKind::transient);
    EXPECT_EQ(result.error().id, "pgp.key") << result.error().describe();
    const FingerprintId one_of_two[] = {fingerprint("ann@example.org"),
                                        *FingerprintId::parse(each)};
    EXPECT_FALSE(pgp_->encrypt(message, one_of_two, "/tmp").has_value()) << each;
  }
  EXPECT_FALSE(pgp_->encrypt(message, {}, "/tmp").has_value());
  EXPECT_EQ(must_run("pgrep -P " + std::to_string(getpid()) + " phimilter-gpg"), before);
}

TEST_F(PgpMime, SixtyNineMegabytesGoThroughWithoutADeadlock) {
  auto message =
      testing::message_from("From: a@b.example\nContent-Type: application/octet-stream\n\n");
  const std::string line(70, 'x');
  std::string block;
  for (int i = 0; i < 1000; ++i) {
    block += line + std::to_string(1000 + i) + "\r\n";
  }
  Sha256Stream expected;
  const std::string head = "Content-Type: application/octet-stream\r\n\r\n";
  expected.add(as_bytes(head));
  while (message.body.size() < 69'000'000) {
    ASSERT_TRUE(message.body.write(block).has_value());
    expected.add(as_bytes(block));
  }
  const FingerprintId keys[] = {fingerprint("ann@example.org")};
  const auto result = pgp_->encrypt(message, keys, "/tmp");
  ASSERT_TRUE(result.has_value()) << result.error().describe();
  testing::write_file(file("mail"), testing::bytes_of(*result));
  must_run("sed -n '/BEGIN PGP/,/END PGP/p' " + file("mail") + " > " + file("armor"));
  testing::write_file(file("payload"), gpg_->decrypted(file("armor")));
  testing::judge("entity " + file("payload") + " " + file("entity"));
  const std::string entity = testing::file_bytes(file("entity"));
  EXPECT_EQ(entity.size(), head.size() + message.body.size());
  EXPECT_EQ(sha256(entity), expected.finish());
  EXPECT_TRUE(check_exposure(*result, message,
                             {.form = ProtectedForm::pgp, .identifiers = {}, .own_texts = {}})
                  .has_value());
}

TEST_F(PgpMime, ManyCallersShareTwoBrokers) {
  const auto message = testing::message_from(testing::sample_text(testing::kSamples[1]));
  std::vector<std::future<bool>> calls;
  for (int i = 0; i < 12; ++i) {
    calls.push_back(std::async(std::launch::async, [&] {
      const FingerprintId keys[] = {fingerprint("ann@example.org")};
      return pgp_->encrypt(message, keys, "/tmp").has_value() &&
             find("ann@example.org").state == KeyState::valid;
    }));
  }
  for (auto& call : calls) {
    EXPECT_TRUE(call.get());
  }
  EXPECT_EQ(must_run("pgrep -c -P " + std::to_string(getpid()) + " phimilter-gpg"), "2\n");
}

TEST_F(PgpMime, AChangedKeyringIsNoticed) {
  EXPECT_EQ(find("new@example.org").state, KeyState::none);
  gpg_->gpg("--quick-gen-key 'New <new@example.org>' future-default default never");
  testing::write_file(file("new"), gpg_->exported("new@example.org"));
  must_run("gpg --homedir " + gpg_->gateway_home() + " --quiet --import " + file("new"));
  EXPECT_EQ(find("new@example.org").state, KeyState::valid);
  must_run("gpg --homedir " + gpg_->gateway_home() +
           " --quiet --yes --delete-keys new@example.org");
  EXPECT_EQ(find("new@example.org").state, KeyState::none);
}

TEST_F(PgpMime, WhatIsNoPublicKeyIsNotImported) {
  struct Case {
    std::string name, bytes, fault;
  };
  const Case cases[] = {
      {"nothing", "", "pgp.no_key"},
      {"text", "hello\n", "pgp.no_key"},
      {"secret key, armored", gpg_->gpg("--armor --export-secret-keys bob@example.org"),
       "pgp.secret_key"},
      {"secret key, binary", gpg_->gpg("--export-secret-keys bob@example.org"), "pgp.secret_key"},
  };
  for (const auto& each : cases) {
    const auto imported = pgp_->import(each.bytes);
    ASSERT_FALSE(imported.has_value()) << each.name;
    EXPECT_EQ(imported.error().kind, FaultKind::permanent) << each.name;
    EXPECT_EQ(imported.error().id, each.fault) << each.name;
  }
}

TEST_F(PgpMime, ListsTheKeysWithTheirStates) {
  const auto keys = pgp_->list();
  ASSERT_TRUE(keys.has_value());
  std::size_t seen = 0;
  for (const auto& key : *keys) {
    if (key.addresses == std::vector<std::string>{"ann@example.org"}) {
      EXPECT_EQ(key.algorithm, "cv25519");
      EXPECT_EQ(key.expires, Timestamp{});
      ++seen;
    } else if (key.addresses == std::vector<std::string>{"old@example.org"}) {
      EXPECT_EQ(key.state, KeyState::expired);
      EXPECT_EQ(rfc3339(key.expires).substr(0, 10), "2020-01-02");
      ++seen;
    }
  }
  EXPECT_EQ(seen, 2U);
}

TEST_F(PgpMime, NoAgentIsLeftRunningForTheGatewaysHome) {
  const auto agents = testing::run("pgrep -af 'gpg-[a]gent.*" + gpg_->gateway_home() + "'");
  EXPECT_EQ(agents.output, "");
  EXPECT_FALSE(
      must_run("cat " + gpg_->gateway_home() + "/gpg.conf").find("no-random-seed-file\n") ==
      std::string::npos);
  EXPECT_EQ(testing::run("ls " + gpg_->gateway_home() + "/random_seed").status, 2);
}

}  // namespace
}  // namespace phimilter::protect
