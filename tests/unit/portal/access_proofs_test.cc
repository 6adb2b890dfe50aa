// SPDX-License-Identifier: Apache-2.0
//
// Which proofs open, and how far guessing gets.
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "portal/access.h"
#include "portal/fakes.h"
#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

Verdict answer(AccessBench& bench, std::string_view given) {
  const auto answered = bench.access.answer(bench.id, given, "192.0.2.1");
  EXPECT_TRUE(answered.has_value());
  return answered ? answered->verdict : Verdict::gone;
}

struct TwoProofsTest : ::testing::Test {
  AccessBench bench;
  TempFolder temp;
  escrow::AttachedAddresses attached{temp.path()};
  Access access{bench.parts(&attached, {TwoProofs::always, false, true})};
  const Given first{ProofKind::question, false, false};
  Verdict answer(std::string_view text, const Given& given) {
    return access.answer(bench.id, text, "192.0.2.1", given)->verdict;
  }
};

TEST_F(TwoProofsTest, OneAfterTheOtherOpens) {
  EXPECT_EQ(access.look(bench.id)->kind, ProofKind::question);
  EXPECT_EQ(*access.send_code(bench.id, {"en", ""}), CodeRequest::not_needed) << "not its turn";
  EXPECT_EQ(answer("3/7/1961", {}), Verdict::one_more);
  EXPECT_EQ(bench.journal.events(), "challenged");
  EXPECT_EQ(access.look(bench.id, first)->kind, ProofKind::code);
  EXPECT_EQ(access.look(bench.id, first)->step, 2);
  EXPECT_EQ(answer("3/7/1961", first), Verdict::no_code);
  EXPECT_EQ(*access.send_code(bench.id, {"en", ""}, first), CodeRequest::sent);
  EXPECT_EQ(answer("3/7/1961", first), Verdict::wrong) << "the answer is no code";
  EXPECT_EQ(answer(bench.mailed_codes.back(), {}), Verdict::wrong) << "the code is no answer";
  EXPECT_EQ(answer(bench.mailed_codes.back(), first), Verdict::right);
  EXPECT_NE(bench.journal.events().find("verified shown"), std::string::npos);
}

// Else who knows the answer could guess at codes for ever, between right answers.
TEST_F(TwoProofsTest, TheFirstProofDoesNotForgetWrongSeconds) {
  ASSERT_EQ(*access.send_code(bench.id, {"en", ""}, first), CodeRequest::sent);
  for (int i = 1; i < limits::kProofTries; ++i) {
    EXPECT_EQ(answer("3/7/1961", {}), Verdict::one_more);
    EXPECT_EQ(answer("no code", first), Verdict::wrong) << i;
  }
  EXPECT_EQ(answer("3/7/1961", {}), Verdict::one_more);
  EXPECT_EQ(answer("no code", first), Verdict::locked);
}

TEST_F(TwoProofsTest, WhoCanGiveOnlyOneIsNotLetIn) {
  bench.vault.entries.at(bench.id).proof.reset();  // a code is the first, then
  const Given coded{ProofKind::code, false, false};
  ASSERT_EQ(*access.send_code(bench.id, {"en", ""}), CodeRequest::sent);
  EXPECT_EQ(answer(bench.mailed_codes.back(), {}), Verdict::one_more);
  EXPECT_EQ(access.look(bench.id, coded)->kind, ProofKind::account);
  EXPECT_EQ(answer("anything", coded), Verdict::no_code);
  EXPECT_EQ(*access.send_code(bench.id, {"en", ""}, coded), CodeRequest::not_needed);
  EXPECT_EQ(access.open(bench.id, "", coded)->verdict, Verdict::wrong);
  EXPECT_EQ(access.open(bench.id, "", {ProofKind::code, true, false})->verdict, Verdict::wrong);
  EXPECT_EQ(access.open(bench.id, "", {ProofKind::code, true, true})->verdict, Verdict::right);
}

