// SPDX-License-Identifier: Apache-2.0
#include "delivery/facts.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "delivery/messages.h"
#include "protect/key_desk.h"
#include "support/temp_folder.h"

namespace phimilter::delivery {
namespace {

using policy::KeyState;

class OneKey final : public protect::KeySource {
 public:
  explicit OneKey(std::string key) : key_(std::move(key)) {}
  policy::KeyFact find(const mail::Address& address, Timestamp /*now*/) override {
    asked.push_back(address.key());
    policy::KeyFact fact;
    fact.state = address.key() == key_ ? KeyState::valid : KeyState::unknown;
    return fact;
  }
  std::vector<std::string> asked;

 private:
  std::string key_;
};

constexpr const char* kMessage =
    "From: Lab <lab@clinic.example>\r\n"
    "To: \"Pat Doe\" <Pat@Example.org>, friends: d@x.example;\r\n"
    "Cc: nurse@ward.clinic.example\r\n"
    "Resent-To: e@x.example\r\n"
    "Subject: s\r\n\r\nbody\r\n";

TEST(Facts, BccIsWhoStandsInNoAddressField) {
  const auto message = message_of(kMessage, "lab@clinic.example",
                                  {"pat@example.org", "d@x.example", "e@x.example",
                                   "hidden@x.example", "nurse@ward.clinic.example"});
  EXPECT_EQ(blind_recipients(message), (std::vector<bool>{false, false, false, true, false}));
}

TEST(Facts, WithoutAddressFieldsEverybodyIsBcc) {
  for (const char* bytes :
       {"From: a@b.example\r\n\r\nx", "From: a@b.example\r\nTo: undisclosed-recipients:;\r\n\r\nx",
        "From: a@b.example\r\nTo:\r\n\r\nx"}) {
    EXPECT_EQ(blind_recipients(message_of(bytes, "a@b.example", {"c@d.example"})),
              std::vector<bool>{true})
        << bytes;
  }
}

// The directory cannot be reached, so "unknown" tells that it was asked.
TEST(Facts, AKeyThatAnybodySentKeepsNobodyFromAskingTheDirectory) {
  const test::TempFolder folder;
  std::filesystem::create_directory(folder.path("certificates"));
  const auto smime =
      std::move(*protect::open_smime({.certificates = folder.path("certificates"), .ca_file = ""}));
  Settings settings;
  settings.keys_folder = folder.path("keys");
  settings.keys_ldap = {"example.org ldaps://127.0.0.1:1/dc=x"};
  settings.keys_lookup_ms = 5000;
  const auto desk = std::move(*protect::KeyDesk::open(settings, nullptr, smime.get()));
  const auto wait = [&](const std::string& owner, char digit, std::string_view source) {
    const auto written =
        desk->book().change(protect::KeyKind::smime, owner, [&](protect::KeyRecord& record) {
          protect::offer(record,
                         {.fingerprint = *FingerprintId::parse(std::string(64, digit)),
                          .source = std::string(source),
                          .bytes = "x"},
                         false, system_clock().now());
        });
    ASSERT_TRUE(written.has_value());
  };
  wait("learned@example.org", 'a', protect::kLearned);
  wait("asked@example.org", 'b', protect::kLdap);
  wait("both@example.org", 'c', protect::kLearned);
  wait("both@example.org", 'd', protect::kLdap);
  FactSources sources;
  sources.smime = smime.get();
  sources.keys = desk.get();
  struct Case {
    std::string recipient;
    KeyState state;
  };
  const Case cases[] = {{"nothing@example.org", KeyState::unknown},
                        {"learned@example.org", KeyState::unknown},
                        {"asked@example.org", KeyState::pending},
                        {"both@example.org", KeyState::pending},
                        {"learned@elsewhere.example", KeyState::none}};
  for (const auto& each : cases) {
    const auto message = message_of(kMessage, "lab@clinic.example", {each.recipient});
    const auto facts = gather_facts(sources, message, {}, system_clock().now());
    EXPECT_EQ(facts.at(0).smime.state, each.state) << each.recipient;
  }
}

TEST(Facts, AsksNothingAboutOwnPeople) {
  OneKey pgp("pat@example.org");
  FactSources sources;
  sources.pgp = &pgp;
  sources.own_domains = {"clinic.example", ".clinic.example"};
  sources.portal = true;
  sources.gcm_recipients = {"example.org"};
  const auto message = message_of(kMessage, "lab@clinic.example",
                                  {"pat@example.org", "nurse@ward.clinic.example", "d@x.example"});
  const auto facts = gather_facts(sources, message, {"d@x.example"}, Timestamp{});
  ASSERT_EQ(facts.size(), 3U);
  EXPECT_EQ(pgp.asked, (std::vector<std::string>{"pat@example.org", "d@x.example"}));
  EXPECT_EQ(facts[0].pgp.state, KeyState::valid);
  EXPECT_EQ(facts[0].smime.state, KeyState::none);
  EXPECT_FALSE(facts[0].internal);
  EXPECT_TRUE(facts[0].portal);
  EXPECT_EQ(facts[0].proof, policy::ProofState::none);
  EXPECT_TRUE(facts[1].internal);
  EXPECT_EQ(facts[2].pgp.state, KeyState::unknown);
  EXPECT_EQ(facts[2].proof, policy::ProofState::with_message);
}

// Postfix and Sendmail read a local mailbox once more as an address of elsewhere
// (allow_percent_hack, swap_bangpath, resolve_dequoted_address): what looks like our own domain
// leaves.
TEST(Facts, RoutedThroughOurDomainIsOutside) {
  struct Case {
    const char* path;
    bool internal;
  };
  const Case cases[] = {{"nurse@clinic.example", true},
                        {"nurse+results@clinic.example", true},
                        {"\"nurse joy\"@clinic.example", true},
                        {"pat%example.org@clinic.example", false},
                        {"example.org!pat@clinic.example", false},
                        {"\"pat@example.org\"@clinic.example", false}};
  FactSources sources;
  sources.own_domains = {"clinic.example"};
  for (const Case& test : cases) {
    const auto message = message_of(kMessage, "lab@clinic.example", {test.path});
    const auto facts = gather_facts(sources, message, {}, Timestamp{});
    EXPECT_EQ(facts.at(0).internal, test.internal) << test.path;
  }
}

class ProvedTls final : public protect::TlsFacts {
 public:
  policy::TlsFact find(const std::string& domain) override {
    asked.push_back(domain);
    return {domain.starts_with("dead") ? policy::TlsState::unknown : policy::TlsState::proved, ""};
  }
  policy::TlsFact find_at_once(const std::string& domain) override {
    return domain.starts_with("partner") ? policy::TlsFact{policy::TlsState::proved, "configured"}
                                         : policy::TlsFact{policy::TlsState::unknown, ""};
  }
  std::vector<std::string> asked;
};

class StudyAlias final : public AliasMaps {
 public:
  bool leads_outside(const mail::Address& address) override { return address.local() == "study"; }
};

// The TLS of our own domain says nothing about where an alias leads.
TEST(Facts, OwnMailboxThatLeadsOutsideHasNoTls) {
  ProvedTls tls;
  StudyAlias aliases;
  FactSources sources;
  sources.tls = &tls;
  sources.aliases = &aliases;
  sources.own_domains = {"clinic.example"};
  for (const char* path : {"study@clinic.example", "pat%example.org@clinic.example"}) {
    const auto facts =
        gather_facts(sources, message_of(kMessage, "lab@clinic.example", {path}), {}, Timestamp{});
    EXPECT_FALSE(facts.at(0).internal) << path;
    EXPECT_EQ(facts.at(0).tls.state, policy::TlsState::not_proved) << path;
  }
  EXPECT_TRUE(tls.asked.empty());
}

// Each domain once; and a resolver that is dead is not waited for a hundred times.
TEST(Facts, TlsIsNotAskedForWithoutEnd) {
  ProvedTls tls;
  FactSources sources;
  sources.tls = &tls;
  std::vector<std::string> recipients = {"a@good.example", "b@good.example"};
  for (int number = 0; number < 100; ++number) {
    recipients.push_back("r@dead" + std::to_string(number) + ".example");
  }
  recipients.emplace_back("c@good.example");
  recipients.emplace_back("d@late.example");
  recipients.emplace_back("e@partner.example");
  const auto facts = gather_facts(sources, message_of(kMessage, "lab@clinic.example", recipients),
                                  {}, Timestamp{});
  EXPECT_EQ(tls.asked.size(), 4U);
  EXPECT_EQ(facts[50].tls.state, policy::TlsState::unknown);
  EXPECT_EQ(facts[102].tls.state, policy::TlsState::proved);
  EXPECT_EQ(facts[103].tls.state, policy::TlsState::unknown);
  EXPECT_EQ(facts[104].tls.state, policy::TlsState::proved) << "known without being asked for";
}

TEST(Facts, ContextKnowsOwnPeopleFromPatients) {
  const auto message = message_of(kMessage, "lab@clinic.example", {"pat@example.org"});
  const auto context = message_context(message, {"clinic.example", ".clinic.example"});
  EXPECT_EQ(context.sender, "lab@clinic.example");
  EXPECT_EQ(context.sender_domain, "clinic.example");
  EXPECT_EQ(context.own_addresses,
            (std::vector<std::string>{"lab@clinic.example", "nurse@ward.clinic.example"}));
  EXPECT_EQ(context.recipient_names, (std::vector<std::string>{"Pat Doe", "d@x.example"}));
  EXPECT_EQ(context.size, std::string(kMessage).size() - 2);
}

// Whoever gets the mail may be the patient, also without a display name or a place in the header.
TEST(Facts, EveryOutsideRecipientMayBeThePatient) {
  const auto message =
      message_of("To: pat@example.org, nurse@clinic.example\r\n\r\nbody\r\n", "lab@clinic.example",
                 {"pat@example.org", "nurse@clinic.example", "blind@example.net"});
  const auto context = message_context(message, {"clinic.example"});
  EXPECT_EQ(context.recipient_names,
            (std::vector<std::string>{"pat@example.org", "blind@example.net"}));
}

}  // namespace
}  // namespace phimilter::delivery
