// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "audit/journal.h"
#include "base/encoding.h"
#include "base/files.h"
#include "clinic.h"
#include "delivery/fake_listener.h"
#include "entries.h"
#include "escrow/links.h"
#include "escrow/recipients.h"
#include "escrow/seal_keys.h"
#include "escrow/vault.h"
#include "support/run_program.h"

namespace phimilter::phictl {
namespace {

using phimilter::test::run_program;
using testing::HasSubstr;
using testing::Not;

class VaultVerbsTest : public testing::Test {
 protected:
  VaultVerbsTest() {
    EXPECT_EQ(clinic_.setup_keys().code, 0);
    for (const char* folder : {"escrow/held", "escrow/recipients", "escrow/orders"}) {
      std::filesystem::create_directories(clinic_.path(folder));
    }
  }

  static EscrowId id_of(int number) {
    return *EscrowId::parse(hex(sha256("entry " + std::to_string(number))).substr(0, 32));
  }
  static Status seal(escrow::VaultWriter& vault, const EscrowId& id) {
    return vault.seal(entry_facts(id), escrow::Proof{"Pet?", Secret(std::string_view("Rex"))},
                      [](mail::ByteSink& out) {
                        return out.write(std::string(200'000, 'x') + "the result\r\n");
                      });
  }
  std::string key_text() { return *read_file(clinic_.path("keys/portal.key"), 100'000); }

  Clinic clinic_;
};

TEST_F(VaultVerbsTest, TheKeyIsChangedWhileEntriesAreSealedAndRead) {
  const std::string old_key = key_text();
  auto writer = escrow::open_vault_writer(clinic_.path("escrow"), clinic_.path("keys/portal.pub"));
  auto reader = escrow::open_vault_reader(clinic_.path("escrow"), clinic_.path("keys/portal.key"));
  ASSERT_TRUE(writer.has_value() && reader.has_value());
  auto recipients = escrow::open_recipient_store(clinic_.path("escrow/recipients"),
                                                 clinic_.path("keys/portal.pub"),
                                                 clinic_.path("keys/portal.key"));
  const auto pat = *mail::Address::parse("pat@example.org");
  ASSERT_TRUE(recipients.has_value());
  ASSERT_TRUE(
      (*recipients)
          ->put(pat, {"en", "", true}, escrow::Proof{"Pet?", Secret(std::string_view("Rex"))})
          .has_value());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(seal(**writer, id_of(i)).has_value());
  }
  std::atomic<int> sealed{20}, unread{0};
  std::atomic<bool> stop{false};
  std::thread load([&] {
    while (!stop) {
      const int number = sealed;
      if (seal(**writer, id_of(number))) {
        ++sealed;
      }
      mail::StringSink out;
      unread += (*reader)->read_message(id_of(number / 2), out) ? 0 : 1;
    }
  });
  const Ran ran = clinic_.phictl({"setup", "rotate-portal-key"});
  const int at_the_end = sealed;
  while (sealed < at_the_end + 3) {
    std::this_thread::yield();
  }
  stop = true;
  load.join();
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(unread, 0);
  EXPECT_EQ(key_text().find(old_key.substr(30, 40)), std::string::npos) << "the old key is gone";
  struct stat info {};
  ASSERT_EQ(::stat(clinic_.path("keys/portal.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
  for (int i = 0; i < sealed; ++i) {
    mail::StringSink out;
    EXPECT_TRUE((*reader)->read_message(id_of(i), out).has_value()) << i << " of " << sealed;
    EXPECT_TRUE(out.text.ends_with("the result\r\n")) << i;
    EXPECT_TRUE((*reader)->take_proof(id_of(i)).has_value()) << i;
  }
  EXPECT_EQ((**(*recipients)->proof(pat)).answer.view(), "Rex");
  EXPECT_EQ((*(*recipients)->list()).front().address, "pat@example.org");
}

TEST_F(VaultVerbsTest, PreparedFirstAndFinishedLater) {
  const auto public_key = *read_file(clinic_.path("keys/portal.pub"), 10'000);
  ASSERT_EQ(clinic_.phictl({"setup", "rotate-portal-key", "--prepare"}).code, 0);
  EXPECT_EQ(escrow::read_private_keys(clinic_.path("keys/portal.key"))->size(), 2U);
  EXPECT_EQ(*read_file(clinic_.path("keys/portal.pub"), 10'000), public_key);
  const Ran ran = clinic_.phictl({"setup", "rotate-portal-key"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const auto ring = escrow::read_private_keys(clinic_.path("keys/portal.key"));
  ASSERT_EQ(ring->size(), 1U);
  EXPECT_EQ(*escrow::read_public_key(clinic_.path("keys/portal.pub")), ring->front().public_key);
}

TEST_F(VaultVerbsTest, RecoveryMakesAPairOnce) {
  EXPECT_THAT(clinic_.phictl({"setup", "recovery", clinic_.path("recovery.key")}).err,
              HasSubstr("escrow.recovery_key"));
  clinic_.set("escrow", "recovery_key", Clinic::quoted(clinic_.path("recovery.pub")));
  EXPECT_EQ(clinic_.phictl({"setup", "recovery", clinic_.path("recovery.key")}).code, 0);
  EXPECT_EQ(escrow::read_private_keys(clinic_.path("recovery.key"))->front().public_key,
            *escrow::read_public_key(clinic_.path("recovery.pub")));
  EXPECT_NE(clinic_.phictl({"setup", "recovery", clinic_.path("recovery.key")}).code, 0);
}

TEST_F(VaultVerbsTest, ACertificateOfDestructionIsVerifiedByOpenssl) {
  const std::string id = "00112233445566778899aabbccddeeff";
  {
    const auto journal =
        audit::open_journal(clinic_.path("portal/journal"), "portal", system_clock());
    ASSERT_TRUE(journal.has_value());
    for (const auto event :
         {audit::Event::shown, audit::Event::retracted, audit::Event::destroyed}) {
      audit::Record record;
      record.event = event;
      record.login = event == audit::Event::shown ? "" : "officer";
      audit::RecipientRecord recipient;
      recipient.address = "pat@example.org";
      recipient.escrow_id = id;
      recipient.reasons = {"retracted", "key overwritten"};
      record.recipients.push_back(recipient);
      ASSERT_TRUE((*journal)->append(record).has_value());
    }
  }
  ASSERT_EQ(
      run_program("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=clinic.example -days 9 "
                  "-keyout " +
                  clinic_.path("c.key") + " -out " + clinic_.path("c.pem") + " 2>&1")
          .status,
      0);
  ::chmod(clinic_.path("c.key").c_str(), 0600);
  clinic_.set("portal", "certificate", Clinic::quoted(clinic_.path("c.pem")));
  clinic_.set("portal", "certificate_key", Clinic::quoted(clinic_.path("c.key")));
  const std::string out = clinic_.path("destruction.json");
  const Ran ran = clinic_.phictl({"messages", "certificate", id, "--out", out});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const std::string verify = "openssl cms -verify -binary -inform PEM -in " + out +
                             ".p7s -content " + out + " -CAfile " + clinic_.path("c.pem") +
                             " -purpose any -out /dev/null 2>&1";
  EXPECT_THAT(run_program(verify).output, HasSubstr("uccessful"));
  const auto said = nlohmann::json::parse(*read_file(out, 100'000));
  EXPECT_EQ(said.at("destroyed").at("by"), "officer");
  EXPECT_EQ(said.at("destroyed").at("reasons").back(), "key overwritten");
  EXPECT_EQ(said.at("destroyed").at("journal").at("sequence"), 3);
  EXPECT_EQ(said.at("destroyed").at("journal").at("hash").get<std::string>().size(), 64U);
  EXPECT_TRUE(said.at("first_shown").is_string());
  ASSERT_EQ(run_program("sed -i s/officer/nobody/ " + out).status, 0);
  EXPECT_NE(run_program(verify).status, 0);
  EXPECT_THAT(clinic_.phictl({"messages", "certificate", "ffeeddccbbaa99887766554433221100"}).err,
              HasSubstr("no journal knows"));
}

class BoundMessageTest : public VaultVerbsTest {
 protected:
  BoundMessageTest() {
    clinic_.set("escrow", "recovery_key", Clinic::quoted(clinic_.path("recovery.pub")));
    EXPECT_EQ(clinic_.phictl({"setup", "recovery", clinic_.path("recovery.key")}).code, 0);
    const auto vault = escrow::open_vault_writer(
        clinic_.path("escrow"), clinic_.path("keys/portal.pub"), clinic_.path("recovery.pub"));
    EXPECT_TRUE(vault.has_value());
    auto facts = entry_facts(link_.id);
    facts.token = token_;
    facts.link_secret = link_.secret;
    facts.bound = true;
    EXPECT_TRUE(seal_open(**vault, facts));
  }

  Ran resend(const std::string& key) {
    return clinic_.phictl(
        {"messages", "resend", link_.id.str(), "--recovery-key", clinic_.path(key)});
  }
  std::string shown() { return clinic_.phictl({"messages", "show", link_.id.str()}).out; }

  escrow::BoundLinks links_;
  const TokenId token_ = *TokenId::parse(std::string(64, 'a'));
  const escrow::Link link_ = links_.link_for(token_);
};

constexpr const char* kBegun = "with the recovery key: begun, not yet mailed";

TEST_F(BoundMessageTest, IsMailedAgainByItsRecoveryKeyAlone) {
  clinic_.set("reentry", "listener", Clinic::quoted("unix:" + clinic_.path("no-listener")));
  ASSERT_EQ(run_program("openssl genpkey -algorithm X25519 -out " + clinic_.path("other.key") +
                        " && chmod 600 " + clinic_.path("other.key"))
                .status,
            0);
  const auto fails = [&](const Ran& ran, const char* said) {
    EXPECT_EQ(ran.code, 1) << ran.out;
    EXPECT_THAT(ran.err, HasSubstr(said));
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr(link_.secret)));
  };
  fails(clinic_.phictl({"messages", "resend", link_.id.str()}), "give --recovery-key FILE");
  fails(resend("none.key"), "none.key");
  fails(resend("other.key"), "not sealed to this recovery key");
  EXPECT_THAT(shown(), Not(HasSubstr("mailed")));
  fails(resend("recovery.key"), "no-listener");
  // The recovery key was used, whatever became of it.
  EXPECT_THAT(shown(), HasSubstr(kBegun));
  EXPECT_THAT(shown(), Not(HasSubstr("(with the recovery key)")));
}

TEST_F(BoundMessageTest, IsMailedAgainWithTheDayToWhichItWasExtended) {
  const Ran extended =
      clinic_.phictl({"messages", "extend", link_.id.str(), "--until", "2031-03-05T12:00:00Z"});
  ASSERT_EQ(extended.code, 0) << extended.err;
  delivery::FakeListener listener(clinic_.path("."));
  clinic_.set("reentry", "listener", Clinic::quoted(listener.address()));
  const Ran ran = resend("recovery.key");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const std::string content = listener.content();
  EXPECT_THAT(content, HasSubstr(link_.secret.substr(0, 20)));
  EXPECT_THAT(content, HasSubstr("March 5, 2031"));
  EXPECT_THAT(shown(), HasSubstr(kBegun));
  EXPECT_THAT(shown(), HasSubstr("(with the recovery key)"));
}

TEST_F(BoundMessageTest, IsNotMailedAgainWhereNobodyCanTellTheDay) {
  clinic_.set("portal", "pepper", Clinic::quoted(clinic_.path("no-pepper")));
  const Ran ran = resend("recovery.key");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("no-pepper"));
}

}  // namespace
}  // namespace phimilter::phictl
