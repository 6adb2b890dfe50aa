// SPDX-License-Identifier: Apache-2.0
#include "portal/tracking.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "delivery/fake_listener.h"
#include "portal/events.h"
#include "portal/fakes.h"
#include "support/temp_folder.h"

namespace phimilter::portal {
namespace {

struct TrackingBench : AccessBench {
  TrackingBench() {
    for (const char* name : {"escrow", "state", "journal"}) {
      std::filesystem::create_directories(folder.path(name));
    }
    EXPECT_TRUE(escrow::generate_keys(folder.path("portal.key"), folder.path("portal.pub")));
    settings.escrow_folder = folder.path("escrow");
    settings.escrow_public_key = folder.path("portal.pub");
    settings.portal_state = folder.path("state");
    settings.portal_url = "https://portal.example";
    settings.audit_portal_journal = folder.path("journal");
    settings.organisation_domains = {"clinic.example"};
    settings.portal_sender = "no-reply@clinic.example";
    settings.reentry_listener = "unix:" + folder.path("nobody");
  }
  std::unique_ptr<Tracking> open() {
    auto opened = Tracking::open({settings, languages, vault, nullptr, journal, pepper, clock});
    EXPECT_TRUE(opened.has_value()) << opened.error().describe();
    // As the sweep does it; the index overhears it.
    EXPECT_TRUE(record_events((*opened)->journal(), vault.entries.at(id).facts, "",
                              {audit::Event::expired}));
    journal.clear();
    return std::move(*opened);
  }

  test::TempFolder folder;
  Settings settings = default_settings();
  Languages languages = *load_languages();
};

TEST(Tracking, AskingForAnExpiredMessageMailsItsSenderOnceADay) {
  TrackingBench bench;
  delivery::FakeListener listener(bench.folder.path(), {}, 2);
  bench.settings.reentry_listener = listener.address();
  {
    const auto tracking = bench.open();
    for (int i = 0; i < 3; ++i) {
      const auto asked = tracking->ask_again(bench.id);
      ASSERT_TRUE(asked.has_value()) << asked.error().describe();
      EXPECT_TRUE(*asked);
    }
  }
  const auto again = bench.open();
  EXPECT_TRUE(*again->ask_again(bench.id)) << "known on the disk, too";
  EXPECT_EQ(bench.journal.events(), "");
  bench.clock.advance(std::chrono::hours(24));
  EXPECT_TRUE(*again->ask_again(bench.id));
  EXPECT_EQ(bench.journal.events(), "asked_again");
  int mails = 0;
  for (const std::string& command : listener.commands()) {
    mails += command == "RCPT TO:<lab@clinic.example>" ? 1 : 0;
  }
  EXPECT_EQ(mails, 2);
  const std::string mail = listener.content();
  EXPECT_NE(mail.find(escrow::reference_of(bench.id)), std::string::npos);
  EXPECT_EQ(mail.find("Your result"), std::string::npos);
}

TEST(Tracking, AnAskThatDidNotLeaveCanBeMadeAgain) {
  TrackingBench bench;
  const auto tracking = bench.open();
  EXPECT_FALSE(tracking->ask_again(bench.id).has_value());
  EXPECT_EQ(bench.journal.events(), "");
  EXPECT_FALSE(tracking->ask_again(bench.id).has_value()) << "no mark is left behind";
  const auto unknown = tracking->ask_again(*EscrowId::parse(std::string(32, 'c')));
  ASSERT_TRUE(unknown.has_value());
  EXPECT_FALSE(*unknown) << "nobody can be asked";
}

}  // namespace
}  // namespace phimilter::portal
