// SPDX-License-Identifier: Apache-2.0
#include "policy/marks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "policy/test_policies.h"

namespace phimilter::policy {
namespace {

using testing::body;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::header;
using testing::kSmallPolicy;
using testing::message;
using testing::must_load;
using testing::opaque;
using testing::PolicyFolder;
using testing::recipient;
using testing::refusal;

constexpr std::string_view kMarks = R"(
[[role]]
id = "physician"
login = ["rosa", "omar"]
[[mark]]
id = "secure"
subject = "[secure]"
action = "raise"
[[mark]]
id = "portal"
header = "X-Phi-Protect"
value = "portal"
action = "raise"
methods = ["portal"]
[[mark]]
id = "plain"
subject = "[plain]"
action = "opt_out"
role = ["physician"]
login = ["lab"]
)";

constexpr std::string_view kPhi = "PID1234 is sick";

class Marks : public ::testing::Test {
 protected:
  std::shared_ptr<const Policy> policy(std::string_view more = "") const {
    return must_load({folder_.write("p.toml", file(more))});
  }
  static std::string file(std::string_view more) {
    return std::string(kSmallPolicy) + std::string(kMarks) + std::string(more);
  }
  std::string refused(std::string_view more) const {
    return refusal({folder_.write("bad.toml", file(more))});
  }
  static MessageContext by(std::string login) {
    MessageContext out;
    out.login = std::move(login);
    return out;
  }
  static Decision decided(const Policy& policy, const std::string& subject,
                          std::string_view text = kPhi, const MessageContext& context = {},
                          std::vector<RecipientFacts> facts = {recipient("a@b.example")}) {
    const auto parts = message({header("Subject: " + subject + "\n"), body(std::string(text))});
    const auto decision = policy.decide(parts, policy.detect(parts, context), context, facts);
    EXPECT_TRUE(decision.has_value());
    return decision ? *decision : Decision{};
  }
  static RecipientFacts with_key() {
    RecipientFacts out = recipient("a@b.example");
    out.pgp = {KeyState::valid, testing::fingerprint(), "test", {}};
    return out;
  }

