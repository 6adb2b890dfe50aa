// SPDX-License-Identifier: Apache-2.0
#include "portal/sent_door.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace phimilter::portal {
namespace {

struct Bench {
  FixedClock clock{*parse_rfc3339("2026-11-21T12:00:00.000000Z")};
  std::mutex mutex;
  std::vector<SentCode> mails;
  SentDoor door{clock, {"clinic.example", ".lab.example"}, [this](const SentCode& code) -> Status {
                  const std::lock_guard lock(mutex);
                  mails.push_back(code);
                  return {};
                }};

  std::string code_for(const std::string& address) {
    door.ask(address, "en", "192.0.2.1");
    door.wait_until_mailed();
    return mails.empty() ? "" : mails.back().code;
  }
};

TEST(SentDoor, TheCodeOpensOnce) {
  Bench bench;
  const auto asked = bench.door.ask("Lab@Clinic.example", "es", "192.0.2.1");
  bench.door.wait_until_mailed();
  ASSERT_EQ(bench.mails.size(), 1U);
  const SentCode mail = bench.mails.front();
  EXPECT_EQ(mail.address, "lab@clinic.example");
  EXPECT_EQ(mail.reference, asked.reference);
  EXPECT_EQ(mail.language, "es");
  ASSERT_EQ(mail.code.size(), 8U);
  const std::string spelled = mail.code.substr(0, 4) + " " + mail.code.substr(4);
  EXPECT_EQ(bench.door.answer("lab@clinic.example", spelled, ""), SentDoor::Tried::right);
  EXPECT_EQ(bench.door.answer("lab@clinic.example", mail.code, ""), SentDoor::Tried::wrong);
}

TEST(SentDoor, ForeignAddressesLookTheSameAndGetNothing) {
  Bench bench;
  for (const char* address : {"pat@example.org", "x@notclinic.example", "lab.example", "a@b@c", "",
                              "\"x@clinic.example\"@evil.example"}) {
    const auto asked = bench.door.ask(address, "en", "192.0.2.1");
    EXPECT_FALSE(asked.too_many) << address;
    EXPECT_EQ(asked.reference.size(), 9U) << address;
  }
  bench.door.wait_until_mailed();
  EXPECT_TRUE(bench.mails.empty());
  EXPECT_NE(bench.code_for("x@north.lab.example"), "");
}

TEST(SentDoor, GuessingLocksAndBacksOff) {
  Bench bench;
  const std::string address = "lab@clinic.example";
  std::int64_t wait_s = limits::kProofLockS;
  for (int lock = 0; lock < 3; ++lock) {
    const std::string code = bench.code_for(address);
    const std::string wrong = code == "00000000" ? "00000001" : "00000000";
    for (int i = 1; i < SentDoor::kTries; ++i) {
      EXPECT_EQ(bench.door.answer(address, wrong, ""), SentDoor::Tried::wrong);
    }
    EXPECT_EQ(bench.door.answer(address, wrong, ""), SentDoor::Tried::locked);
    EXPECT_EQ(bench.door.answer(address, code, ""), SentDoor::Tried::locked);
    bench.clock.advance(std::chrono::seconds(wait_s - 1));
    EXPECT_TRUE(bench.door.ask(address, "en", "").too_many);
    bench.clock.advance(std::chrono::seconds(1));
    wait_s *= 2;
  }
}

TEST(SentDoor, CodesEndAndAreFewAnHour) {
  Bench bench;
  const std::string code = bench.code_for("lab@clinic.example");
  bench.clock.advance(std::chrono::seconds(limits::kCodeS));
  EXPECT_EQ(bench.door.answer("lab@clinic.example", code, ""), SentDoor::Tried::wrong);
  for (const char* address : {"lab@clinic.example", "nobody@example.org"}) {
    bench.clock.advance(std::chrono::hours(1));
    for (int i = 0; i < SentDoor::kCodesAnHour; ++i) {
      EXPECT_FALSE(bench.door.ask(address, "en", "").too_many);
    }
    EXPECT_TRUE(bench.door.ask(address, "en", "").too_many) << "told to all alike";
  }
}

TEST(SentDoor, ANetworkHasALimit) {
  Bench bench;
  int taken = 0;
  for (int i = 0; i < 200; ++i) {
    taken += bench.door
                     .ask("a" + std::to_string(i) + "@clinic.example", "en",
                          "192.0.2." + std::to_string(i))
                     .too_many
                 ? 0
                 : 1;
  }
  EXPECT_EQ(taken, SentDoor::kOfNetworkAnHour);
  EXPECT_FALSE(bench.door.ask("b@clinic.example", "en", "198.51.100.1").too_many);
}

TEST(SentDoor, SessionsEnd) {
  Bench bench;
  const std::string cookie = bench.door.begin("lab@clinic.example");
  ASSERT_TRUE(bench.door.find(cookie).has_value());
  EXPECT_EQ(bench.door.find(cookie)->address, "lab@clinic.example");
  for (const std::string& wrong : {std::string(), cookie + "x", std::string(43, 'A')}) {
    EXPECT_FALSE(bench.door.find(wrong).has_value());
  }
  const auto token = bench.door.find(cookie)->form_token;
  EXPECT_NE(token, bench.door.find(bench.door.begin("lab@clinic.example"))->form_token);
  for (std::int64_t used = 0; used + limits::kSessionIdleS < limits::kSessionS;
       used += limits::kSessionIdleS - 1) {
    EXPECT_TRUE(bench.door.find(cookie).has_value());
    bench.clock.advance(std::chrono::seconds(limits::kSessionIdleS - 1));
  }
  bench.clock.advance(std::chrono::seconds(limits::kSessionIdleS));
  EXPECT_FALSE(bench.door.find(cookie).has_value());
  const std::string other = bench.door.begin("lab@clinic.example");
  bench.door.end(other);
  EXPECT_FALSE(bench.door.find(other).has_value());
}

}  // namespace
}  // namespace phimilter::portal
