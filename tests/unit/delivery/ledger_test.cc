// SPDX-License-Identifier: Apache-2.0
#include "delivery/ledger.h"

#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "audit/journal.h"
#include "audit/journal_line.h"
#include "base/limits.h"
#include "delivery/submission.h"
#include "support/temp_folder.h"

namespace phimilter::delivery {
namespace {

using policy::Method;

const std::vector<std::string> kBoth = {"a@x.example", "b@y.example"};
const Timestamp kNow{std::chrono::seconds(1'800'000'000)};

DigestId digest(char digit = 'a') {
  return DigestId::parse(std::string(64, digit)).value();
}

policy::Treatment by(Method method) {
  policy::Treatment treatment;
  treatment.method = method;
  return treatment;
}

// A first try in which `a` got a copy and `b` did not.
std::string half_done(Ledger& ledger) {
  auto claim = ledger.claim(digest(), kBoth, kNow).value();
  claim.intended(kBoth[0], by(Method::pgp));
  claim.intended(kBoth[1], by(Method::portal));
  claim.settled(kBoth[0]);
  return claim.instance();
}

TEST(Ledger, NextTryGoesOnWhereTheFirstStopped) {
  Ledger ledger;
  const std::string instance = half_done(ledger);
  auto claim = ledger.claim(digest(), kBoth, kNow).value();
  EXPECT_EQ(claim.instance(), instance);
  EXPECT_TRUE(claim.begun());
  ASSERT_TRUE(claim.stored(kBoth[0]));
  EXPECT_TRUE(claim.stored(kBoth[0])->settled);
  ASSERT_TRUE(claim.stored(kBoth[1]));
  EXPECT_FALSE(claim.stored(kBoth[1])->settled);
  EXPECT_EQ(claim.stored(kBoth[1])->treatment.method, Method::portal);
}

// What may have left by re-entry under its own Message-ID never leaves in place as well.
TEST(Ledger, CopyThatMayHaveLeftHasBegun) {
  Ledger ledger;
  {
    auto claim = ledger.claim(digest(), kBoth, kNow).value();
    claim.intended(kBoth[0], by(Method::pgp));
    EXPECT_FALSE(claim.begun());
    claim.doubted(kBoth[0]);
  }
  EXPECT_TRUE(ledger.claim(digest(), kBoth, kNow).value().begun());
}

TEST(Ledger, FinishedMailThatComesAgainIsNew) {
  Ledger ledger;
  const std::string instance = half_done(ledger);
  {
    auto claim = ledger.claim(digest(), kBoth, kNow).value();
    claim.completed(kBoth[0]);
    claim.completed(kBoth[1]);
  }
  EXPECT_EQ(ledger.unfinished(), 0U);
  auto again = ledger.claim(digest(), kBoth, kNow).value();
  EXPECT_NE(again.instance(), instance);
  EXPECT_FALSE(again.stored(kBoth[0]));
}

// The same mail comes while the first is in work, and goes on when that has ended.
TEST(Ledger, MailInWorkIsWaitedFor) {
  Ledger ledger;
  auto first = std::make_optional(ledger.claim(digest(), kBoth, kNow).value());
  first->intended(kBoth[0], by(Method::pgp));
  const auto refused = ledger.claim(digest(), std::vector<std::string>{kBoth[1]}, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "delivery.in_work");
  const std::string instance = first->instance();
  auto second = std::async(std::launch::async, [&ledger] {
    return ledger.claim(digest(), kBoth, kNow, {.patience = std::chrono::minutes(1)}).value();
  });
  first.reset();
  EXPECT_EQ(second.get().instance(), instance);
}

// The client hands the same mail in for others, and mail that is let go untouched makes no copies.
TEST(Ledger, OthersAreNotWaitedFor) {
  Ledger ledger;
  const auto first = ledger.claim(digest(), kBoth, kNow).value();
  EXPECT_TRUE(ledger.claim(digest(), std::vector<std::string>{"c@z.example"}, kNow));
  EXPECT_TRUE(ledger.claim(digest('b'), kBoth, kNow));
  EXPECT_TRUE(ledger.claim(digest(), kBoth, kNow, {.protects = false}));
}

// What was decided to be protected is not let go by a changed policy meanwhile.
TEST(Ledger, UntouchedMailWaitsForCopiesThatHaveBegun) {
  Ledger ledger;
  auto first = ledger.claim(digest(), kBoth, kNow).value();
  first.intended(kBoth[0], by(Method::pgp));
  EXPECT_FALSE(ledger.claim(digest(), kBoth, kNow, {.protects = false}));
}

TEST(Ledger, RepeatForSomeRecipientsLeavesTheOthersOpen) {
  Ledger ledger;
  const std::string instance = half_done(ledger);
  {
    auto claim = ledger.claim(digest(), std::vector<std::string>{kBoth[0]}, kNow).value();
    EXPECT_EQ(claim.instance(), instance);
    claim.completed(kBoth[0]);
  }
  auto claim = ledger.claim(digest(), std::vector<std::string>{kBoth[1]}, kNow).value();
  EXPECT_EQ(claim.instance(), instance);
}

TEST(Ledger, OtherRecipientsAreAnotherSubmission) {
  Ledger ledger;
  const std::string instance = half_done(ledger);
  auto claim = ledger.claim(digest(), std::vector<std::string>{"c@z.example"}, kNow).value();
  EXPECT_NE(claim.instance(), instance);
}

TEST(Ledger, NothingIntendedLeavesNothing) {
  Ledger ledger;
  { auto claim = ledger.claim(digest(), kBoth, kNow).value(); }
  EXPECT_EQ(ledger.unfinished(), 0U);
}

TEST(Ledger, ForgetsAfterTheWindow) {
  Ledger ledger;
  const std::string instance = half_done(ledger);
  const Timestamp later = kNow + std::chrono::seconds(limits::kIntentWindowS + 1);
  auto claim = ledger.claim(digest(), kBoth, later).value();
  EXPECT_NE(claim.instance(), instance);
  EXPECT_EQ(ledger.unfinished(), 1U);
}

audit::Record record(audit::Event event, const std::vector<std::string>& keys,
                     const std::string& status, Timestamp time = kNow) {
  audit::Record out;
  out.event = event;
  out.time = time;
  out.digest = digest().str();
  out.instance = "1234";
  for (const std::string& key : keys) {
    audit::RecipientRecord recipient;
    policy::Treatment treatment = by(Method::smime);
    treatment.cms.gcm = true;
    treatment.key = FingerprintId::parse(std::string(64, 'c'));
    treatment.reasons = {"rule phi.result"};
    write_treatment(treatment, recipient);
    recipient.address = key;
    recipient.token = recipient_token(digest(), "1234", key).str();
    recipient.status = status;
    out.recipients.push_back(recipient);
  }
  return out;
}

TEST(Ledger, IsMadeAnewFromRecords) {
  Ledger ledger;
  ledger.replay(record(audit::Event::intended, kBoth, ""), kNow);
  ledger.replay(record(audit::Event::accepted, {kBoth[0]}, "accepted 250"), kNow);
  ledger.replay(record(audit::Event::failed, kBoth, "deferred"), kNow);
  auto claim = ledger.claim(digest(), kBoth, kNow).value();
  EXPECT_EQ(claim.instance(), "1234");
  EXPECT_TRUE(claim.stored(kBoth[0])->settled);
  EXPECT_FALSE(claim.stored(kBoth[1])->settled);
  const policy::Treatment treatment = claim.stored(kBoth[1])->treatment;
  EXPECT_EQ(treatment.method, Method::smime);
  EXPECT_TRUE(treatment.cms.gcm);
  EXPECT_EQ(treatment.key, FingerprintId::parse(std::string(64, 'c')));
  EXPECT_EQ(treatment.reasons, std::vector<std::string>{"rule phi.result"});
}

enum class End { answered, denied, killed, killed_after_no };

// Everybody is served, and then.
std::string all_served(Ledger& ledger, End end) {
  if (end == End::killed || end == End::killed_after_no) {
    ledger.replay(record(audit::Event::intended, kBoth, ""), kNow);
    ledger.replay(record(audit::Event::accepted, kBoth, "accepted 250"), kNow);
    if (end == End::killed_after_no) {
      ledger.replay(record(audit::Event::failed, kBoth, "settled"), kNow);
    }
    return "1234";
  }
  auto claim = ledger.claim(digest(), kBoth, kNow).value();
  for (const std::string& key : kBoth) {
    claim.intended(key, by(key == kBoth[0] ? Method::pgp : Method::hold));
    claim.settled(key);
  }
  if (end == End::answered) {
    claim.answered();
  }
  return claim.instance();
}

// Two mails with one name are one; of a mail without nobody knows.
TEST(Ledger, CopiesAfterAnAnswerThatMayBeLost) {
  struct Case {
    End end;
    bool named;
    bool left_out;
  };
  const Case cases[] = {{End::answered, true, true},         {End::answered, false, false},
                        {End::denied, true, true},           {End::denied, false, true},
                        {End::killed, true, true},           {End::killed, false, false},
                        {End::killed_after_no, false, true}, {End::killed_after_no, true, true}};
  for (const Case& test : cases) {
    Ledger ledger;
    const std::string instance = all_served(ledger, test.end);
    const auto claim = ledger.claim(digest(), kBoth, kNow, {.names_itself = test.named}).value();
    EXPECT_EQ(claim.instance(), instance);
    EXPECT_EQ(claim.stored(kBoth[0])->settled, test.left_out) << static_cast<int>(test.end);
    EXPECT_TRUE(test.left_out || claim.stored(kBoth[0])->in_doubt);
    const bool held = claim.stored(kBoth[1])->treatment.method == Method::hold;
    EXPECT_EQ(claim.stored(kBoth[1])->settled, test.left_out || held);
  }
}

TEST(Ledger, RefusedForGoodIsSettledInRecords) {
  Ledger ledger;
  ledger.replay(record(audit::Event::intended, kBoth, ""), kNow);
  ledger.replay(record(audit::Event::failed, {kBoth[1]}, "refused 550"), kNow);
  auto claim = ledger.claim(digest(), kBoth, kNow).value();
  EXPECT_TRUE(claim.stored(kBoth[1])->settled);
  EXPECT_FALSE(claim.stored(kBoth[0])->settled);
}

TEST(Ledger, CompletedAndOldRecordsLeaveNothing) {
  Ledger ledger;
  ledger.replay(record(audit::Event::intended, kBoth, ""), kNow);
  ledger.replay(record(audit::Event::completed, kBoth, "accepted 250"), kNow);
  EXPECT_EQ(ledger.unfinished(), 0U);
  const Timestamp old = kNow - std::chrono::seconds(limits::kIntentWindowS + 1);
  ledger.replay(record(audit::Event::intended, kBoth, "", old), kNow);
  EXPECT_EQ(ledger.unfinished(), 0U);
}

TEST(Ledger, IsMadeAnewFromTheJournal) {
  const test::TempFolder folder;
  {
    auto journal = audit::open_journal(folder.path(), "filter", system_clock());
    ASSERT_TRUE(journal) << journal.error().describe();
    ASSERT_TRUE((*journal)->append(record(audit::Event::intended, kBoth, "")));
    ASSERT_TRUE((*journal)->append(record(audit::Event::accepted, {kBoth[0]}, "accepted 250")));
  }
  Ledger ledger;
  const Timestamp now = system_clock().now();
  ASSERT_TRUE(rebuild_ledger(folder.path(), now, ledger));
  auto claim = ledger.claim(digest(), kBoth, now).value();
  EXPECT_EQ(claim.instance(), "1234");
  EXPECT_TRUE(claim.stored(kBoth[0])->settled);
  EXPECT_FALSE(claim.stored(kBoth[1])->settled);
  EXPECT_TRUE(claim.stored(kBoth[1])->treatment.cms.gcm);
}

// A journal file that began `days` before now, with a half-done submission of its own.
std::string old_file(const test::TempFolder& folder, std::uint64_t first, int days, char digit) {
  audit::Record record;
  record.event = audit::Event::intended;
  record.digest = digest(digit).str();
  record.instance = std::string("i") + digit;
  std::string content, previous(64, '0');
  for (int line = 0; line < 3; ++line) {
    record.sequence = first + static_cast<std::uint64_t>(line);
    record.writer = "filter";
    record.time = kNow - std::chrono::hours(24 * days - line);
    audit::RecipientRecord recipient;
    recipient.token = recipient_token(digest(digit), record.instance, kBoth[0]).str();
    recipient.method = "pgp";
    record.recipients = {recipient};
    content += audit::make_line(record.sequence, previous, audit::to_json(record), previous);
  }
  return folder.write(audit::journal_file_name(first), content);
}

TEST(Ledger, IsMadeAnewWithoutReadingYears) {
  const test::TempFolder folder;
  const std::string ancient = old_file(folder, 1, 900, 'a');
  old_file(folder, 4, 8, 'b');  // its later lines could be of the window
  old_file(folder, 7, 3, 'c');
  old_file(folder, 10, 0, 'd');
  Ledger whole;
  ASSERT_TRUE(audit::read_journal(folder.path(), 0, [&](const audit::JournalLine& line) {
    whole.replay(audit::record_from_json(line.json).value(), kNow);
    return true;
  }));
  folder.write(audit::journal_file_name(1), "not to be read at all\n");
  Ledger bounded;
  ASSERT_TRUE(rebuild_ledger(folder.path(), kNow, bounded));
  EXPECT_EQ(bounded.unfinished(), 2U);
  EXPECT_EQ(whole.unfinished(), 2U);
  for (const char digit : {'a', 'b', 'c', 'd'}) {
    const auto one = bounded.claim(digest(digit), kBoth, kNow).value();
    const auto other = whole.claim(digest(digit), kBoth, kNow).value();
    EXPECT_EQ(one.stored(kBoth[0]).has_value(), other.stored(kBoth[0]).has_value()) << digit;
  }
}

TEST(Ledger, CountsTriesUntilTheMailIsDone) {
  Ledger ledger;
  audit::Record failed;
  failed.event = audit::Event::failed;
  failed.digest = digest().str();
  failed.fault = "policy.undecided";
  for (int minute = 0; minute < 3; ++minute) {
    failed.time = kNow + std::chrono::minutes(minute);
    ledger.replay(failed, kNow);
  }
  ledger.tried(digest(), "policy.undecided", kNow + std::chrono::minutes(9));
  ledger.tried(digest(), "protect.exposed", kNow + std::chrono::minutes(9));
  EXPECT_EQ(ledger.tries(digest(), "policy.undecided").count, 4);
  EXPECT_EQ(ledger.tries(digest(), "policy.undecided").first, kNow);
  EXPECT_EQ(ledger.tries(digest('b'), "policy.undecided").count, 0);
  {
    auto claim = ledger.claim(digest(), kBoth, kNow).value();
    claim.completed(kBoth[0]);
  }
  EXPECT_EQ(ledger.tries(digest(), "policy.undecided").count, 0);
}

TEST(StoredTreatment, KeepsTheTermsOverTheJournal) {
  policy::Treatment treatment;
  treatment.method = policy::Method::portal;
  treatment.reasons = {"rule short"};
  treatment.terms = {7, 3, true, true, false};
  audit::Record record;
  record.recipients.emplace_back();
  write_treatment(treatment, record.recipients.front());
  const auto read = audit::record_from_json(audit::to_json(record));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->recipients.front().terms,
            "expiry 7d, remind after 3d, receipt, reply to all, no forward");
  EXPECT_EQ(read_treatment(read->recipients.front()), treatment);
  record.recipients.front().terms = "of a later version";
  EXPECT_EQ(read_treatment(record.recipients.front())->terms, policy::Terms{});
}

}  // namespace
}  // namespace phimilter::delivery