  PolicyFolder folder_;
};

TEST_F(Marks, RaiseProtectsWhatNoRuleHits) {
  const auto rules = policy();
  struct Case {
    std::string subject;
    bool raised;
  };
  for (const Case& one :
       {Case{"[secure] noon", true}, Case{"Re: [SECURE] noon", true}, Case{"noon[Secure]", true},
        Case{"noon", false}, Case{"[secured] noon", false}, Case{"secure noon", false}}) {
    const Decision decision = decided(*rules, one.subject, "see you at noon");
    EXPECT_EQ(decision.treatments.at(0).method, one.raised ? Method::portal : Method::pass)
        << one.subject;
    EXPECT_EQ(decision.marks.size(), one.raised ? 1U : 0U) << one.subject;
  }
}

TEST_F(Marks, AWordIsNoPartOfAnother) {
  for (const auto& [text, words, at] :
       {std::tuple{"an insecure door", "secure", std::string::npos},
        std::tuple{"SECURE: door", "secure", std::size_t{0}},
        std::tuple{"insecure, but secure", "secure", std::size_t{14}},
        std::tuple{"securely", "secure", std::string::npos},
        std::tuple{"", "secure", std::string::npos}}) {
    EXPECT_EQ(find_mark(text, words), at) << text;
  }
}

TEST_F(Marks, MethodsOfAMarkGoBeforeThoseOfTheRoute) {
  const auto rules = policy();
  MessageContext context;
  context.mark_fields = {{"X-PHI-Protect", " Portal"}};
  EXPECT_EQ(decided(*rules, "x", kPhi, {}, {with_key()}).treatments.at(0).method, Method::pgp);
  const Decision raised = decided(*rules, "x", kPhi, context, {with_key()});
  EXPECT_EQ(raised.treatments.at(0).method, Method::portal);
  EXPECT_THAT(raised.treatments.at(0).reasons, Contains("mark portal: raised"));
  context.mark_fields = {{"X-Phi-Protect", " smime"}};
  EXPECT_EQ(decided(*rules, "x", kPhi, context, {with_key()}).treatments.at(0).method, Method::pgp);
}

TEST_F(Marks, AMarkWeakensNoRouteThatHolds) {
  const auto rules = policy(
      "[[route]]\nid = \"r\"\nrecipient = [\"a@b.example\"]\n"
      "methods = [\"hold\"]\n");
  MessageContext context;
  context.mark_fields = {{"X-Phi-Protect", "portal"}};
  EXPECT_EQ(decided(*rules, "x", kPhi, context).treatments.at(0).method, Method::hold);
}

TEST_F(Marks, OptOutIsForThoseWhoMay) {
  const auto rules = policy();
  for (const std::string login : {"rosa", "omar", "lab"}) {
    const Decision decision = decided(*rules, "[plain] x", kPhi, by(login));
    EXPECT_EQ(decision.treatments.at(0).method, Method::pass) << login;
    EXPECT_THAT(decision.marks, ElementsAre(MarkUse{"plain", "opted-out", ""}));
    EXPECT_THAT(decision.treatments.at(0).reasons, Contains("mark plain: opted-out"));
  }
  for (const std::string login : {"", "eve", "ros", "Rosa"}) {
    const Decision decision = decided(*rules, "[plain] x", kPhi, by(login));
    EXPECT_EQ(decision.treatments.at(0).method, Method::portal) << login;
    EXPECT_THAT(decision.marks, ElementsAre(MarkUse{"plain", "refused", "login"}));
  }
}

TEST_F(Marks, WhatIsSensitiveUnreadOrRaisedNeverOptsOut) {
  const auto rules = policy(
      "[[rule]]\nid = \"stop\"\nneed = [{ classes = [\"id.test\"], count = 3 }]\n"
      "action = \"hold\"\n");
  const MessageContext rosa = by("rosa");
  struct Case {
    extract::MessageText text;
    std::string why;
    Method method;
  };
  const auto subject = header("Subject: [plain] x\n");
  for (const Case& one :
       {Case{message({subject, body("PID1234 secret")}), "sensitive", Method::portal},
        Case{message({subject, body("a secret")}), "sensitive", Method::pass},
        Case{message({subject, body("x"), opaque(extract::Opaque::encrypted)}), "unreadable",
             Method::portal},
        Case{message({subject, body("PID1234 PID1235 PID1236")}), "rule", Method::hold},
        Case{message({header("Subject: [plain] [secure]\n"), body(std::string(kPhi))}), "raised",
             Method::portal}}) {
    const std::vector<RecipientFacts> facts{recipient("a@b.example")};
    const auto decision = rules->decide(one.text, rules->detect(one.text, rosa), rosa, facts);
    ASSERT_TRUE(decision.has_value()) << one.why;
    EXPECT_EQ(decision->treatments.at(0).method, one.method) << one.why;
    EXPECT_THAT(decision->marks, Contains(MarkUse{"plain", "refused", one.why}));
  }
}

TEST_F(Marks, ScopeAllIsLeftByWhoMay) {
  const auto rules = policy("[scope]\ndefault = \"all\"\n");
  EXPECT_EQ(decided(*rules, "[plain] x", "noon", by("rosa")).treatments.at(0).method, Method::pass);
  EXPECT_EQ(decided(*rules, "[plain] x", "noon", by("eve")).treatments.at(0).method,
            Method::portal);
}

TEST_F(Marks, ARouteCanAskForAMark) {
  const auto rules = policy(
      "[[route]]\nid = \"r\"\nmark = [\"secure\"]\nmethods = [\"smime\", "
      "\"portal\"]\n");
  EXPECT_EQ(decided(*rules, "[secure] x", "noon", {}, {with_key()}).treatments.at(0).method,
            Method::portal);
  EXPECT_EQ(decided(*rules, "x", kPhi, {}, {with_key()}).treatments.at(0).method, Method::pgp);
}

TEST_F(Marks, OnlyTheSubjectOfTheMessageItselfCounts) {
  const auto rules = policy();
  extract::PartText inner = header("Subject: [plain] inner\n");
  inner.path = "2/headers";
  const auto text = message({header("Subject: x\n"), inner, body(std::string(kPhi))});
  const std::vector<RecipientFacts> facts{recipient("a@b.example")};
  const auto decision = rules->decide(text, rules->detect(text, by("rosa")), by("rosa"), facts);
  EXPECT_TRUE(decision->marks.empty());
}

TEST_F(Marks, WhatLeavesIsWithoutThem) {
  const auto rules = policy(R"(
[[mark]]
id = "stays"
subject = "{keep}"
action = "raise"
keep = true
[[mark]]
id = "own"
header = "X-Clinic-Secure"
action = "raise"
)");
  struct Case {
    std::string raw, decoded, left;
  };
  for (const Case& one : {
           Case{" [secure] noon", "[secure] noon", " noon"},
           Case{" Re: [SECURE] noon", "Re: [SECURE] noon", " Re: noon"},
           Case{" noon [secure]", "noon [secure]", " noon"},
           Case{" [secure] a [secure] b", "[secure] a [secure] b", " a b"},
           Case{" [secure]", "[secure]", " "},
           Case{" a\r\n [secure] b", "a [secure] b", " a\r\n b"},
           Case{" {keep} noon", "{keep} noon", " {keep} noon"},
           Case{" noon", "noon", " noon"},
           Case{" =?utf-8?Q?[secure]_caf=C3=A9?=", "[secure] caf\u00e9", " =?UTF-8?B?Y2Fmw6k=?="},
           Case{" =?utf-8?Q?caf=C3=A9?=", "caf\u00e9", " =?utf-8?Q?caf=C3=A9?="},
       }) {
    mail::HeaderList headers;
    headers.append("From", " a@clinic.example");
    headers.append("x-clinic-secure", " yes");
    headers.append("Subject", one.raw);
    const auto text = message({header("Subject: " + one.decoded + "\n")});
    const mail::HeaderList left = rules->without_marks(headers, text);
    ASSERT_EQ(left.fields().size(), 2U) << one.raw;
    EXPECT_EQ(ascii_lower(left.fields()[1].value), ascii_lower(one.left)) << one.raw;
  }
}

TEST_F(Marks, BrokenOnesAreRefused) {
  struct Case {
    std::string table, word;
  };
  for (const Case& one : {
           Case{"[[mark]]\nid = \"x\"\naction = \"raise\"\n", "either a 'subject' or a 'header'"},
           Case{"[[mark]]\nid = \"x\"\nsubject = \"[x]\"\nheader = \"X-A\"\naction = \"raise\"\n",
                "either"},
           Case{"[[mark]]\nid = \"x\"\nsubject = \"ab\"\naction = \"raise\"\n", "3 to 64"},
           Case{"[[mark]]\nid = \"x\"\nsubject = \"[x]\"\n", "raise, opt_out"},
           Case{"[[mark]]\nid = \"x\"\nsubject = \"[x]\"\naction = \"opt_out\"\n", "says who may"},
           Case{"[[mark]]\nid = \"x\"\nsubject = \"[x]\"\naction = \"raise\"\nmethods = "
                "[\"tls\"]\n",
                "raises"},
           Case{"[[mark]]\nid = \"x\"\nsubject = \"[x]\"\naction = \"raise\"\nmethods = "
                "[\"pass\"]\n",
                "none of"},
           Case{"[[mark]]\nid = \"x\"\nheader = \"From\"\naction = \"raise\"\n", "is needed"},
           Case{"[[mark]]\nid = \"x\"\nsubject = \"[x]\"\naction = \"opt_out\"\nrole = "
                "[\"nobody\"]\n",
                "no role 'nobody'"},
           Case{"[[route]]\nid = \"x\"\nmark = [\"nothing\"]\nmethods = [\"portal\"]\n",
                "no mark 'nothing'"},
           Case{"disable = [\"physician\"]\n", "disable"},
       }) {
    EXPECT_THAT(refused(one.table), HasSubstr(one.word)) << one.table;
  }
}

class Consent : public Marks {
 protected:
  static constexpr std::string_view kRoute = R"(
[[route]]
id = "plain-mail"
consent = "given"
methods = ["pass"]
)";
  static RecipientFacts person(ConsentState state) {
    RecipientFacts out = recipient("pat@home.example");
    out.consent = state;
    out.consent_on_file = "2026-01-31, text 2";
    return out;
  }
};

