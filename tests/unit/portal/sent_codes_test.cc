// SPDX-License-Identifier: Apache-2.0
#include "portal/sent_codes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/limits.h"
#include "portal/fakes.h"
#include "support/temp_folder.h"

namespace phimilter::portal {
namespace {

const std::string kLab = "lab@clinic.example";
constexpr const char* kCode = "12345678";
constexpr const char* kWrong = "12345679";

struct SentCodesTest : testing::Test {
  std::unique_ptr<SentCodes> host() {
    auto opened = open_sent_codes(folder.path("codes"), pepper, clock);
    EXPECT_TRUE(opened.has_value()) << opened.error().describe();
    return std::move(*opened);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& file : std::filesystem::directory_iterator(folder.path("codes"))) {
      if (file.path().extension() == ".code") {
        found.push_back(file.path());
      }
    }
    return found;
  }
  test::TempFolder folder;
  FixedClock clock{test_time()};
  Secret pepper{std::string_view("0123456789abcdef0123456789abcdef")};
};

TEST_F(SentCodesTest, KeptByOneHostAndTakenOnceByAnother) {
  const auto a = host(), b = host();
  ASSERT_TRUE(*a->keep(kLab, kCode));
  EXPECT_FALSE(*b->take("pat@example.org", kCode)) << "another's";
  EXPECT_TRUE(*b->take(kLab, kCode));
  EXPECT_FALSE(*a->take(kLab, kCode));
  EXPECT_FALSE(*b->take(kLab, kCode));
  ASSERT_TRUE(*a->keep(kLab, kCode));
  ASSERT_TRUE(*b->keep(kLab, kWrong)) << "asked for again";
  EXPECT_FALSE(*a->take(kLab, kCode));
  EXPECT_TRUE(*a->take(kLab, kWrong));
  EXPECT_TRUE(files().empty());
}

TEST_F(SentCodesTest, TriesCountOnAllHostsAndAfterARestart) {
  auto a = host();
  const auto b = host();
  ASSERT_TRUE(*a->keep(kLab, kCode));
  for (int i = 0; i < SentCodes::kTries - 1; ++i) {
    EXPECT_FALSE(*(i % 2 == 0 ? a : b)->take(kLab, kWrong));
  }
  a = host();
  EXPECT_FALSE(*a->take(kLab, kWrong)) << "the fifth";
  EXPECT_FALSE(*b->take(kLab, kCode));
}

TEST_F(SentCodesTest, OneOfManyAtATimeGetsIn) {
  const auto a = host(), b = host();
  ASSERT_TRUE(*a->keep(kLab, kCode));
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto taken = (i % 2 == 0 ? a : b)->take(kLab, kCode);
      right += taken.has_value() && *taken ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(right, 1);
}

TEST_F(SentCodesTest, EndsAndIsForgotten) {
  const auto a = host();
  ASSERT_TRUE(*a->keep(kLab, kCode));
  clock.advance(std::chrono::seconds(limits::kCodeS - 1));
  ASSERT_TRUE(*a->keep("nurse@clinic.example", kCode));
  EXPECT_EQ(files().size(), 2U);
  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(*a->take(kLab, kCode));
  EXPECT_TRUE(*a->take("nurse@clinic.example", kCode));
  clock.advance(std::chrono::minutes(1));
  ASSERT_TRUE(*a->keep("desk@clinic.example", kCode));
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(SentCodesTest, TheFolderTellsNoCodeAndNoAddress) {
  ASSERT_TRUE(*host()->keep(kLab, kCode));
  ASSERT_EQ(files().size(), 1U);
  // Who could open the records still has no code: another store of the same pepper reads one.
  auto records = open_record_store(folder.path("codes"), pepper);
  const auto record = (*records)->load(std::filesystem::path(files().front()).filename().string());
  ASSERT_TRUE(record && *record);
  EXPECT_NE((*record)->view().find("\"code\""), std::string_view::npos);
  for (const std::string& secret : {std::string(kCode), kLab, std::string("clinic")}) {
    EXPECT_EQ((*record)->view().find(secret), std::string_view::npos) << secret;
    EXPECT_EQ(files().front().find(secret + ".code"), std::string::npos);
  }
}

TEST_F(SentCodesTest, WhatCannotBeReadLetsNobodyIn) {
  const auto a = host();
  ASSERT_TRUE(*a->keep(kLab, kCode));
  std::ofstream(files().front(), std::ios::trunc) << "broken";
  EXPECT_FALSE(a->take(kLab, kCode).has_value());
  EXPECT_TRUE(*a->keep(kLab, kCode)) << "a new one is good again";
  EXPECT_TRUE(*a->take(kLab, kCode));
}

TEST(SentCodes, AreBounded) {
  class FullStore final : public RecordStore {
   public:
    Result<std::optional<Secret>> load(const std::string&) override { return std::nullopt; }
    Status save(const std::string&, std::string_view) override {
      ADD_FAILURE() << "one more was kept";
      return {};
    }
    Status remove(const std::string&) override { return {}; }
    Result<std::vector<std::string>> names(std::string_view) override {
      return std::vector<std::string>(SentCodes::kMost, "x.code");
    }
  };
  FixedClock clock{test_time()};
  SentCodes codes(std::make_unique<FullStore>(), {}, Secret(std::string_view("pepper")), clock);
  EXPECT_FALSE(*codes.keep(kLab, kCode));
}

}  // namespace
}  // namespace phimilter::portal
