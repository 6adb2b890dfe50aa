// SPDX-License-Identifier: Apache-2.0
#include "policy/terms.h"

#include <gtest/gtest.h>

#include "policy/test_policies.h"

namespace phimilter::policy {
namespace {

using testing::body;
using testing::message;
using testing::must_load;
using testing::PolicyFolder;
using testing::recipient;
using testing::small_policy;

TEST(Terms, DaysAreReadAndBounded) {
  struct Case {
    const char* text;
    std::optional<int> days;
  };
  for (const Case& each :
       {Case{"1d", 1}, Case{"90d", 90}, Case{"12w", 84}, Case{"10y", 3650}, Case{"3653d", 3653},
        Case{"3654d", {}}, Case{"11y", {}}, Case{"0d", {}}, Case{"-1d", {}}, Case{"90", {}},
        Case{"d", {}}, Case{"", {}}, Case{"9 d", {}}, Case{"90days", {}},
        Case{"99999999999999999999d", {}}, Case{"2m", {}}}) {
    EXPECT_EQ(days_from_text(each.text, kLongestExpiryDays), each.days) << each.text;
  }
}

TEST(Terms, TextAndBack) {
  for (const Terms& terms : {Terms{}, Terms{90, {}, false}, Terms{{}, 3, false},
                             Terms{{}, {}, true}, Terms{1, 2, true}, Terms{{}, {}, false, true, {}},
                             Terms{{}, {}, false, false, true}, Terms{7, {}, true, true, false}}) {
    EXPECT_EQ(terms_from_text(to_text(terms)), terms) << to_text(terms);
  }
  EXPECT_EQ(to_text({90, 3, true}), "expiry 90d, remind after 3d, receipt");
  EXPECT_EQ(to_text({7, {}, false, true, false}), "expiry 7d, reply to all, no forward");
  for (const char* none : {"no", "no receipt", "no no forward", "reply", "forward to all", "expiry",
                           "expiry 0d", "later 3d", "receipt,", "receipt, , receipt"}) {
    EXPECT_EQ(terms_from_text(none), std::nullopt) << none;
  }
}

TEST(Terms, TheShorterAndTheStrongerHold) {
  Terms terms;
  tighten(terms, {90, {}, false});
  tighten(terms, {30, 5, false});
  tighten(terms, {60, 3, true});
  tighten(terms, {});
  EXPECT_EQ(terms, (Terms{30, 3, true}));
}

TEST(Terms, WhatOneForbidsStaysForbidden) {
  constexpr std::optional<bool> kSilent;
  struct Case {
    std::optional<bool> one, other, both;
  };
  for (const Case& each :
       {Case{kSilent, kSilent, kSilent}, Case{kSilent, true, true}, Case{kSilent, false, false},
        Case{true, true, true}, Case{true, false, false}, Case{false, false, false}}) {
    for (const auto& [first, second] :
         {std::pair(each.one, each.other), std::pair(each.other, each.one)}) {
      Terms all{{}, {}, false, first, kSilent}, forward{{}, {}, false, kSilent, first};
      tighten(all, {{}, {}, false, second, kSilent});
      tighten(forward, {{}, {}, false, kSilent, second});
      EXPECT_EQ(all, (Terms{{}, {}, false, each.both, kSilent}));
      EXPECT_EQ(forward, (Terms{{}, {}, false, kSilent, each.both}));
    }
  }
}

class TermsOfPolicy : public ::testing::Test {
 protected:
  Treatment treated(std::string_view more, RecipientFacts facts = recipient("a@b.example")) {
    const auto policy = must_load({small_policy(folder_, more)});
    const auto text = message({body("PID1234 is sick")});
    const Findings findings = policy->detect(text, {});
    const std::vector<RecipientFacts> all{std::move(facts)};
    const auto decision = policy->decide(text, findings, {}, all);
    EXPECT_TRUE(decision.has_value());
    return decision->treatments.at(0);
  }
  PolicyFolder folder_;
};

constexpr std::string_view kSick = R"(
[[rule]]
id = "ill"
expiry = "7d"
receipt = true
need = [{ classes = ["health.*"] }]
)";
constexpr std::string_view kRoute = R"(
[[route]]
id = "outside"
methods = ["pgp", "portal"]
expiry = "2w"
remind_after = "2d"
)";

