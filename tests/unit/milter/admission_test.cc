// SPDX-License-Identifier: Apache-2.0
#include "milter/admission.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "milter/reloadable.h"

namespace phimilter::milter {
namespace {

using std::chrono::milliseconds;

// Read by those who wait.
class TestTime {
 public:
  void operator+=(Admission::SteadyTime::duration step) { ticks_ += step.count(); }
  Admission::SteadyTime get() const {
    return Admission::SteadyTime(Admission::SteadyTime::duration(ticks_));
  }

 private:
  std::atomic<Admission::SteadyTime::rep> ticks_{
      Admission::SteadyTime::duration(std::chrono::hours(1)).count()};
};

struct Bench {
  explicit Bench(AdmissionLimits limits) : admission(limits, [this] { return now.get(); }) {}
  void begin(std::size_t count, std::size_t size = 0) {
    for (std::size_t i = 0; i < count; ++i) {
      places.push_back(*admission.enter(size));
    }
  }
  void end(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      places.pop_back();
    }
  }
  TestTime now;
  Admission admission;
  std::vector<Admission::Place> places;
};

const AdmissionLimits kLimits{4, 20, milliseconds(1000), 100};

TEST(Admission, FewAreNeverTooManyHoweverSlow) {
  Bench bench(kLimits);
  bench.begin(3);
  bench.now += std::chrono::hours(1);
  EXPECT_TRUE(bench.admission.admits(0));
}

TEST(Admission, ManyAreFineWhileTheyGetDone) {
  Bench bench(kLimits);
  for (int round = 0; round < 30; ++round) {
    bench.begin(10);
    EXPECT_TRUE(bench.admission.admits(0));
    bench.now += milliseconds(50);
    bench.end(10);
  }
}

TEST(Admission, AStandstillShowsBeforeAnythingHasEnded) {
  Bench bench(kLimits);
  bench.begin(10);
  EXPECT_TRUE(bench.admission.admits(0));
  bench.now += milliseconds(150);  // 10 in work, none done
  EXPECT_FALSE(bench.admission.admits(0));
  bench.end(7);
  EXPECT_TRUE(bench.admission.admits(0));
}

// 10 in work, one done each 200 ms: the next would wait for two seconds.
TEST(Admission, SlowWorkIsSaidAtOnce) {
  Bench bench(kLimits);
  bench.begin(10);
  for (int number = 0; number < 40; ++number) {
    bench.now += milliseconds(200);
    bench.end(1);
    bench.begin(1);
  }
  EXPECT_FALSE(bench.admission.admits(0));
  bench.end(10);
  EXPECT_TRUE(bench.admission.admits(0));
  // What was slow last night says nothing about now.
  bench.now += std::chrono::hours(8);
  bench.begin(10);
  EXPECT_TRUE(bench.admission.admits(0));
}

TEST(Admission, TheMostIsTheMost) {
  Bench bench(kLimits);
  bench.begin(20);
  EXPECT_FALSE(bench.admission.admits(0));
  bench.end(1);
  EXPECT_TRUE(bench.admission.admits(0));
  bench.admission.close();
  EXPECT_FALSE(bench.admission.admits(0));
  EXPECT_EQ(bench.admission.in_work(), 19U);
}

TEST(Admission, WhatHasNoRoomWaitsAndThenGivesUp) {
  Bench bench({4, 20, milliseconds(1), 100});
  bench.begin(1, 500);  // alone, it has all the room
  EXPECT_FALSE(bench.admission.enter(1).has_value());
  bench.end(1);
  bench.begin(2, 50);
  EXPECT_FALSE(bench.admission.enter(1).has_value());
  bench.end(1);
  EXPECT_TRUE(bench.admission.enter(50).has_value());
}

TEST(Admission, RoomThatBecomesFreeIsTaken) {
  Bench bench({4, 20, std::chrono::minutes(5), 100});
  bench.begin(1, 100);
  bool entered = false;
  std::thread other([&] { entered = bench.admission.enter(60).has_value(); });
  bench.end(1);
  other.join();
  EXPECT_TRUE(entered);
  EXPECT_EQ(bench.admission.in_work(), 0U);
}

// Two of 50 are in work and nine wait behind them; one gets done in half a minute, and half a
// minute is left.
TEST(Admission, WhoCannotGetDoneInTimeHearsItBeforeTheTimeIsOver) {
  Bench bench({4, 20, std::chrono::minutes(1), 100});
  bench.begin(2, 50);
  std::vector<std::future<std::optional<Admission::Place>>> waiting;
  for (std::size_t i = 0; i < 9; ++i) {
    waiting.push_back(std::async(
        std::launch::async, [&, size = i < 8 ? 50U : 60U] { return bench.admission.enter(size); }));
    while (bench.admission.in_work() < 3 + i) {
      std::this_thread::yield();
    }
  }
  bench.now += std::chrono::seconds(30);
  bench.end(1);
  ASSERT_EQ(waiting.back().wait_for(std::chrono::seconds(40)), std::future_status::ready);
  EXPECT_FALSE(waiting.back().get().has_value());
  waiting.pop_back();
  bench.end(1);
  std::size_t served = 0;
  while (!waiting.empty()) {  // who has a place gives it up, in whatever order they got it
    std::erase_if(waiting, [&](auto& each) {
      const bool ready = each.wait_for(std::chrono::milliseconds(1)) == std::future_status::ready;
      served += ready && each.get().has_value() ? 1 : 0;
      return ready;
    });
  }
  EXPECT_GE(served, 1U);
}

TEST(Reloadable, TakesListsAndNamesWhatNeedsARestart) {
  Settings current = default_settings();
  Settings read = current;
  read.milter_trusted_logins = {"lab"};
  read.organisation_domains = {"clinic.example"};
  read.milter_socket = "unix:/elsewhere";
  read.portal_https = "inet:0.0.0.0:8443";
  read.hold_listener = "inet:127.0.0.1:1";
  read.tracking_remind_days = 9;
  read.organisation_colour = "#112233";
  read.organisation_footer = "Hill Street 1";
  read.mta_recipient_delimiter = "-";
  read.portal_reply_all = true;
  read.portal_forward = true;
  read.brands.push_back({});
  read.brands.back().name = "Lab";
  EXPECT_EQ(take_reloadable(read, current), std::vector<std::string>{"milter.socket"});
  EXPECT_EQ(current.milter_trusted_logins, read.milter_trusted_logins);
  EXPECT_EQ(current.organisation_domains, read.organisation_domains);
  EXPECT_EQ(current.organisation_colour, "#112233");
  EXPECT_EQ(current.organisation_footer, "Hill Street 1");
  EXPECT_EQ(current.mta_recipient_delimiter, "-");
  EXPECT_TRUE(current.portal_reply_all && current.portal_forward);
  ASSERT_EQ(current.brands.size(), 1U);
  EXPECT_EQ(current.brands.front().name, "Lab");
  EXPECT_EQ(current.milter_socket, default_settings().milter_socket);
  EXPECT_TRUE(take_reloadable(current, current).empty());
}

}  // namespace
}  // namespace phimilter::milter