TEST(Access, AnAccountOpensWhatACodeWouldOpenAndIsRecorded) {
  AccessBench bench;
  const Given account{{}, true, false};
  EXPECT_EQ(bench.access.open(bench.id, "", account)->verdict, Verdict::wrong) << "a question";
  EXPECT_EQ(bench.journal.events(), "");
  AccessBench coded;
  coded.vault.entries.at(coded.id).proof.reset();
  EXPECT_TRUE(coded.access.look(coded.id, account)->given);
  EXPECT_EQ(coded.access.open(coded.id, "", account)->verdict, Verdict::right);
  EXPECT_EQ(coded.journal.events(), "challenged verified shown");
}

TEST(Access, APassphraseIsAProofWithoutAQuestion) {
  AccessBench bench;
  bench.vault.entries.at(bench.id).proof = {"", "Blue Kettle 7"};
  EXPECT_EQ(bench.access.look(bench.id)->kind, ProofKind::passphrase);
  EXPECT_EQ(answer(bench, "blue kettle 8"), Verdict::wrong);
  EXPECT_EQ(bench.access.look(bench.id)->kind, ProofKind::passphrase) << "after it was taken in";
  EXPECT_EQ(answer(bench, "bluekettle7"), Verdict::right);
}

TEST(Access, APassphraseOfAHeaderIsOne) {
  AccessBench bench;
  auto header = escrow::parse_proof_header("passphrase=\"Blue Kettle 7\"; lang=es");
  ASSERT_TRUE(header.has_value());
  bench.vault.entries.at(bench.id).proof = {header->question, std::string(header->answer.view())};
  EXPECT_EQ(bench.access.look(bench.id)->kind, ProofKind::passphrase);
  EXPECT_EQ(answer(bench, "BLUE KETTLE 7"), Verdict::right);
}

TEST(Access, ADateMayHaveTheDayFirst) {
  AccessBench bench;
  EXPECT_EQ(answer(bench, "7/3/1961"), Verdict::right);
  EXPECT_EQ(answer(bench, "7.3.61"), Verdict::right);
  EXPECT_EQ(answer(bench, "3/8/1961"), Verdict::wrong);
}

TEST(Access, ACodeGoesToAnotherAddressOnlyIfTheClinicAttachedIt) {
  AccessBench bench;
  bench.vault.entries.at(bench.id).proof.reset();
  const TempFolder temp;
  const escrow::AttachedAddresses attached(temp.path());
  Access access(bench.parts(&attached, {}));
  const CodeWish wish{"en", "", "pat.other@example.org"};
  const std::size_t work = bench.slow_hash.done();
  EXPECT_EQ(*access.send_code(bench.id, wish), CodeRequest::sent) << "looks as if";
  EXPECT_TRUE(bench.mailed_codes.empty());
  const std::size_t without = bench.slow_hash.done() - work;
  EXPECT_TRUE(access.look(bench.id)->code_waits);
  temp.write(
      hex(sha256("pat@example.org")) + "-" + hex(sha256("pat.other@example.org")) + ".attached",
      "");
  EXPECT_EQ(*access.send_code(bench.id, wish), CodeRequest::sent);
  EXPECT_EQ(bench.slow_hash.done() - work - without, without) << "the same work";
  ASSERT_EQ(bench.mailed_to, std::vector<std::string>{"pat.other@example.org"});
  EXPECT_EQ(access.answer(bench.id, bench.mailed_codes.back(), "")->verdict, Verdict::right);
}

