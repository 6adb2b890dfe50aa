// SPDX-License-Identifier: Apache-2.0
#include "portal/access.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/limits.h"
#include "portal/fakes.h"

namespace phimilter::portal {
namespace {

Verdict answer(AccessBench& bench, std::string_view given) {
  const auto answered = bench.access.answer(bench.id, given, "192.0.2.1");
  EXPECT_TRUE(answered.has_value());
  return answered ? answered->verdict : Verdict::gone;
}

void answer_wrongly(AccessBench& bench, int times) {
  for (int i = 0; i < times; ++i) {
    answer(bench, "wrong");
  }
}

TEST(Access, LookingChangesNothing) {
  AccessBench bench;
  const auto visit = bench.access.look(bench.id);
  ASSERT_TRUE(visit.has_value());
  EXPECT_EQ(visit->standing, Standing::open);
  EXPECT_EQ(visit->kind, ProofKind::question);
  EXPECT_EQ(visit->question, "Date of birth?");
  EXPECT_EQ(bench.states.saves, 0);
  EXPECT_TRUE(bench.vault.entries.at(bench.id).proof.has_value());
  EXPECT_EQ(bench.journal.events(), "");
}

TEST(Access, RightAnswerInAnySpellingOpens) {
  for (const std::string_view given : {"1961-03-07", "3/7/1961", " March 7, 1961 "}) {
    AccessBench bench;
    EXPECT_EQ(answer(bench, given), Verdict::right) << given;
    EXPECT_EQ(bench.journal.events(), "challenged verified shown");
    EXPECT_EQ(bench.journal.records().front().client, "192.0.2.1");
    EXPECT_EQ(bench.states.states.at(bench.id).wrong_tries, 0);
    EXPECT_EQ(bench.states.states.at(bench.id).first_shown, test_time());
  }
}

TEST(Access, AnswerMovesFromVaultToHashedState) {
  AccessBench bench;
  answer(bench, "wrong");
  EXPECT_FALSE(bench.vault.entries.at(bench.id).proof.has_value());
  EXPECT_TRUE(bench.states.states.at(bench.id).answer_hash.starts_with("$phi-argon2id$"));
  EXPECT_EQ(bench.states.states.at(bench.id).question, "Date of birth?");
}

TEST(Access, WrongAnswersAreCountedThenLocked) {
  AccessBench bench;
  for (int i = 1; i < limits::kProofTries; ++i) {
    const auto answered = bench.access.answer(bench.id, "wrong", "");
    ASSERT_TRUE(answered.has_value());
    EXPECT_EQ(answered->verdict, Verdict::wrong);
    EXPECT_EQ(answered->tries_left, limits::kProofTries - i);
  }
  bench.journal.clear();
  EXPECT_EQ(answer(bench, "wrong"), Verdict::locked);
  EXPECT_EQ(bench.journal.events(), "challenged refused locked");
  EXPECT_EQ(answer(bench, "1961-03-07"), Verdict::locked)
      << "the right answer does not open a lock";
  EXPECT_EQ(bench.access.look(bench.id)->standing, Standing::locked);
  EXPECT_EQ(bench.access.look(bench.id)->locked_s, limits::kProofLockS);
}

TEST(Access, LockEndsAndCountingBeginsAnew) {
  AccessBench bench;
  answer_wrongly(bench, limits::kProofTries);
  bench.clock.advance(std::chrono::seconds(limits::kProofLockS) - std::chrono::microseconds(1));
  EXPECT_EQ(answer(bench, "1961-03-07"), Verdict::locked);
  bench.clock.advance(std::chrono::microseconds(1));
  EXPECT_EQ(answer(bench, "wrong"), Verdict::wrong);
  EXPECT_EQ(answer(bench, "1961-03-07"), Verdict::right);
}

// Else a month of guessing would go through all days of birth.
TEST(Access, EachLockLastsTwiceAsLongUpToALimit) {
  AccessBench bench;
  std::int64_t expected = limits::kProofLockS;
  for (int lock = 1; lock <= 10; ++lock) {
    answer_wrongly(bench, limits::kProofTries - 1);
    const auto answered = bench.access.answer(bench.id, "wrong", "");
    ASSERT_EQ(answered->verdict, Verdict::locked);
    EXPECT_EQ(answered->locked_s, expected);
    EXPECT_EQ(bench.access.look(bench.id)->locked_s, expected);
    EXPECT_EQ(bench.access.answer(bench.id, "wrong", "")->locked_s, expected);
    bench.clock.advance(std::chrono::seconds(expected));
    expected = std::min<std::int64_t>(2 * expected, 128 * limits::kProofLockS);
  }
  EXPECT_EQ(answer(bench, "1961-03-07"), Verdict::right);
  answer_wrongly(bench, limits::kProofTries);
  EXPECT_EQ(bench.access.look(bench.id)->locked_s, limits::kProofLockS) << "forgotten";
}

TEST(Access, RightAnswerForgetsWrongOnes) {
  AccessBench bench;
  answer_wrongly(bench, limits::kProofTries - 1);
  EXPECT_EQ(answer(bench, "1961-03-07"), Verdict::right);
  EXPECT_EQ(answer(bench, "wrong"), Verdict::wrong);
}

TEST(Access, ParallelGuessesGetNoExtraTry) {
  AccessBench bench;
  std::atomic<int> wrong = 0;
  std::atomic<int> locked = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      const auto answered = bench.access.answer(bench.id, "wrong", "");
      (answered && answered->verdict == Verdict::wrong ? wrong : locked)++;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, limits::kProofTries - 1);
  EXPECT_EQ(locked, 12 - (limits::kProofTries - 1));
}

TEST(Access, NothingOpensWhenItCannotBeCountedOrRecorded) {
  struct Case {
    const char* name;
    void (*damage)(AccessBench&);
  };
  const Case cases[] = {
      {"state cannot be read", [](AccessBench& b) { b.states.broken_load = true; }},
      {"state cannot be written", [](AccessBench& b) { b.states.broken_save = true; }},
      {"journal cannot be written", [](AccessBench& b) { b.journal.broken = true; }},
      {"vault cannot be read", [](AccessBench& b) { b.vault.broken = true; }}};
  for (const Case& each : cases) {
    AccessBench bench;
    each.damage(bench);
    EXPECT_FALSE(bench.access.answer(bench.id, "1961-03-07", "").has_value()) << each.name;
  }
}

TEST(Access, TryIsOnTheDiskBeforeTheJournalFails) {
  AccessBench bench;
  answer(bench, "wrong");
  bench.journal.broken = true;
  EXPECT_FALSE(bench.access.answer(bench.id, "wrong", "").has_value());
  EXPECT_EQ(bench.states.states.at(bench.id).wrong_tries, 2);
}

// Who is told to come again, and does, has not guessed.
TEST(Access, AnswerThatNobodyHadTimeForIsNoTry) {
  AccessBench bench;
  answer_wrongly(bench, limits::kProofTries - 2);
  SlowHash no_time(bench.pepper, 0, 0);
  Access busy(bench.parts(nullptr, {}, no_time));
  for (int i = 0; i < 2 * GuessOptions{}.network.tries; ++i) {
    const auto answered = busy.answer(bench.id, "1961-03-07", "192.0.2.1");
    ASSERT_FALSE(answered.has_value()) << i;
    EXPECT_EQ(answered.error().id, "portal.busy");
  }
  EXPECT_EQ(answer(bench, "wrong"), Verdict::wrong) << "the last but one";
  EXPECT_EQ(answer(bench, "wrong"), Verdict::locked);
}

TEST(Access, QuestionOfTheRecipientStoreServesToo) {
  AccessBench bench;
  bench.vault.entries.at(bench.id).proof.reset();
  bench.recipients.proofs["pat@example.org"] = {"First pet?", "Mr. Whiskers"};
  EXPECT_EQ(bench.access.look(bench.id)->question, "First pet?");
  EXPECT_EQ(answer(bench, "rex"), Verdict::wrong);
  EXPECT_EQ(answer(bench, "mr whiskers"), Verdict::right);
}

TEST(Access, AnswerWithoutLettersIsWrongWhereverTheQuestionCameFrom) {
  AccessBench bench;
  EXPECT_EQ(answer(bench, "---"), Verdict::wrong);
  AccessBench stored;
  stored.vault.entries.at(stored.id).proof.reset();
  stored.recipients.proofs["pat@example.org"] = {"First pet?", "Mr. Whiskers"};
  EXPECT_EQ(answer(stored, "---"), Verdict::wrong);
}

TEST(Access, LostStateNeverTurnsTheQuestionIntoACode) {
  AccessBench bench;
  answer_wrongly(bench, limits::kProofTries);
  bench.states.states.clear();
  EXPECT_EQ(bench.access.look(bench.id).error().id, "portal.state_lost");
  EXPECT_EQ(bench.access.send_code(bench.id, {"en", ""}).error().id, "portal.state_lost");
  EXPECT_EQ(bench.access.answer(bench.id, "1961-03-07", "").error().id, "portal.state_lost");
  EXPECT_TRUE(bench.mailed_codes.empty());
}

TEST(Access, UnreadableRecipientStoreNeverFallsBackToACode) {
  AccessBench bench;
  bench.vault.entries.at(bench.id).proof.reset();
  bench.recipients.broken = true;
  EXPECT_FALSE(bench.access.look(bench.id).has_value());
  EXPECT_FALSE(bench.access.send_code(bench.id, {"en", ""}).has_value());
  EXPECT_TRUE(bench.mailed_codes.empty());
}

struct CodeBench : AccessBench {
  CodeBench() { vault.entries.at(id).proof.reset(); }
};

TEST(Access, CodeOpensOnceAndOnlyInTime) {
  CodeBench bench;
  EXPECT_EQ(bench.access.look(bench.id)->kind, ProofKind::code);
  EXPECT_EQ(answer(bench, "12345678"), Verdict::no_code);
  ASSERT_EQ(*bench.access.send_code(bench.id, {"en", ""}), CodeRequest::sent);
  ASSERT_EQ(bench.mailed_codes.size(), 1U);
  const std::string code = bench.mailed_codes.front();
  ASSERT_EQ(code.size(), 8U);
  EXPECT_TRUE(bench.access.look(bench.id)->code_waits);
  EXPECT_EQ(bench.states.states.at(bench.id).code_hash.find(code), std::string::npos);
  EXPECT_EQ(answer(bench, code.substr(0, 4) + " " + code.substr(4)), Verdict::right);
  EXPECT_EQ(answer(bench, code), Verdict::no_code) << "a code serves once";

  ASSERT_EQ(*bench.access.send_code(bench.id, {"en", ""}), CodeRequest::sent);
  bench.clock.advance(std::chrono::seconds(limits::kCodeS));
  EXPECT_EQ(answer(bench, bench.mailed_codes.back()), Verdict::no_code) << "too late";
}

TEST(Access, NewCodeEndsTheOldOneButNotTheCounting) {
  CodeBench bench;
  ASSERT_EQ(*bench.access.send_code(bench.id, {"en", ""}), CodeRequest::sent);
  answer_wrongly(bench, limits::kProofTries - 2);
  ASSERT_EQ(*bench.access.send_code(bench.id, {"en", ""}), CodeRequest::sent);
  ASSERT_NE(bench.mailed_codes[0], bench.mailed_codes[1]);
  EXPECT_EQ(answer(bench, bench.mailed_codes[0]), Verdict::wrong);
  EXPECT_EQ(answer(bench, "00000000"), Verdict::locked);
  EXPECT_EQ(*bench.access.send_code(bench.id, {"en", ""}), CodeRequest::locked);
}

TEST(Access, MailboxIsNotFlooded) {
  CodeBench bench;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(*bench.access.send_code(bench.id, {"en", ""}), CodeRequest::sent);
  }
  EXPECT_EQ(*bench.access.send_code(bench.id, {"en", ""}), CodeRequest::too_many);
  bench.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(*bench.access.send_code(bench.id, {"en", ""}), CodeRequest::sent);
}

