// SPDX-License-Identifier: Apache-2.0
#include "policy/roster.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <numeric>

#include "policy/test_policies.h"

namespace phimilter::policy {
namespace {

using testing::body;
using testing::message;
using testing::must_load;
using testing::PolicyFolder;
using testing::refusal;

// Made with Python's hmac module, by the description of the file in roster.h: key 00 01 .. 1f, and
// n:536228726, p:lopez maria, b:lopez maria 19610312, a:m.lopez@home.example, n:2125550143,
// n:MH1234567J.
constexpr std::string_view kRosterHex =
    "504849524f5354319a6057e1ce3904be06000000000000001ebe05296826df5fb81ca6451f3da38055378036e6"
    "0eeeeb0eb130efdeaa7df25edde6dd64600757d9107f06f076d052b84b85ba3e45e326bee4b19655b37751ecf6"
    "f0a314b834e612c79e0623810396f5fb6488a78e113aa97125ddd0367c6f";

std::string roster_bytes() {
  return std::string(as_text(*unhex(kRosterHex)));
}

std::string key_bytes() {
  std::string key(Roster::kKeyBytes, '\0');
  std::iota(key.begin(), key.end(), '\0');
  return key;
}

TEST(Roster, IsWhatTheDescriptionOfTheFileSays) {
  const Secret key{std::string_view(key_bytes())};
  RosterBuilder builder(key);
  builder.add(RosterKind::number, roster_number("536-22-8726"));
  builder.add(RosterKind::number, roster_number("536228726"));  // the same again
  builder.add(RosterKind::name, roster_name("maria", "lopez"));
  builder.add(RosterKind::name_and_birth,
              roster_birth(roster_name("lopez", "maria"), *roster_day("03/12/1961")));
  builder.add(RosterKind::mail_address, roster_address(" M.Lopez@Home.example"));
  builder.add(RosterKind::number, roster_number("+1 (212) 555-0143"));
  builder.add(RosterKind::number, roster_number("MH-1234567J"));
  EXPECT_EQ(hex(as_bytes(builder.finish())), kRosterHex);
}

TEST(Roster, FormsOfNumbers) {
  struct Case {
    std::string_view value;
    std::string_view form;
  };
  const Case cases[] = {
      {"00482913", "482913"},
      {"MH-00482913", "MH00482913"},
      {"(212) 555-0143", "2125550143"},
      {"1-212-555-0143", "2125550143"},
      {"536 22 8726", "536228726"},
      {"mh 12345", "MH12345"},
      {"1234", ""},
      {"AB123", ""},
      {"", ""},
      {"0000000", ""},
  };
  for (const Case& row : cases) {
    EXPECT_EQ(roster_number(row.value), row.form) << row.value;
  }
  EXPECT_EQ(roster_number(std::string(100, '7')), "");
}

TEST(Roster, FormsOfDays) {
  struct Case {
    std::string_view value;
    std::string_view day;
  };
  const Case cases[] = {
      {"03/12/1961", "19610312"},
      {"3-12-1961", "19610312"},
      {"1961-03-12", "19610312"},
      {"19610312", "19610312"},
      {"Mar 12, 1961", "19610312"},
      {"12 March 1961", "19610312"},
      {"13/03/1961", "19610313"},
      {"03/12/61", ""},
      {"02/30/1961", ""},
      {"March 1961", ""},
      {"", ""},
  };
  for (const Case& row : cases) {
    EXPECT_EQ(roster_day(row.value).value_or(""), row.day) << row.value;
  }
}

TEST(Roster, DamagedFilesAndOtherKeysAreRefused) {
  const std::string good = roster_bytes();
  struct Case {
    const char* what;
    std::string bytes;
    std::string complaint;
  };
  std::string count = good;
  count[16] = '\x07';
  const Case cases[] = {
      {"empty", "", "is no roster"},
      {"a list", "mrn,name\n1,x\n" + std::string(40, ' '), "is no roster"},
      {"cut", good.substr(0, good.size() - 1), "damaged"},
      {"cut at an entry", good.substr(0, good.size() - 16), "damaged"},
      {"count", count, "damaged"},
      {"nobody", good.substr(0, 16) + std::string(8, '\0'), "nobody on it"},
  };
  for (const Case& row : cases) {
    const auto roster = Roster::read(row.bytes, Secret(std::string_view(key_bytes())));
    ASSERT_FALSE(roster.has_value()) << row.what;
    EXPECT_NE(roster.error().text.find(row.complaint), std::string::npos) << row.what;
  }
  const auto other = Roster::read(good, Secret(std::string_view(std::string(32, 'k'))));
  ASSERT_FALSE(other.has_value());
  EXPECT_NE(other.error().text.find("another key"), std::string::npos);
}

class RosterDetector : public ::testing::Test {
 protected:
  RosterDetector() {
    folder_.write("patients.roster", roster_bytes());
    const std::string key = folder_.write("roster.key", key_bytes());
    ::chmod(key.c_str(), 0600);
  }
  std::string policy_file() const {
    return folder_.write("p.toml", R"(
format = 1
[[detector]]
id = "patients"
class = "id.roster"
type = "roster"
file = "patients.roster"
key = "roster.key"
)");
  }
  static std::vector<std::string> found(const Policy& policy, const std::string& text,
                                        const MessageContext& context = {}) {
    const auto parts = message({body(text)});
    std::vector<std::string> out;
    for (const Finding& finding : policy.detect(parts, context).items) {
      EXPECT_EQ(finding.finding_class, "id.roster");
      EXPECT_EQ(finding.confidence, 95);
      out.push_back(text.substr(finding.offset, finding.length));
    }
    return out;
  }