TEST_F(Consent, OnFileAndValidIsPlainMail) {
  const auto rules = policy(kRoute);
  struct Case {
    ConsentState state;
    Method method;
  };
  for (const Case& one :
       {Case{ConsentState::given, Method::pass}, Case{ConsentState::none, Method::portal},
        Case{ConsentState::expired, Method::portal}, Case{ConsentState::unknown, Method::portal}}) {
    const Decision decision = decided(*rules, "x", kPhi, {}, {person(one.state)});
    EXPECT_EQ(decision.treatments.at(0).method, one.method) << to_string(one.state);
  }
  const Decision given = decided(*rules, "x", kPhi, {}, {person(ConsentState::given)});
  EXPECT_THAT(given.treatments.at(0).reasons, Contains("consent on file: 2026-01-31, text 2"));
}

TEST_F(Consent, IsNotForWhatIsSensitiveOrUnread) {
  const auto rules = must_load({folder_.write(
      "q.toml", file("[[route]]\nid = \"plain-mail\"\nconsent = \"given\"\nmethods = [\"pass\", "
                     "\"portal\"]\n"))});
  const std::vector<RecipientFacts> facts{person(ConsentState::given)};
  for (const auto& text : {message({body("PID1234 secret")}),
                           message({body(std::string(kPhi)), opaque(extract::Opaque::image)})}) {
    const auto decision = rules->decide(text, rules->detect(text, {}), {}, facts);
    ASSERT_TRUE(decision.has_value());
    EXPECT_EQ(decision->treatments.at(0).method, Method::portal);
    EXPECT_THAT(decision->treatments.at(0).reasons,
                Contains("pass: not for sensitive or unread content"));
  }
}

