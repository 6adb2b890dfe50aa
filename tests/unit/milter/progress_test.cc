// SPDX-License-Identifier: Apache-2.0
#include "milter/progress.h"

#include <gtest/gtest.h>

#include <future>

namespace phimilter::milter {
namespace {

TEST(Progress, TellsEverybodyWhoWaits) {
  ProgressClock clock(1);
  std::promise<void> first, second;
  int first_calls = 0;
  int second_calls = 0;
  ProgressClock::Ticket a(clock, [&] { ++first_calls == 3 ? first.set_value() : void(); });
  ProgressClock::Ticket b(clock, [&] { ++second_calls == 3 ? second.set_value() : void(); });
  EXPECT_EQ(first.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_EQ(second.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST(Progress, TellsAtOnceWhenAskedTo) {
  ProgressClock clock(3'600'000);
  int calls = 0;
  ProgressClock::Ticket ticket(clock, [&calls] { ++calls; });
  ticket.tell_now();
  EXPECT_EQ(calls, 1);
  ticket.stop();
  ticket.tell_now();
  EXPECT_EQ(calls, 1);
}

TEST(Progress, ToldNothingMoreOnceStopped) {
  ProgressClock clock(1);
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

}  // namespace
}  // namespace phimilter::milter
