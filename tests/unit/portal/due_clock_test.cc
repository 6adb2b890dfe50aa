// SPDX-License-Identifier: Apache-2.0
#include "portal/due_clock.h"

#include <gtest/gtest.h>

#include "portal/fakes.h"
#include "support/temp_folder.h"

namespace phimilter::portal {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;

struct DueBench {
  phimilter::test::TempFolder folder;
  FixedClock wall{test_time()};
  Ticks ticks{"boot-1", hours(1)};
  DueClock clock{wall, folder.path("sweep.clock"), [this] { return ticks; }};

  void pass(microseconds by) {
    wall.advance(by);
    ticks.since += by;
  }
  std::string step(DueClock& which) {
    const auto fault = which.step();
    return fault ? fault->id : "";
  }
  std::string step() { return step(clock); }
  DueClock restarted() {
    return DueClock(wall, folder.path("sweep.clock"), [this] { return ticks; });
  }
};

TEST(DueClock, KeepsPaceWithTheWallClock) {
  DueBench bench;
  EXPECT_EQ(bench.clock.now(), Timestamp::min()) << "before the first step nothing is due";
  EXPECT_EQ(bench.step(), "");
  for (int day = 0; day < 3653; ++day) {
    bench.pass(hours(24));
    ASSERT_EQ(bench.step(), "");
    ASSERT_EQ(bench.clock.now(), bench.wall.now());
  }
  EXPECT_EQ(rfc3339(bench.clock.now()), "2036-11-21T12:00:00.000000Z") << "with three leap days";
}

TEST(DueClock, AJumpForwardMakesNothingDue) {
  for (const hours jump : {hours(2), hours(13 * 24), hours(15 * 24), hours(3653 * 24)}) {
    DueBench bench;
    bench.step();
    bench.pass(minutes(1));
    bench.step();
    const Timestamp right = bench.wall.now();
    bench.wall.advance(jump);
    EXPECT_EQ(bench.step(), "portal.clock_ahead") << jump.count();
    EXPECT_EQ(bench.clock.now(), right) << jump.count();
    bench.wall.advance(-jump);
    bench.pass(minutes(1));
    EXPECT_EQ(bench.step(), "") << jump.count();
    EXPECT_EQ(bench.clock.now(), bench.wall.now()) << jump.count();
  }
}

TEST(DueClock, CatchesUpNoFasterThanTimePassesAndNeverOverTwoWeeks) {
  DueBench bench;
  bench.step();
  const Timestamp begun = bench.wall.now();
  bench.wall.advance(hours(48));
  for (int hour = 1; hour <= 48; ++hour) {
    bench.pass(hours(1));
    bench.step();
    ASSERT_EQ(bench.clock.now(), begun + hours(2 * hour));
  }
  EXPECT_EQ(bench.clock.now(), bench.wall.now());
  bench.wall.advance(hours(365 * 24));
  const Timestamp before = bench.clock.now();
  for (int day = 1; day <= 30; ++day) {
    bench.pass(hours(24));
    EXPECT_EQ(bench.step(), "portal.clock_ahead");
    ASSERT_EQ(bench.clock.now(), before + hours(24 * day));
  }
}

TEST(DueClock, AJumpBackIsFollowedAtOnceAndForgottenWhenItStays) {
  DueBench bench;
  bench.step();
  const Timestamp right = bench.wall.now();
  bench.wall.advance(-hours(20 * 365 * 24));
  bench.step();
  EXPECT_EQ(bench.clock.now(), bench.wall.now());
  bench.wall.advance(hours(20 * 365 * 24));
  EXPECT_EQ(bench.step(), "") << "it is where it was";
  EXPECT_EQ(bench.clock.now(), right);
  bench.wall.advance(-hours(90 * 24));
  bench.step();
  bench.pass(hours(25));
  bench.step();
  bench.pass(hours(1));
  bench.step();
  bench.wall.advance(hours(90 * 24));
  EXPECT_EQ(bench.step(), "portal.clock_ahead") << "the earlier time had been believed by then";
}

TEST(DueClock, RestartAndRebootKeepIt) {
  DueBench bench;
  bench.step();
  const Timestamp stopped = bench.wall.now();
  bench.pass(hours(3));
  DueClock again = bench.restarted();
  EXPECT_EQ(bench.step(again), "");
  EXPECT_EQ(again.now(), bench.wall.now()) << "the host ran on: the time is known to have passed";
  bench.ticks = {"boot-2", minutes(1)};
  bench.wall.advance(hours(3653 * 24));
  DueClock rebooted = bench.restarted();
  EXPECT_EQ(bench.step(rebooted), "portal.clock_ahead");
  EXPECT_LE(rebooted.now(), stopped + hours(3));
}

TEST(DueClock, ABrokenFileMakesNothingDueAndNoneBelievesTheClock) {
  DueBench bench;
  bench.folder.write("sweep.clock", "{\"time\": \"");
  EXPECT_EQ(bench.step(), "portal.sweep_clock");
  EXPECT_EQ(bench.clock.now(), Timestamp::min());
  ASSERT_EQ(::unlink(bench.folder.path("sweep.clock").c_str()), 0);
  EXPECT_EQ(bench.step(), "");
  EXPECT_EQ(bench.clock.now(), bench.wall.now());
}

}  // namespace
}  // namespace phimilter::portal
