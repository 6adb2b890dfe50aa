// SPDX-License-Identifier: Apache-2.0
#include "milter/apply_edits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mail/message.h"

namespace phimilter::milter {
namespace {

using ::testing::ElementsAre;

class FakeEdits final : public MtaEdits {
 public:
  bool change_header(const std::string& name, std::size_t index,
                     const std::string* value) override {
    return note(name + '#' + std::to_string(index) +
                (value == nullptr ? " removed" : '=' + *value));
  }
  bool append_header(const std::string& name, const std::string& value) override {
    return note(name + ':' + value);
  }
  bool append_body(std::string_view bytes) override {
    body += bytes;
    return note("body " + std::to_string(bytes.size()));
  }
  int fail_at = 0;
  std::vector<std::string> calls;
  std::string body;

 private:
  bool note(std::string call) {
    calls.push_back(std::move(call));
    return static_cast<int>(calls.size()) != fail_at;
  }
};

const mail::EditPlan& plan() {
  static const mail::EditPlan kPlan{{{"X-Phi-Proof", 2, "", true}, {"Subject", 1, " [...]", false}},
                                    {{"Content-Type", " multipart/encrypted;\r\n boundary=\"b\""}},
                                    true};
  return kPlan;
}

TEST(ApplyEdits, TellsThePlanInItsOrder) {
  FakeEdits edits;
  ASSERT_TRUE(apply_edits(plan(), "new", edits));
  // Folds as the milter protocol has them.
  EXPECT_THAT(edits.calls,
              ElementsAre("X-Phi-Proof#2 removed", "Subject#1= [...]",
                          "Content-Type: multipart/encrypted;\n boundary=\"b\"", "body 3"));
}

TEST(ApplyEdits, StopsAtTheFirstRefusal) {
  for (int n = 1; n <= 4; ++n) {
    FakeEdits edits;
    edits.fail_at = n;
    const Status applied = apply_edits(plan(), "new", edits);
    ASSERT_FALSE(applied) << n;
    EXPECT_EQ(applied.error().kind, FaultKind::transient);
    EXPECT_EQ(edits.calls.size(), static_cast<std::size_t>(n));
  }
}

TEST(ApplyEdits, BodyGoesInPieces) {
  const std::string body(2'500'000, 'x');
  FakeEdits edits;
  ASSERT_TRUE(apply_edits({{}, {}, true}, body, edits));
  EXPECT_EQ(edits.calls.size(), 3U);
  EXPECT_EQ(edits.body, body);
}

TEST(ApplyEdits, EmptyBodyIsTold) {
  FakeEdits edits;
  ASSERT_TRUE(apply_edits({{}, {}, true}, "", edits));
  EXPECT_THAT(edits.calls, ElementsAre("body 0"));
}

TEST(ApplyEdits, NothingToTell) {
  FakeEdits edits;
  ASSERT_TRUE(apply_edits({}, "unused", edits));
  EXPECT_TRUE(edits.calls.empty());
}

}  // namespace
}  // namespace phimilter::milter
