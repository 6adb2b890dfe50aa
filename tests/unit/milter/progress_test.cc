// SPDX-License-Identifier: Apache-2.0
#include "milter/progress.h"

#include <gtest/gtest.h>

#include <future>
#include <utility>

namespace phimilter::milter {
namespace {

TEST(Progress, TellsEverybodyWhoWaits) {
  ProgressClock clock(1, 3'600'000);
  std::promise<void> first, second;
  int first_calls = 0;
  int second_calls = 0;
  ProgressClock::Ticket a(clock, [&] { ++first_calls == 3 ? first.set_value() : void(); });
  ProgressClock::Ticket b(clock, [&] { ++second_calls == 3 ? second.set_value() : void(); });
  EXPECT_EQ(first.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_EQ(second.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST(Progress, TellsAtOnceWhenAskedTo) {
  ProgressClock clock(3'600'000, 3'600'000);
  int calls = 0;
  ProgressClock::Ticket ticket(clock, [&calls] { ++calls; });
  ticket.tell_now();
  EXPECT_EQ(calls, 1);
  ticket.stop();
  ticket.tell_now();
  EXPECT_EQ(calls, 1);
}

TEST(Progress, ToldNothingMoreOnceStopped) {
  ProgressClock clock(1, 3'600'000);
  std::promise<void> told;
  int calls = 0;
  ProgressClock::Ticket stopped(clock, [&] { ++calls == 1 ? told.set_value() : void(); });
  told.get_future().wait();
  stopped.stop();
  const int calls_at_stop = calls;
  // The clock has gone round for somebody else twice since.
  std::promise<void> round;
  int rounds = 0;
  ProgressClock::Ticket other(clock, [&] { ++rounds == 2 ? round.set_value() : void(); });
  round.get_future().wait();
  EXPECT_EQ(calls, calls_at_stop);
  stopped.stop();
}

// A round of the clock is held up: whoever waited meanwhile may have been given up.
TEST(Progress, KnowsThatItStoodStill) {
  ProgressClock clock(1, 20);
  const auto before = std::chrono::steady_clock::now();
  std::promise<void> stood;
  bool once = true;
  ProgressClock::Ticket slow(clock, [&] {
    if (std::exchange(once, false)) {
      while (std::chrono::steady_clock::now() < before + std::chrono::milliseconds(60)) {
        std::this_thread::yield();
      }
      stood.set_value();
    }
  });
  stood.get_future().wait();
  EXPECT_TRUE(clock.stood_still_since(before));
  slow.stop();
  ProgressClock calm(1, 3'600'000);
  EXPECT_FALSE(calm.stood_still_since(before));
}

}  // namespace
}  // namespace phimilter::milter
