// SPDX-License-Identifier: Apache-2.0
//
// What is remembered of key servers, and what one that is down or slow does to others.
#include "protect/key_finder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "gpg_fixture.h"

namespace phimilter::protect {
namespace {

using Kind = NetAnswer::Kind;

struct Script {
  std::atomic<int> asked{0};
  std::atomic<Kind> answer{Kind::none};
  std::string key;
  std::shared_future<void> until;  // it waits for this before it answers
};

class ScriptedServer final : public KeyServer {
 public:
  explicit ScriptedServer(Script& script) : script_(script) {}
  KeyKind kind() const override { return KeyKind::pgp; }
  std::string_view source() const override { return "wkd"; }
  std::optional<std::string> host(const mail::Address& address) const override {
    return address.domain() == "unasked.example" ? std::nullopt : std::optional(address.domain());
  }
  NetAnswer ask(const mail::Address& /*address*/, Deadline /*deadline*/) override {
    ++script_.asked;
    if (script_.until.valid()) {
      script_.until.wait();
    }
    const Kind answer = script_.answer;
    return {answer, answer == Kind::found ? std::vector{script_.key} : std::vector<std::string>{},
            "scripted"};
  }

 private:
  Script& script_;
};

class KeyFinderTest : public ::testing::Test {
 protected:
  std::unique_ptr<KeyFinder> finder(std::int64_t lookup_ms = 60'000) {
    std::vector<std::unique_ptr<KeyServer>> servers;
    servers.push_back(std::make_unique<ScriptedServer>(script_));
    return std::make_unique<KeyFinder>(FinderOptions{.threads = 2, .lookup_ms = lookup_ms},
                                       std::move(servers), intake_, clock_);
  }
  static Heard ask(KeyFinder& finder, const std::string& address) {
    const mail::Address addresses[] = {*mail::Address::parse(address)};
    return finder.search(addresses).at(0).pgp;
  }

  testing::TestFolder folder_;
  std::unique_ptr<KeyBook> book_ = std::move(*KeyBook::open(folder_.file("keys")));
  KeyIntake intake_{IntakePorts{.book = book_.get(), .certificates = "", .rules = {}}};
  FixedClock clock_{Timestamp(std::chrono::hours(1))};
  Script script_;
};

TEST_F(KeyFinderTest, RemembersEachAnswerForItsOwnTime) {
  struct Case {
    Kind answer;
    Heard heard;
    std::chrono::seconds remembered, forgotten;
  };
  const Case cases[] = {
      {Kind::none, Heard::none, std::chrono::minutes(59), std::chrono::minutes(2)},
      {Kind::unknown, Heard::unknown, std::chrono::seconds(59), std::chrono::seconds(2)},
  };
  for (const Case& each : cases) {
    const auto asks = finder();
    script_.asked = 0;
    script_.answer = each.answer;
    EXPECT_EQ(ask(*asks, "a@b.example"), each.heard);
    clock_.advance(each.remembered);
    EXPECT_EQ(ask(*asks, "A@B.example"), each.heard);
    EXPECT_EQ(script_.asked, 1);
    clock_.advance(each.forgotten);
    EXPECT_EQ(ask(*asks, "a@b.example"), each.heard);
    EXPECT_EQ(script_.asked, 2);
  }
}

TEST_F(KeyFinderTest, WhatIsLateIsUnknownAndKnownToTheNextOne) {
  std::promise<void> go;
  script_.until = go.get_future().share();
  const auto asks = finder(20);
  EXPECT_EQ(ask(*asks, "a@b.example"), Heard::unknown);
  EXPECT_EQ(ask(*asks, "a@b.example"), Heard::unknown);
  go.set_value();
  EXPECT_TRUE(testing::eventually([&] { return ask(*asks, "a@b.example") == Heard::none; }));
  EXPECT_EQ(script_.asked, 1);
}

TEST_F(KeyFinderTest, AHostThatIsDownIsLeftAlone) {
  const auto asks = finder();
  script_.answer = Kind::unknown;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(ask(*asks, "p" + std::to_string(i) + "@down.example"), Heard::unknown);
  }
  EXPECT_EQ(script_.asked, 3);
  ask(*asks, "p@other.example");
  EXPECT_EQ(script_.asked, 4);
  clock_.advance(std::chrono::seconds(61));
  script_.answer = Kind::none;
  EXPECT_EQ(ask(*asks, "q@down.example"), Heard::none);
  EXPECT_EQ(ask(*asks, "r@down.example"), Heard::none);
}

TEST_F(KeyFinderTest, AsksOnlyWhomTheSettingsName) {
  const auto asks = finder();
  EXPECT_EQ(ask(*asks, "a@unasked.example"), Heard::not_asked);
  EXPECT_EQ(script_.asked, 0);
}

TEST_F(KeyFinderTest, AKeyThatCannotBeUsedIsAsGoodAsNone) {
  const auto asks = finder();
  script_.answer = Kind::found;
  script_.key = "no key";
  EXPECT_EQ(ask(*asks, "a@b.example"), Heard::none);  // there is no keyring at all
  const auto reports = asks->ask_all(*mail::Address::parse("a@b.example"));
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].answer, Kind::found);
  EXPECT_EQ(reports[0].keys.size(), 1U);
}

}  // namespace
}  // namespace phimilter::protect