TEST_F(TermsOfPolicy, RulesAndRouteTogetherTheShortestHolds) {
  EXPECT_EQ(treated("").terms, Terms{});
  EXPECT_EQ(treated(kSick).terms, (Terms{7, {}, true}));
  EXPECT_EQ(treated(kRoute).terms, (Terms{14, 2, false}));
  const Treatment both = treated(std::string(kSick) + std::string(kRoute));
  EXPECT_EQ(both.terms, (Terms{7, 2, true}));
  EXPECT_EQ(both.method, Method::portal);
  EXPECT_EQ(both.reasons.back(), "in the portal: expiry 7d, remind after 2d, receipt");
}

TEST_F(TermsOfPolicy, WhatIsSensitiveStaysWithItsReader) {
  const std::string allows = R"(
[[route]]
id = "offices"
methods = ["portal"]
reply_all = true
forward = true
)";
  const Treatment plain = treated(allows);
  EXPECT_EQ(plain.terms, (Terms{{}, {}, false, true, true}));
  EXPECT_EQ(plain.reasons.back(), "in the portal: reply to all, forward");
  const Treatment closed = treated(allows + R"(
[[rule]]
id = "closed"
forward = false
need = [{ classes = ["health.*"] }]
)");
  EXPECT_EQ(closed.terms, (Terms{{}, {}, false, true, false}));
  EXPECT_EQ(closed.reasons.back(), "in the portal: reply to all, no forward");
}

TEST_F(TermsOfPolicy, ATestInTheFileExpectsThem) {
  const auto file = [this](const std::string& terms) {
    return folder_.write("t.toml",
                         "format = 1\n" + std::string(kSick) +
                             "forward = true\n"
                             "[[test]]\nname = \"t\"\ntext = \"PID1234 is sick\"\nterms = \"" +
                             terms + "\"\n");
  };
  const auto refused = [&](const std::string& terms) {
    return testing::refusal({small_policy(folder_, ""), file(terms)});
  };
  must_load({small_policy(folder_, ""), file("expiry 7d, receipt, forward")});
  EXPECT_NE(refused("").find("expected terms '' and not 'expiry 7d, receipt, forward'"),
            std::string::npos);
  EXPECT_NE(refused("expiry 7d, receipt").find("expected terms"), std::string::npos);
  EXPECT_NE(refused("forwards").find("t.toml:"), std::string::npos);
}

TEST_F(TermsOfPolicy, AnotherMethodKeepsThemForTheDayItTurnsIntoTheLast) {
  auto keyed = recipient("a@b.example");
  keyed.pgp = {.state = KeyState::valid, .fingerprint = testing::fingerprint(), .source = "gnupg"};
  const Treatment pgp = treated(kRoute, keyed);
  EXPECT_EQ(pgp.method, Method::pgp);
  EXPECT_EQ(pgp.terms, (Terms{14, 2, false}));
  auto inside = recipient("c@clinic.example");
  inside.internal = true;
  EXPECT_EQ(treated(kRoute, inside).terms, Terms{});
}

TEST_F(TermsOfPolicy, ShadowRulesAskForNothing) {
  EXPECT_EQ(
      treated(std::string(kSick).replace(std::string(kSick).find("receipt"), 0, "shadow = true\n"))
          .terms,
      Terms{});
}

TEST_F(TermsOfPolicy, WhatCannotBeIsRefusedWithItsLine) {
  for (const char* wrong :
       {"[[rule]]\nid = \"w\"\nexpiry = \"11y\"\nneed = [{classes = [\"id.*\"]}]\n",
        "[[rule]]\nid = \"w\"\nexpiry = 90\nneed = [{classes = [\"id.*\"]}]\n",
        "[[rule]]\nid = \"w\"\nremind_after = \"0d\"\nneed = [{classes = [\"id.*\"]}]\n",
        "[[rule]]\nid = \"w\"\nexpiry = \"9d\"\naction = \"pass\"\nneed = [{classes = "
        "[\"id.*\"]}]\n",
        "[[route]]\nid = \"w\"\nmethods = [\"portal\"]\nexpiry = \"soon\"\n",
        "[[rule]]\nid = \"w\"\nforward = \"yes\"\nneed = [{classes = [\"id.*\"]}]\n",
        "[[rule]]\nid = \"w\"\nreply_all = false\naction = \"pass\"\nneed = [{classes = "
        "[\"id.*\"]}]\n"}) {
    const auto path = folder_.write("w.toml", "format = 1\n" + std::string(wrong));
    EXPECT_NE(testing::refusal({path}).find("w.toml:"), std::string::npos) << wrong;
  }
}

}  // namespace
}  // namespace phimilter::policy