TEST(Access, CodeThatDidNotLeaveIsAFault) {
  CodeBench bench;
  bench.mail_broken = true;
  EXPECT_FALSE(bench.access.send_code(bench.id, {"en", ""}).has_value());
}

TEST(Access, NoCodeWhereThereIsAQuestion) {
  AccessBench bench;
  EXPECT_EQ(*bench.access.send_code(bench.id, {"en", ""}), CodeRequest::not_needed);
  EXPECT_TRUE(bench.mailed_codes.empty());
}

TEST(Access, EndedEntriesSayWhyToWhoHasTheLink) {
  struct Case {
    escrow::EntryState state;
    Standing standing;
  };
  for (const Case& each : {Case{escrow::EntryState::expired, Standing::expired},
                           Case{escrow::EntryState::retracted, Standing::retracted},
                           Case{escrow::EntryState::waiting_for_notice, Standing::open}}) {
    AccessBench bench;
    bench.vault.entries.at(bench.id).state = each.state;
    EXPECT_EQ(bench.access.look(bench.id)->standing, each.standing);
    EXPECT_EQ(answer(bench, "1961-03-07"),
              each.standing == Standing::open ? Verdict::right : Verdict::gone);
  }
  AccessBench bench;
  const EscrowId other = *EscrowId::parse(std::string(32, 'f'));
  EXPECT_EQ(bench.access.look(other)->standing, Standing::unknown);
  EXPECT_EQ(bench.access.answer(other, "x", "")->verdict, Verdict::gone);
}

}  // namespace
}  // namespace phimilter::portal
