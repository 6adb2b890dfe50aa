// SPDX-License-Identifier: Apache-2.0
#include "portal/message_desk.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "portal/desk_bench.h"
#include "portal/events.h"

namespace phimilter::portal {
namespace {

using delivery::MessageState;

TEST(MessageDesk, RetractSaysWhetherItHadBeenSeen) {
  for (const bool shown : {false, true}) {
    DeskBench bench;
    if (shown) {
      ASSERT_TRUE(record_events(bench.indexed, bench.vault.entries.at(bench.id).facts, "",
                                {audit::Event::shown}));
    }
    const auto retracted = bench.desk.retract(bench.id, "rosa");
    ASSERT_TRUE(retracted.has_value());
    EXPECT_FALSE(retracted->before);
    EXPECT_EQ(retracted->seen, shown ? std::optional(test_time()) : std::nullopt);
    EXPECT_EQ(bench.row().state(), MessageState::retracted) << "at once";
    EXPECT_EQ(bench.writer.done, std::vector<std::string>{"retract rosa"});
    EXPECT_TRUE(bench.desk.retract(bench.id, "rosa")->before);
    EXPECT_EQ(bench.writer.done.size(), 1U);
  }
}

TEST(MessageDesk, ExtendIsOnRecordBeforeItIsDone) {
  DeskBench bench;
  bench.vault.entries.at(bench.id).state = escrow::EntryState::expired;
  const Timestamp later = test_time() + std::chrono::hours(24 * 60);
  bench.journal.broken = true;
  EXPECT_FALSE(bench.desk.extend(bench.id, later, "rosa").has_value());
  EXPECT_TRUE(bench.writer.done.empty());
  bench.journal.broken = false;
  EXPECT_TRUE(bench.desk.extend(bench.id, later, "rosa").has_value());
  EXPECT_EQ(bench.journal.events(), "extended");
  EXPECT_EQ(bench.journal.records().back().login, "rosa");
  EXPECT_EQ(bench.row().state(), MessageState::unread);
  EXPECT_EQ(bench.row().entry->expires, later);
  EXPECT_EQ(bench.row().events.back().person, "rosa");
  const Timestamp too_late = test_time() + 2 * escrow::kLongestLife;
  EXPECT_EQ(bench.desk.extend(bench.id, too_late, "rosa").error().id, "escrow.too_long");
  EXPECT_EQ(bench.desk.extend(bench.id, later, "rosa").error().id, "escrow.not_longer");
  EXPECT_EQ(bench.journal.events(), "extended") << "what is not done is not on record";
}

TEST(MessageDesk, ResendMailsTheNoticeAndNotTwiceInARow) {
  DeskBench bench;
  EXPECT_TRUE(bench.desk.resend(bench.id, "rosa").has_value());
  EXPECT_EQ(bench.mailed, std::vector<std::string>{"pat@example.org"});
  EXPECT_EQ(bench.journal.events(), "resent");
  EXPECT_EQ(bench.desk.resend(bench.id, "rosa").error().id, "desk.too_soon");
  bench.clock.advance(std::chrono::minutes(2));
  bench.mail_fault = transient_fault("smtp.connect", "nobody listens");
  EXPECT_FALSE(bench.desk.resend(bench.id, "rosa").has_value());
  EXPECT_EQ(bench.journal.events(), "resent");
  bench.mail_fault = transient_fault("smtp.in_doubt", "lost after the final dot");
  EXPECT_TRUE(bench.desk.resend(bench.id, "rosa").has_value()) << "it may have left";
  EXPECT_EQ(bench.journal.events(), "resent resent");
}

TEST(MessageDesk, WhatCannotBeDoneSaysWhy) {
  struct Case {
    const char* name;
    std::function<void(DeskBench&)> prepare;
    std::string resend, extend, retract;
  };
  const Case cases[] = {
      {"no entry", [](DeskBench& bench) { bench.vault.entries.clear(); }, "desk.no_entry",
       "desk.no_entry", "desk.no_entry"},
      {"retracted",
       [](DeskBench& bench) {
         bench.vault.entries.at(bench.id).state = escrow::EntryState::retracted;
       },
       "desk.retracted", "desk.retracted", ""},
      {"expired",
       [](DeskBench& bench) {
         bench.vault.entries.at(bench.id).state = escrow::EntryState::expired;
       },
       "desk.expired", "", ""},
      {"bound to its link",
       [](DeskBench& bench) { bench.vault.entries.at(bench.id).facts.link_secret.clear(); },
       "desk.no_link", "", ""},
      {"disk", [](DeskBench& bench) { bench.vault.broken = true; }, "test.vault", "test.vault",
       "test.vault"},
      {"writer", [](DeskBench& bench) { bench.writer.broken = true; }, "", "test.vault",
       "test.vault"},
  };
  for (const Case& each : cases) {
    DeskBench bench;
    each.prepare(bench);
    const auto id_of = [](const auto& result) {
      return result ? std::string() : result.error().id;
    };
    EXPECT_EQ(id_of(bench.desk.resend(bench.id, "x")), each.resend) << each.name;
    EXPECT_EQ(id_of(bench.desk.extend(bench.id, test_time() + std::chrono::hours(2000), "x")),
              each.extend)
        << each.name;
    EXPECT_EQ(id_of(bench.desk.retract(bench.id, "x")), each.retract) << each.name;
  }
}

TEST(MessageDesk, OrdersAreCarriedOutOnce) {
  DeskBench bench;
  const std::string folder = testing::TempDir() + "/desk-" + std::to_string(getpid());
  std::filesystem::create_directories(folder + "/orders");
  ASSERT_TRUE(
      escrow::give_order(folder, {bench.id, escrow::OrderKind::resend, "rosa", test_time()}));
  bench.mail_fault = transient_fault("smtp.connect", "nobody listens");
  follow_orders(bench.desk, folder);
  EXPECT_EQ(escrow::standing_orders(folder)->size(), 1U) << "tried again";
  bench.mail_fault.reset();
  follow_orders(bench.desk, folder);
  follow_orders(bench.desk, folder);
  EXPECT_EQ(bench.mailed.size(), 1U);
  EXPECT_TRUE(escrow::standing_orders(folder)->empty());
  bench.vault.entries.clear();
  ASSERT_TRUE(
      escrow::give_order(folder, {bench.id, escrow::OrderKind::resend, "rosa", test_time()}));
  follow_orders(bench.desk, folder);
  EXPECT_TRUE(escrow::standing_orders(folder)->empty()) << "what can never be done is ended";
  std::filesystem::remove_all(folder);
}

TEST(MessageIndex, ListsTheNewestFirstInPages) {
  DeskBench bench;
  bench.vault.entries.clear();
  for (int i = 0; i < 10'000; ++i) {
    std::string digits = std::to_string(i);
    digits.insert(0, 32 - digits.size(), '0');
    const EscrowId id = *EscrowId::parse(digits);
    FakeVault::Entry entry{test_facts(id), escrow::EntryState::open, "x", {}, false};
    entry.facts.created += std::chrono::seconds(i);
    entry.facts.sender = i % 2 == 0 ? "lab@clinic.example" : "other@clinic.example";
    bench.vault.entries.emplace(id, entry);
  }
  ASSERT_TRUE(bench.index.refresh(bench.vault));
  const auto page = bench.index.list({"LAB@clinic.example", "", {}, {}}, 4'990, 25);
  EXPECT_EQ(page.all, 5'000U);
  ASSERT_EQ(page.rows.size(), 10U);
  EXPECT_EQ(page.rows.back().created(), test_time());
  EXPECT_TRUE(bench.index.list({"nobody@clinic.example", "", {}, {}}, 0, 25).rows.empty());
}

TEST(MessageIndex, WhatIsOpenedByItsLinkIsInTheNextList) {
  DeskBench bench;
  const auto pat = *mail::Address::parse("pat@example.org");
  ASSERT_EQ(bench.index.open_for(bench.vault, pat, nullptr)->size(), 1U);
  const EscrowId fresh = *EscrowId::parse(std::string(31, '0') + "7");
  bench.vault.entries.emplace(
      fresh, FakeVault::Entry{test_facts(fresh), escrow::EntryState::open, "x", {}, false});
  ASSERT_TRUE(record_events(bench.indexed, test_facts(fresh), "", {audit::Event::shown}));
  EXPECT_EQ(bench.index.open_for(bench.vault, pat, nullptr)->size(), 2U) << "the clock stands";
}

TEST(MessageIndex, DestroyedMessagesStayAsRows) {
  DeskBench bench;
  ASSERT_TRUE(record_events(bench.indexed, bench.vault.entries.at(bench.id).facts, "",
                            {audit::Event::shown, audit::Event::expired}));
  bench.vault.entries.clear();
  ASSERT_TRUE(bench.index.refresh(bench.vault));
  EXPECT_EQ(bench.row().state(), MessageState::expired);
  EXPECT_EQ(bench.row().recipient, "pat@example.org");
  bench.clock.advance(std::chrono::hours(401 * 24));
  ASSERT_TRUE(bench.index.refresh(bench.vault));
  EXPECT_FALSE(bench.index.find(bench.id).has_value());
}

}  // namespace
}  // namespace phimilter::portal
