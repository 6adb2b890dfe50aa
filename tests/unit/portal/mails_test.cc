// SPDX-License-Identifier: Apache-2.0
//
// Reminders, words to senders and receipts: what is due when, each once, also when the mail server
// or the portal ends in between.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/files.h"
#include "portal/events.h"
#include "portal/fakes.h"
#include "portal/mails_round.h"
#include "portal/mails_text.h"

namespace phimilter::portal {
namespace {

using std::chrono::hours;

struct Bench {
  explicit Bench(MailRules given) : rules(given) {
    std::filesystem::remove_all(folder);
    open();
  }
  ~Bench() { std::filesystem::remove_all(folder); }

  // As after a start: memory is gone, the disk is not.
  void open() {
    round.reset();
    marks.emplace(*MarkStore::open(folder));
    round.emplace(MailRoundParts{
        index, vault, *marks, journal, clock, rules,
        [this](const escrow::EntryFacts& facts, Topic topic) {
          return attempt("remind " + facts.recipient + " " + std::string(to_string(topic)));
        },
        [this](const std::string& sender, const std::vector<WordLine>& lines) {
          std::string text = "tell " + sender;
          for (const WordLine& line : lines) {
            text += " " + std::string(to_string(line.topic));
          }
          return attempt(lines.size() > 5 ? "tell " + sender + " many" : text);
        },
        [this](const EscrowId& id) -> Result<bool> { return elsewhere.contains(id); }});
  }
  Status attempt(const std::string& what) {
    ++attempts;
    if (killed) {
      throw std::string("killed");
    }
    if (fault) {
      return fail(*fault);
    }
    mails.push_back(what);
    return {};
  }
  void add(int number, const std::string& sender = "lab@clinic.example") {
    const EscrowId id = *EscrowId::parse(hex_id(number));
    FakeVault::Entry entry{test_facts(id), escrow::EntryState::open, "x", {}, false};
    entry.facts.sender = sender;
    entry.facts.recipient = "p" + std::to_string(number) + "@example.org";
    vault.entries.emplace(id, entry);
  }
  static std::string hex_id(int number) {
    std::string digits = std::to_string(number);
    return std::string(32 - digits.size(), '0') + digits;
  }
  void shown(int number) {
    const EscrowId id = *EscrowId::parse(hex_id(number));
    ASSERT_TRUE(record_events(journal, vault.entries.at(id).facts, "", {audit::Event::shown}));
  }
  std::vector<std::string> run() {
    mails.clear();
    EXPECT_TRUE(index.refresh(vault));
    last = round->run();
    return mails;
  }
  std::vector<std::string> after(hours wait) {
    clock.advance(wait);
    return run();
  }