  PolicyFolder folder_;
};

TEST_F(RosterDetector, FindsWhoIsOnItAndNobodyElse) {
  const auto policy = must_load({policy_file()});
  struct Case {
    std::string text;
    std::vector<std::string> found;
  };
  const Case cases[] = {
      {"Re 536-22-8726 please", {"536-22-8726"}},
      {"Re 536228726 please", {"536228726"}},
      {"Re 536-22-8727 please", {}},
      {"chart mh-1234567j, and MH-1234567K", {"mh-1234567j"}},
      {"call (212) 555-0143.", {"212) 555-0143"}},
      {"call +1 212.555.0143", {"1 212.555.0143"}},
      {"Maria Lopez was here", {"Maria Lopez"}},
      {"LOPEZ, MARIA was here", {"LOPEZ, MARIA"}},
      {"Maria T. Lopez was here", {"Maria T. Lopez"}},
      {"Maria de la Lopez was here", {"Maria de la Lopez"}},
      {"maria met lopez", {}},
      {"Maria Gomez and Ana Lopez", {}},
      {"Maria\n\nLopez", {}},
      {"write to M.Lopez@home.example.", {"M.Lopez@home.example"}},
      {"write to lopez@home.example.", {}},
      {"", {}},
  };
  for (const Case& row : cases) {
    EXPECT_EQ(found(*policy, row.text), row.found) << row.text;
  }
}

TEST_F(RosterDetector, OurOwnPeopleAreNoPatientsOfTheMail) {
  const auto policy = must_load({policy_file()});
  MessageContext context;
  context.own_names = {"Maria Lopez, RN"};
  context.own_addresses = {"m.lopez@home.example"};
  EXPECT_TRUE(found(*policy, "Maria Lopez, m.lopez@home.example", context).empty());
}

TEST_F(RosterDetector, WorkIsBoundedAndAnEndIsSaid) {
  const auto policy = must_load({policy_file()});
  std::string text;
  for (int i = 0; i < 60'000; ++i) {
    text += std::to_string(10'000'000 + i) + "\n";
  }
  const Findings findings = policy->detect(message({body(text)}), {});
  EXPECT_FALSE(findings.complete);
}

TEST_F(RosterDetector, AMissingFileOrKeyIsSaidWithFileAndLine) {
  const std::string file = policy_file();
  folder_.write("patients.roster", "");
  EXPECT_NE(refusal({file}).find("p.toml:7: it is no roster"), std::string::npos)
      << refusal({file});
  std::filesystem::remove(folder_.write("patients.roster", ""));
  EXPECT_NE(refusal({file}).find("p.toml:7: "), std::string::npos) << refusal({file});
  folder_.write("patients.roster", roster_bytes());
  EXPECT_EQ(refusal({file}), "");
  std::filesystem::remove(folder_.write("roster.key", ""));
  EXPECT_NE(refusal({file}).find("roster.key"), std::string::npos) << refusal({file});
}

}  // namespace
}  // namespace phimilter::policy
