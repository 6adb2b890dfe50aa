// SPDX-License-Identifier: Apache-2.0
#include "portal/sent_door.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "portal/fakes.h"

namespace phimilter::portal {
namespace {

constexpr const char* kLab = "lab@clinic.example";

struct Bench {
  FixedClock clock{test_time()};
  Secret pepper{std::string_view("0123456789abcdef0123456789abcdef")};
  GuessLimits guesses{memory_record_store(), nullptr, pepper, clock, GuessOptions{}};
  SentCodes codes{memory_record_store(), {}, pepper, clock};
  Sessions sessions{clock};
  FakeJournal journal;
  std::mutex mutex;
  std::vector<SentCode> mails;
  SentDoor door{{clock,
                 {"clinic.example", ".lab.example"},
                 [this](const SentCode& code) -> Status {
                   const std::lock_guard lock(mutex);
                   mails.push_back(code);
                   return {};
                 },
                 codes,
                 guesses,
                 sessions,
                 journal}};

  std::string code_for(const std::string& address) {
    EXPECT_TRUE(door.ask(address, "en", "192.0.2.1"));
    door.wait_until_mailed();
    return mails.empty() ? "" : mails.back().code;
  }
  SentDoor::Tried answer(const std::string& address, const std::string& code) {
    const auto tried = door.answer(address, code, "192.0.2.1");
    EXPECT_TRUE(tried.has_value());
    return tried.value_or(SentDoor::Tried::locked);
  }
};

std::string wrong_for(const std::string& code) {
  return code == "00000000" ? "00000001" : "00000000";
}

TEST(SentDoor, TheCodeOpensOnce) {
  Bench bench;
  const auto asked = bench.door.ask("Lab@Clinic.example", "es", "192.0.2.1");
  bench.door.wait_until_mailed();
  ASSERT_EQ(bench.mails.size(), 1U);
  const SentCode mail = bench.mails.front();
  EXPECT_EQ(mail.address, kLab);
  EXPECT_EQ(mail.reference, asked->reference);
  EXPECT_EQ(mail.language, "es");
  ASSERT_EQ(mail.code.size(), 8U);
  const std::string spelled = mail.code.substr(0, 4) + " " + mail.code.substr(4);
  EXPECT_EQ(bench.answer(kLab, spelled), SentDoor::Tried::right);
  EXPECT_EQ(bench.answer(kLab, mail.code), SentDoor::Tried::wrong);
  EXPECT_EQ(bench.journal.events(), "signed_in sign_in_refused");
  EXPECT_EQ(bench.journal.records().front().login, "sender:lab@clinic.example");
  EXPECT_EQ(bench.journal.records().back().login, "sender:");
  EXPECT_EQ(bench.journal.records().back().client, "192.0.2.1");
}

TEST(SentDoor, WhatIsNotOnRecordOpensNothing) {
  Bench bench;
  const std::string code = bench.code_for(kLab);
  bench.journal.broken = true;
  EXPECT_FALSE(bench.door.answer(kLab, code, "192.0.2.1").has_value());
}

TEST(SentDoor, ForeignAddressesLookTheSameAndGetNothing) {
  Bench bench;
  for (const char* address : {"pat@example.org", "x@notclinic.example", "lab.example", "a@b@c", "",
                              "\"x@clinic.example\"@evil.example"}) {
    const auto asked = bench.door.ask(address, "en", "192.0.2.1");
    ASSERT_TRUE(asked.has_value());
    EXPECT_FALSE(asked->too_many) << address;
    EXPECT_EQ(asked->reference.size(), 9U) << address;
  }
  bench.door.wait_until_mailed();
  EXPECT_TRUE(bench.mails.empty());
  EXPECT_NE(bench.code_for("x@north.lab.example"), "");
}

TEST(SentDoor, ACodeTriedFiveTimesIsVoid) {
  Bench bench;
  const std::string code = bench.code_for(kLab);
  for (int i = 0; i < SentCodes::kTries; ++i) {
    EXPECT_EQ(bench.answer(kLab, wrong_for(code)), SentDoor::Tried::wrong);
  }
  EXPECT_EQ(bench.answer(kLab, code), SentDoor::Tried::wrong);
}

TEST(SentDoor, GuessingLocksAnAddressThereOrNot) {
  for (const std::string address : {kLab, "nobody@example.org"}) {
    Bench bench;
    int tries = 0;
    while (bench.answer(address, "00000000") == SentDoor::Tried::wrong) {
      ++tries;
    }
    EXPECT_EQ(tries, GuessOptions().account.tries) << address;
    const std::string code = bench.code_for(address);
    EXPECT_EQ(bench.answer(address, code), SentDoor::Tried::locked) << "the right one, too";
    EXPECT_EQ(*bench.guesses.locked_s(GuessScope::account, address), 0) << "a count of its own";
    bench.clock.advance(GuessOptions().account.first_lock);
    EXPECT_NE(bench.answer(address, "00000000"), SentDoor::Tried::locked);
  }
}

TEST(SentDoor, CodesEndAndAreFewAnHour) {
  Bench bench;
  const std::string code = bench.code_for(kLab);
  bench.clock.advance(std::chrono::seconds(limits::kCodeS));
  EXPECT_EQ(bench.answer(kLab, code), SentDoor::Tried::wrong);
  for (const char* address : {kLab, "nobody@example.org"}) {
    bench.clock.advance(std::chrono::hours(2));
    int asked = 0;
    while (!bench.door.ask(address, "en", "192.0.2.1")->too_many) {
      ++asked;
    }
    EXPECT_EQ(asked, GuessOptions().code_mails.tries) << "told to all alike";
  }
}

TEST(SentDoor, ANetworkHasALimitThatSignInsDoNotUseUp) {
  Bench bench;
  for (int i = 0; i < 100; ++i) {
    const std::string address = "a" + std::to_string(i) + "@clinic.example";
    ASSERT_EQ(bench.answer(address, bench.code_for(address)), SentDoor::Tried::right) << i;
  }
  int taken = 0;
  while (!bench.door.ask("b" + std::to_string(taken) + "@clinic.example", "en", "192.0.2.7")
              ->too_many) {
    ++taken;
  }
  EXPECT_EQ(taken, GuessOptions().network.tries);
  EXPECT_FALSE(bench.door.ask("c@clinic.example", "en", "198.51.100.1")->too_many);
}

TEST(SentDoor, SessionsAreAsThoseOfRecipients) {
  Bench bench;
  const std::string cookie = *bench.door.begin(kLab);
  ASSERT_TRUE(bench.door.find(cookie).has_value());
  EXPECT_EQ(bench.door.find(cookie)->address, kLab);
  for (const std::string& wrong : {std::string(), cookie + "x", std::string(43, 'A')}) {
    EXPECT_FALSE(bench.door.find(wrong).has_value());
  }
  const std::string token = bench.door.find(cookie)->form_token;
  const std::string newer = *bench.door.begin(kLab);
  EXPECT_FALSE(bench.door.find(cookie).has_value()) << "one at a time";
  EXPECT_NE(token, bench.door.find(newer)->form_token);
  bench.clock.advance(std::chrono::seconds(limits::kSessionIdleS));
  EXPECT_FALSE(bench.door.find(newer).has_value());
  const std::string other = *bench.door.begin(kLab);
  EXPECT_TRUE(bench.door.end(other));
  EXPECT_FALSE(bench.door.find(other).has_value());
}

}  // namespace
}  // namespace phimilter::portal
