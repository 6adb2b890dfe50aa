// SPDX-License-Identifier: Apache-2.0
#include "mail/edit_plan.h"

#include <gtest/gtest.h>

#include <random>

namespace phimilter::mail {
namespace {

HeaderList random_headers(std::mt19937& random) {
  static const char* const kNames[] = {"Subject", "subject", "Received", "To", "X-A", "X-B"};
  HeaderList list;
  const auto count = random() % 9;
  for (std::size_t i = 0; i < count; ++i) {
    list.append(kNames[random() % 6], " " + std::to_string(random() % 3));
  }
  return list;
}

// The property that the design asks for, over many small lists in which names repeat.
TEST(EditPlan, ApplyingThePlanGivesTheWantedFields) {
  std::mt19937 random(20261121);
  for (int round = 0; round < 20000; ++round) {
    const HeaderList captured = random_headers(random);
    const HeaderList wanted = random_headers(random);
    const EditPlan plan = plan_edits(captured, wanted, false);
    ASSERT_EQ(apply_header_edits(plan, captured), wanted) << captured.text() << "->\r\n"
                                                          << wanted.text();
  }
}

TEST(EditPlan, NothingToDoIsNothing) {
  HeaderList headers;
  headers.append("Subject", " a");
  EXPECT_TRUE(plan_edits(headers, headers, false).empty());
  EXPECT_FALSE(plan_edits(headers, headers, true).empty());
}

TEST(EditPlan, ChangesRunFromTheHighestIndexDown) {
  HeaderList captured;
  for (const char* value : {" 1", " 2", " 3"}) {
    captured.append("X-A", value);
  }
  const EditPlan plan = plan_edits(captured, HeaderList(), false);
  ASSERT_EQ(plan.changes.size(), 3U);
  EXPECT_EQ(plan.changes[0].index, 3U);
  EXPECT_EQ(plan.changes[1].index, 2U);
  EXPECT_EQ(plan.changes[2].index, 1U);
}

TEST(EditPlan, AChangedValueKeepsItsPlace) {
  HeaderList captured;
  captured.append("Subject", " Lab result");
  captured.append("To", " a@b");
  HeaderList wanted;
  wanted.append("Subject", " [...]");
  wanted.append("To", " a@b");
  const EditPlan plan = plan_edits(captured, wanted, false);
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_FALSE(plan.changes[0].removed);
  EXPECT_TRUE(plan.appended.empty());
}

TEST(EditPlan, BehindANewFieldAllAreNew) {
  HeaderList captured;
  for (const char* name : {"To", "Date", "MIME-Version"}) {
    captured.append(name, " 1");
  }
  HeaderList wanted;
  for (const char* name : {"To", "Subject", "MIME-Version"}) {
    wanted.append(name, " 1");
  }
  const EditPlan plan = plan_edits(captured, wanted, false);
  const std::vector<HeaderField> appended = {{"Subject", " 1"}, {"MIME-Version", " 1"}};
  EXPECT_EQ(plan.appended, appended);
  ASSERT_EQ(plan.changes.size(), 2U);
  for (const HeaderChange& change : plan.changes) {
    EXPECT_TRUE(change.removed);
    EXPECT_NE(change.name, "To");
  }
}

}  // namespace
}  // namespace phimilter::mail