// Argon2id computations are what an answer's time is made of: they depend on what is typed alone.
TEST(Access, EachAnswerCostsTheSameWhateverIsOnFile) {
  struct Case {
    const char* what;
    std::function<void(AccessBench&)> prepare;
    std::string_view right;
  };
  const auto no_proof = [](AccessBench& bench) { bench.vault.entries.at(bench.id).proof.reset(); };
  for (const Case& each : {
           Case{"question of the message", [](AccessBench&) {}, "blue kettle"},
           Case{"question on file",
                [&](AccessBench& bench) {
                  no_proof(bench);
                  bench.recipients.proofs["pat@example.org"] = {"First pet?", "blue kettle"};
                },
                "blue kettle"},
           Case{"a code that waits",
                [&](AccessBench& bench) {
                  no_proof(bench);
                  EXPECT_EQ(*bench.access.send_code(bench.id, {"en", ""}), CodeRequest::sent);
                },
                {}},
       }) {
    AccessBench bench;
    bench.vault.entries.at(bench.id).proof->second = "blue kettle";
    each.prepare(bench);
    EXPECT_TRUE(bench.access.take_in(bench.id)) << each.what;
    for (const std::string_view typed : {"wrong answer", "12345678", "blue kettle"}) {
      const std::size_t before = bench.slow_hash.done();
      EXPECT_EQ(answer(bench, typed), typed == each.right ? Verdict::right : Verdict::wrong);
      EXPECT_EQ(bench.slow_hash.done() - before, 1U) << each.what << ": " << typed;
    }
  }
}

TEST(Access, GuessesAtManyLinksOfOneRecipientLockThemAll) {
  AccessBench bench;
  std::vector<EscrowId> ids;
  for (char digit : {'1', '2', '3', '4'}) {
    ids.push_back(*EscrowId::parse(std::string(32, digit)));
    FakeVault::Entry entry = bench.vault.entries.at(bench.id);
    entry.facts = test_facts(ids.back());
    entry.facts.recipient = digit == '1' ? "<PAT@Example.org>" : "pat@example.org";
    bench.vault.entries.emplace(ids.back(), entry);
  }
  int checked = 0;
  for (int i = 0; i < 40; ++i) {
    const auto answered = bench.access.answer(ids[i % 4], "wrong", "192.0.2." + std::to_string(i));
    checked += answered->verdict == Verdict::wrong ? 1 : 0;
  }
  EXPECT_LE(checked, GuessOptions().recipient.tries);
  EXPECT_EQ(bench.access.look(bench.id)->standing, Standing::locked) << "a link never tried";
  ASSERT_TRUE(bench.access.forget_guesses(test_facts(bench.id)).has_value());
  EXPECT_EQ(bench.access.look(bench.id)->standing, Standing::open);
  EXPECT_EQ(answer(bench, "1961-03-07"), Verdict::right);
}

TEST(Access, GuessesFromOneNetworkAtManyRecipientsLockTheNetwork) {
  AccessBench bench;
  const std::string hash = *bench.slow_hash.hash(Secret(std::string_view("rex")));
  int checked = 0;
  for (int i = 0; i < GuessOptions().network.tries + 5; ++i) {
    const std::string number = std::to_string(i);
    const EscrowId id = *EscrowId::parse(std::string(32 - number.size(), 'a') + number);
    FakeVault::Entry entry = bench.vault.entries.at(bench.id);
    entry.facts = test_facts(id);
    entry.facts.recipient = "p" + number + "@example.org";
    entry.proof.reset();
    bench.vault.entries.emplace(id, entry);
    bench.states.states[id].answer_hash = hash;
    const auto answered = bench.access.answer(id, "x", "192.0.2.9");
    ASSERT_TRUE(answered.has_value());
    checked += answered->verdict == Verdict::wrong ? 1 : 0;
  }
  EXPECT_EQ(checked, GuessOptions().network.tries);
  EXPECT_EQ(bench.access.answer(bench.id, "1961-03-07", "192.0.2.200")->verdict, Verdict::locked);
  EXPECT_EQ(bench.access.answer(bench.id, "1961-03-07", "198.51.100.1")->verdict, Verdict::right);
}

}  // namespace
}  // namespace phimilter::portal