  using Mails = std::vector<std::string>;
  std::string folder = testing::TempDir() + "/mails-" + std::to_string(getpid());
  MailRules rules;
  FixedClock clock{test_time()};
  FakeVault vault;
  FakeJournal written;
  MessageIndex index{clock};
  IndexedJournal journal{written, index, clock};
  std::optional<MarkStore> marks;
  std::optional<MailRound> round;
  Mails mails;
  std::set<EscrowId> elsewhere;  // shown by another portal
  std::optional<Fault> fault;
  bool killed = false;
  int attempts = 0;
  Result<std::size_t> last = 0;
};

MailRules all_rules() {
  return {Receipts::off, std::chrono::days(5), std::chrono::days(10), std::chrono::days(3), true};
}

TEST(Mails, LifeOfAnUnreadMessage) {
  Bench bench(all_rules());
  bench.add(1);
  EXPECT_EQ(bench.run(), Bench::Mails{});
  EXPECT_EQ(bench.after(hours(24 * 5 - 1)), Bench::Mails{});
  EXPECT_EQ(bench.after(hours(1)), Bench::Mails{"remind p1@example.org unread"});
  EXPECT_EQ(bench.after(hours(1)), Bench::Mails{});
  EXPECT_EQ(bench.after(hours(24 * 5)), Bench::Mails{"tell lab@clinic.example unread"});
  bench.open();
  EXPECT_EQ(bench.after(hours(24 * 10)), Bench::Mails{}) << "also after a restart";
  EXPECT_EQ(bench.after(hours(24 * 7)),
            (Bench::Mails{"remind p1@example.org expiring", "tell lab@clinic.example expiring"}));
  EXPECT_EQ(bench.after(hours(24 * 2)), Bench::Mails{});
  EXPECT_EQ(bench.written.events(), "reminded sender_told reminded sender_told");
  EXPECT_EQ(bench.written.records().back().recipients.front().reasons.front(), "expiring");
}

TEST(Mails, NothingIsDueOnceItWasReadOrIsOver) {
  struct Case {
    const char* name;
    escrow::EntryState state;
    bool shown;
  };
  for (const Case& each : {Case{"read", escrow::EntryState::open, true},
                           Case{"retracted", escrow::EntryState::retracted, false},
                           Case{"expired", escrow::EntryState::expired, false},
                           Case{"not sent", escrow::EntryState::waiting_for_notice, false}}) {
    Bench bench(all_rules());
    bench.add(1);
    bench.vault.entries.begin()->second.state = each.state;
    if (each.shown) {
      bench.shown(1);
    }
    EXPECT_EQ(bench.after(hours(24 * 28)), Bench::Mails{}) << each.name;
  }
}

TEST(Mails, ZeroDaysMeanNever) {
  Bench bench({});
  bench.add(1);
  EXPECT_EQ(bench.after(hours(24 * 29)), Bench::Mails{});
}

TEST(Mails, ShortLivesAreNotAnnouncedAtOnce) {
  Bench bench(all_rules());
  bench.add(1);
  bench.vault.entries.begin()->second.facts.expires = test_time() + hours(48);
  EXPECT_EQ(bench.after(hours(23)), Bench::Mails{});
  EXPECT_EQ(bench.after(hours(1)).size(), 2U);
}

TEST(Mails, AnExtendedMessageIsAnnouncedAgain) {
  Bench bench(all_rules());
  bench.add(1);
  EXPECT_EQ(bench.after(hours(24 * 27)).size(), 2U);
  bench.vault.entries.begin()->second.facts.expires += hours(24 * 30);
  EXPECT_EQ(bench.after(hours(24)),
            (Bench::Mails{"remind p1@example.org unread", "tell lab@clinic.example unread"}));
  EXPECT_EQ(bench.after(hours(24 * 29)).size(), 2U);
}

TEST(Mails, TenThousandUnreadMessagesAreOneMailADayToTheSender) {
  MailRules rules = all_rules();
  rules.remind = std::chrono::days(0);
  Bench bench(rules);
  for (int i = 0; i < 10'000; ++i) {
    bench.add(i);
  }
  EXPECT_EQ(bench.after(hours(24 * 10)), Bench::Mails{"tell lab@clinic.example many"});
  bench.add(10'001);
  bench.vault.entries.at(*EscrowId::parse(Bench::hex_id(10'001))).facts.recipient =
      "late@x.example";
  EXPECT_EQ(bench.after(hours(23)), Bench::Mails{}) << "one a day";
  EXPECT_EQ(bench.after(hours(1)), Bench::Mails{"tell lab@clinic.example unread"}) << "the new one";
  EXPECT_EQ(bench.after(hours(24)), Bench::Mails{});
}

TEST(Mails, ManyRemindersGoInRounds) {
  Bench bench(all_rules());
  for (int i = 0; i < 250; ++i) {
    bench.add(i);
  }
  bench.clock.advance(hours(24 * 5));
  std::vector<std::size_t> counts;
  for (int i = 0; i < 4; ++i) {
    counts.push_back(bench.run().size());
  }
  EXPECT_EQ(counts, (std::vector<std::size_t>{100, 100, 50, 0}));
}

TEST(Mails, ReceiptsByRule) {
  struct Case {
    Receipts receipts;
    Bench::Mails mails;
  };
  const Case cases[] = {
      {Receipts::off, {}},
      {Receipts::each, {"tell lab@clinic.example shown", "tell lab@clinic.example shown"}},
      {Receipts::daily, {"tell lab@clinic.example shown shown"}}};
  for (const Case& each : cases) {
    MailRules rules = all_rules();
    rules.receipts = each.receipts;
    Bench bench(rules);
    bench.add(1);
    bench.add(2);
    bench.shown(1);
    bench.shown(2);
    EXPECT_EQ(bench.run(), each.mails);
    EXPECT_EQ(bench.run(), Bench::Mails{});
  }
  MailRules rules = all_rules();
  rules.receipts = Receipts::each;
  Bench old(rules);
  old.add(1);
  old.shown(1);
  EXPECT_EQ(old.after(hours(49)), Bench::Mails{}) << "no news any more";
}

TEST(Mails, APolicysTermsComeBeforeTheSettings) {
  Bench bench(all_rules());
  bench.add(1);
  bench.add(2);
  escrow::EntryFacts& facts = bench.vault.entries.at(*EscrowId::parse(Bench::hex_id(1))).facts;
  facts.remind_days = 2;
  facts.receipt = true;
  EXPECT_EQ(bench.after(hours(24 * 2)), Bench::Mails{"remind p1@example.org unread"});
  bench.open();
  EXPECT_EQ(bench.after(hours(24 * 3)), Bench::Mails{"remind p2@example.org unread"});
  bench.shown(1);
  bench.shown(2);
  EXPECT_EQ(bench.run(), Bench::Mails{"tell lab@clinic.example shown"}) << "of the first alone";
}

TEST(Mails, WhatWasShownByAnotherPortalIsNoNews) {
  Bench bench(all_rules());
  bench.add(1);
  bench.add(2);
  bench.elsewhere.insert(*EscrowId::parse(Bench::hex_id(1)));
  EXPECT_EQ(bench.after(hours(24 * 5)), Bench::Mails{"remind p2@example.org unread"});
  EXPECT_EQ(bench.after(hours(24 * 6)), Bench::Mails{"tell lab@clinic.example unread"});
}

TEST(Mails, WhatTheListenerRefusedIsTriedAgain) {
  Bench bench(all_rules());
  bench.add(1);
  bench.fault = transient_fault("smtp.connect", "nobody listens");
  EXPECT_EQ(bench.after(hours(24 * 10)), Bench::Mails{});
  EXPECT_FALSE(bench.last.has_value());
  bench.open();
  bench.fault.reset();
  EXPECT_EQ(bench.run(),
            (Bench::Mails{"remind p1@example.org unread", "tell lab@clinic.example unread"}));
}

TEST(Mails, WhatMayHaveLeftIsNotSentAgain) {
  Bench bench(all_rules());
  bench.add(1);
  bench.fault = transient_fault("smtp.in_doubt", "lost after the final dot");
  bench.after(hours(24 * 10));
  EXPECT_EQ(bench.attempts, 2);
  bench.fault.reset();
  bench.open();
  EXPECT_EQ(bench.run(), Bench::Mails{});
}

TEST(Mails, KilledWhileAMailIsOnItsWayItIsNotSentAgain) {
  Bench bench(all_rules());
  bench.add(1);
  bench.rules.tell = std::chrono::days(0);
  bench.open();
  bench.killed = true;
  bench.clock.advance(hours(24 * 5));
  EXPECT_THROW(bench.run(), std::string);
  bench.killed = false;
  bench.open();
  EXPECT_EQ(bench.run(), Bench::Mails{}) << "one too few rather than two";
  EXPECT_EQ(bench.attempts, 1);
}

TEST(Mails, MarksThatCannotBeReadSendNothing) {
  Bench bench(all_rules());
  bench.add(1);
  ASSERT_TRUE(write_file_durably(bench.folder + "/" + Bench::hex_id(1), "{", 0600));
  EXPECT_EQ(bench.after(hours(24 * 5)), Bench::Mails{});
  EXPECT_FALSE(bench.last.has_value());
}

TEST(Mails, MarksOfWhatIsGoneAreForgotten) {
  Bench bench(all_rules());
  bench.add(1);
  bench.add(2, "other@clinic.example");
  EXPECT_EQ(bench.after(hours(24 * 10)).size(), 4U);
  EXPECT_EQ(bench.marks->names()->size(), 4U);
  bench.vault.entries.erase(bench.vault.entries.begin());
  bench.clock.advance(hours(25));
  bench.run();
  EXPECT_TRUE(bench.round->forget_gone());
  EXPECT_EQ(bench.marks->names()->size(), 2U);
  EXPECT_EQ(bench.run(), Bench::Mails{});
}

TEST(MailTexts, NameTheRecipientInsideAndNobodyOutside) {
  const auto languages = load_languages();
  const delivery::MessageRow row{*EscrowId::parse(Bench::hex_id(1)),
                                 "lab@clinic.example",
                                 "pat@example.org",
                                 "4ABC",
                                 std::nullopt,
                                 {}};
  SenderMailFacts facts;
  facts.brand.name = "Clínica \"Río\"";
  facts.from = "no-reply@clinic.example";
  facts.to = "lab@clinic.example";
  facts.page = "https://portal.example/sent";
  facts.languages = {&languages->english, &languages->spanish};
  for (const bool outside : {false, true}) {
    facts.outside = outside;
    for (SenderMail mail : {word_mail(facts, {{Topic::unread, row}}), request_mail(facts, row)}) {
      for (auto at = mail.body.find("=\r\n"); at != std::string::npos;
           at = mail.body.find("=\r\n")) {
        mail.body.erase(at, 3);
      }
      EXPECT_EQ(mail.body.find("pat@example.org") == std::string::npos, outside);
      EXPECT_NE(mail.body.find(row.reference()), std::string::npos);
      EXPECT_NE(mail.body.find("https://portal.example/sent"), std::string::npos);
      EXPECT_EQ(mail.headers.first("Auto-Submitted")->value, " auto-generated");
      EXPECT_TRUE(mail.headers.first("From")->value.ends_with("<no-reply@clinic.example>"));
    }
  }
  std::vector<WordLine> many(10'000, {Topic::unread, row});
  const SenderMail mail = word_mail(facts, many);
  EXPECT_LT(mail.body.size(), 20'000U);
  EXPECT_NE(mail.body.find("9950"), std::string::npos);
}

}  // namespace
}  // namespace phimilter::portal