TEST_F(Consent, ItsRoutesAreChecked) {
  for (const auto& [table, word] :
       {std::pair{"methods = [\"pass\"]\n", "needs consent"},
        std::pair{"consent = \"given\"\nsensitive = true\nmethods = [\"pass\"]\n", "never passes"},
        std::pair{"consent = \"yes\"\nmethods = [\"portal\"]\n", "must be \"given\""}}) {
    EXPECT_THAT(refused("[[route]]\nid = \"x\"\n" + std::string(table)), HasSubstr(word)) << table;
  }
}

TEST_F(Consent, InFileTestsSayWhatHappens) {
  const std::string tests = R"(
[[test]]
name = "consent"
text = "PID1234 is sick"
consent = "given"
method = "pass"
[[test]]
name = "opt-out"
subject = "[plain] x"
text = "PID1234 is sick"
login = "rosa"
method = "pass"
[[test]]
name = "header"
headers = ["X-Phi-Protect: portal"]
text = "PID1234 is sick"
readable = ["pgp", "portal"]
method = "portal"
[[test]]
name = "key"
text = "PID1234 is sick"
readable = ["pgp", "portal"]
method = "pgp"
)";
  EXPECT_EQ(refused(std::string(kRoute) + tests), "");
  for (const auto& [from, to] : {std::pair{"login = \"rosa\"", "login = \"eve\""},
                                 std::pair{"consent = \"given\"\nmethod", "method"}}) {
    std::string changed = std::string(kRoute) + tests;
    const std::size_t at = changed.rfind(from);
    ASSERT_NE(at, std::string::npos);
    changed.replace(at, std::string_view(from).size(), to);
    EXPECT_THAT(refused(changed), HasSubstr("expected method pass and not portal"));
  }
}

}  // namespace
}  // namespace phimilter::policy
