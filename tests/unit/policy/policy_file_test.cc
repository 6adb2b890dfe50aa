// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "policy/explain.h"
#include "policy/test_policies.h"

namespace phimilter::policy {
namespace {

using testing::body;
using testing::kSmallPolicy;
using testing::message;
using testing::must_load;
using testing::PolicyFolder;
using testing::refusal;
using testing::small_policy;

class PolicyFile : public ::testing::Test {
 protected:
  PolicyFolder folder_;
};

struct Invalid {
  std::string_view content;
  std::string_view complaint;  // with the line
};

const std::vector<Invalid> kInvalid{
    {"name = \"x\"\n", "p.toml:1: 'format' must be 1"},
    {"format = 1\nfoo = 2\n", "p.toml:2: unknown name 'foo'"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npatern = 'x'\n",
     "p.toml:5: unknown name 'patern'; did you mean 'pattern'?"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = 'x'\nconfidense = 5\n",
     "p.toml:6: unknown name 'confidense'; did you mean 'confidence'?"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = '(x'\n",
     "p.toml:5: 'pattern' does not compile"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = 'x*'\n",
     "p.toml:5: 'pattern' matches the empty text"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = 'x+'\n",
     "p.toml:5: 'pattern' has no longest match"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = '[*]x\\d{2,}'\n",
     "p.toml:5: 'pattern' has no longest match"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = 'a(?:b.*)?c'\n",
     "p.toml:5: 'pattern' has no longest match"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = '\\p{Lu}+x'\n",
     "p.toml:5: 'pattern' has no longest match"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = 'a[a-z]{900}'\n",
     "p.toml:5: 'pattern' can match 901 bytes; at most 512"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = 'x'\n"
     "[[detector]]\nid = \"a\"\nclass = \"id.b\"\npattern = 'y'\n",
     "p.toml:7: 'a' stands in"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\ntype = \"nanes\"\n",
     "p.toml:5: 'type' must be one of: pattern, terms, names, labels, roster"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\ntype = \"names\"\npattern = 'x'\n",
     "p.toml:2: a detector of this type has no 'pattern'"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\ntype = \"labels\"\n",
     "p.toml:2: a detector of type \"labels\" has 'files' or 'terms'"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\ntype = \"roster\"\nfile = \"x\"\n",
     "p.toml:2: a detector of type \"roster\" has 'file' and 'key'"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id\"\nfiles = [\"class.tsv\"]\n"
     "column = \"class\"\n",
     "class.tsv:2: behind the class stands a confidence"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = 'x'\n"
     "validator = \"in:bad.tsv\"\n",
     "bad.tsv:2:"},
    {"format = 1\n[[words]]\nclass = \"given-nane\"\nwords = [\"ana\"]\n",
     "p.toml:3: 'class' must be one of: given-name, surname"},
    {"format = 1\n[[words]]\nclass = \"surname\"\n", "p.toml:2: a list of words has"},
    {"format = 1\n[[words]]\nclass = \"surname\"\nfiles = [\"bad.tsv\"]\n", "bad.tsv:2:"},
    {"format = 1\n[[words]]\nclass = \"surname\"\nfiles = [\"flag.tsv\"]\nkind = \"z\"\n",
     "p.toml:4: no word of kind 'z' in flag.tsv"},
    {"format = 1\n[[rule]]\nid = \"unreadable\"\noverride = true\nshadow = true\nneed = [{ "
     "classes = [\"opaque.*\"] }]\n",
     "p.toml:5: what could not be read is never only counted"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = 'x'\nvalidator = "
     "\"sssn\"\n",
     "p.toml:6: unknown validator 'sssn'; did you mean 'ssn'?"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"ID A\"\npattern = 'x'\n",
     "p.toml:4: 'class'"},
    {"format = 1\n[[detector]]\nid = \"a b\"\nclass = \"id.a\"\npattern = 'x'\n", "p.toml:3: 'id'"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = 'x'\nconfidence = 101\n",
     "p.toml:6: 'confidence'"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"opaque.a\"\npattern = 'x'\n",
     "p.toml:4: 'class'"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\nfiles = [\"none.tsv\"]\n",
     "none.tsv"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\nfiles = [\"bad.tsv\"]\n",
     "bad.tsv:2:"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\nfiles = [\"flag.tsv\"]\n",
     "flag.tsv:2: flag 'Q'"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = 'x'\ncue = [{ pattern = "
     "'y' }]\n",
     "p.toml:6: a cue"},
    {"format = 1\n[[detector]]\nid = \"a\"\nclass = \"id.a\"\npattern = 'x'\ncue = [{ lexicon = "
     "\"flag.tsv\", kind = \"z\", before = 5 }]\n",
     "p.toml:6: no term of kind 'z'"},
    {"format = 1\n[[rule]]\nid = \"r\"\nneed = [{ classes = [\"id.none\"] }]\n",
     "p.toml:2: no detector gives the class 'id.none'"},
    {"format = 1\n[[rule]]\nid = \"r\"\n", "p.toml:2: a rule must need something"},
    {"format = 1\n[[rule]]\nid = \"r\"\nneed = [{ classes = [\"opaque.*\"] }]\naction = "
     "\"encrypt\"\n",
     "p.toml:5: 'action' must be one of: protect, hold, reject, pass"},
    {"format = 1\n[[rule]]\nid = \"r\"\nneed = [{ classes = [\"opaque.*\"], cnt = 1 }]\n",
     "p.toml:4: unknown name 'cnt'"},
    {"format = 1\n[[rule]]\nid = \"r\"\nneed = [{ classes = [\"opaque.*\"] }]\njoin = "
     "\"line\"\nwindow = 5\n",
     "p.toml:6: 'window'"},
    {"format = 1\n[[route]]\nid = \"r\"\nmethods = [\"pass\"]\n", "p.toml:4: 'pass' needs consent"},
    {"format = 1\n[[route]]\nid = \"r\"\n", "p.toml:2: 'methods' is missing or empty"},
    {"format = 1\n[[route]]\nid = \"r\"\nrule = [\"unreadible\"]\nmethods = [\"tls\"]\n",
     "p.toml:2: there is no rule 'unreadible'; did you mean 'unreadable'?"},
    {"format = 1\n[scope]\ndefault = \"none\"\n",
     "p.toml:3: 'default' must be one of: phi, all, monitor"},
    {"format = 1\n[scope]\n[[scope.sender]]\nscope = \"all\"\n", "p.toml:3: a sender is one of"},
    {"format = 1\ndisable = [\"x\"]\n", "p.toml:2: there is no 'x' in an earlier file"},
    {"format = 1\ndisable = [\"unreadable\"]\n", "p.toml:2: what could not be read never passes"},
    {"format = 1\n[[rule]]\nid = \"unreadable\"\noverride = true\nneed = [{ classes = "
     "[\"opaque.*\"] }]\naction = \"pass\"\n",
     "p.toml:6: what could not be read never passes"},
    {"format = 1\n[[test]]\nname = \"t\"\ntext = \"x\"\n",
     "p.toml:2: a test must expect something"},
    {"format = 1\n[[test]]\nname = \"t\"\nopaque = [\"odd\"]\nexpect = \"clear\"\n", "p.toml:4:"},
    {"format = 1\n[[test]\n", "p.toml:2:"},
};

TEST_F(PolicyFile, FaultsNameFileAndLine) {
  folder_.write("bad.tsv", "fine\n\tno term\n");
  folder_.write("flag.tsv", "fine\nterm\tQ\n");
  folder_.write("class.tsv", "fine\tmrn 90\nterm\tmrn 190\n");
  for (const Invalid& row : kInvalid) {
    const std::string path = folder_.write("p.toml", row.content);
    EXPECT_NE(refusal({path}).find(row.complaint), std::string::npos) << row.content << "\n"
                                                                      << refusal({path});
  }
}

TEST_F(PolicyFile, ListsThatCannotBeReadAreRefused) {
  EXPECT_NE(refusal({}), "");
  EXPECT_NE(refusal({"/nonexistent/policy.toml"}).find("/nonexistent/policy.toml"),
            std::string::npos);
}

TEST_F(PolicyFile, AFailingTestRefusesTheLoadAndShowsNoText) {
  const std::string path = small_policy(folder_, R"([[test]]
name = "must be clear"
text = "PID1234 is sick"
expect = "clear"
)");
  const std::string said = refusal({path});
  EXPECT_NE(said.find("p.toml:21: test 'must be clear': expected no rule; found rules: near; "
                      "classes: health.test, id.test"),
            std::string::npos)
      << said;
  EXPECT_EQ(said.find("1234"), std::string::npos);

  const auto reports = test_policy({path});
  ASSERT_TRUE(reports.has_value());
  ASSERT_EQ(reports->size(), 1U);
  EXPECT_FALSE(reports->front().passed);
}

TEST_F(PolicyFile, TestsSayWhatIsMissing) {
  const std::string path = small_policy(folder_, R"([[test]]
name = "t"
text = "PID1234"
rules = ["near"]
classes = ["sensitive.test"]
no_classes = ["id.test"]
)");
  EXPECT_NE(refusal({path}).find("expected rule near, class sensitive.test, no class id.test"),
            std::string::npos)
      << refusal({path});
}

TEST_F(PolicyFile, LaterFilesOverrideDisableAndAdd) {
  const std::string shipped = folder_.write("shipped.toml", std::string(kSmallPolicy) + R"([[test]]
name = "shipped expectation"
text = "PID1234 is sick"
rules = ["near"]
)");
  const auto rules_for = [](const Policy& policy, const std::string& text) {
    const auto parts = message({body(text)});
    const auto decision = policy.decide(parts, policy.detect(parts, {}), {}, {});
    std::string out;
    for (const RuleHit& hit : decision->rules) {
      out += hit.rule + ":" + hit.action + " ";
    }
    return out;
  };
  const std::string override_rule = folder_.write("site.toml", R"(format = 1
[[rule]]
id = "near"
override = true
action = "hold"
need = [{ classes = ["id.test"] }]
)");
  EXPECT_EQ(rules_for(*must_load({shipped, override_rule}), "PID1234"), "near:hold ");
  const std::string disable = folder_.write("off.toml", "format = 1\ndisable = [\"near\"]\n");
  EXPECT_EQ(rules_for(*must_load({shipped, disable}), "PID1234 is sick"), "");
  const std::string twice = folder_.write(
      "twice.toml", "format = 1\n[[rule]]\nid = \"near\"\nneed = [{ classes = [\"id.test\"] }]\n");
  EXPECT_NE(refusal({shipped, twice}).find("twice.toml:3: 'near' stands in "), std::string::npos)
      << refusal({shipped, twice});
  const std::string nothing = folder_.write("nothing.toml",
                                            "format = 1\n[[rule]]\nid = \"far\"\noverride = "
                                            "true\nneed = [{ classes = [\"id.test\"] }]\n");
  EXPECT_NE(refusal({shipped, nothing}).find("nothing.toml:4: there is no 'far'"),
            std::string::npos);
  const std::string orphan = folder_.write("orphan.toml", "format = 1\ndisable = [\"pid\"]\n");
  EXPECT_NE(refusal({shipped, orphan}).find("no detector gives the class 'id.test'"),
            std::string::npos);
}

TEST_F(PolicyFile, VersionFollowsEveryByteOfPolicyAndLists) {
  folder_.write("terms.tsv", "gout\n");
  const std::string path = folder_.write(
      "p.toml",
      "format = 1\n[[detector]]\nid = \"a\"\nclass = \"health.a\"\nfiles = [\"terms.tsv\"]\n");
  const std::string first = must_load({path})->version();
  EXPECT_EQ(must_load({path})->version(), first);
  folder_.write("terms.tsv", "gout\nmumps\n");
  EXPECT_NE(must_load({path})->version(), first);
}

TEST_F(PolicyFile, CuesRaiseDenialsRemoveAndColumnsName) {
  folder_.write("cues.tsv", "social security\tssn\nfax\tphone\n");
  folder_.write("kinds.tsv", "viral load\thiv\nBRCA1\tgenetic\n");
  const auto policy = must_load({folder_.write("p.toml", R"(format = 1
[[detector]]
id = "nine"
class = "id.ssn"
pattern = '\b\d{9}\b'
validator = "ssn"
confidence = 30
cue = [{ lexicon = "cues.tsv", kind = "ssn", before = 30, confidence = 85 }, { pattern = '^ for him', after = 10, confidence = 60 }]
deny_before = ['order\s*$']
deny_after = ['^ pieces']
[[detector]]
id = "kinds"
class = "sensitive"
files = ["kinds.tsv"]
column = "class"
[[detector]]
id = "mail"
class = "id.email"
pattern = '\b\w{1,40}@\w{1,40}\.\w{1,20}\b'
)")});
  MessageContext context;
  context.own_addresses = {"me@clinic.example"};
  const auto only = [&](const std::string& text) {
    const Findings findings = policy->detect(message({body(text)}), context);
    return findings.items.size() == 1 ? findings.items[0].finding_class + " " +
                                            std::to_string(findings.items[0].confidence)
                                      : std::to_string(findings.items.size());
  };
  EXPECT_EQ(only("536228726"), "id.ssn 30");
  EXPECT_EQ(only("Social  Security: 536228726"), "id.ssn 85");
  EXPECT_EQ(only("fax 536228726"), "id.ssn 30");
  EXPECT_EQ(only("536228726 for him"), "id.ssn 60");
  EXPECT_EQ(only("order 536228726"), "0");
  EXPECT_EQ(only("536228726 pieces"), "0");
  EXPECT_EQ(only("078051120"), "0");
  EXPECT_EQ(only("brca1"), "sensitive.genetic 50");
  EXPECT_EQ(only("you@clinic.example"), "id.email 50");
  EXPECT_EQ(only("Me@clinic.example"), "0");
}

}  // namespace
}  // namespace phimilter::policy
