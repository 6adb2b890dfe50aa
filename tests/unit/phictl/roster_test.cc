// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "clinic.h"

namespace phimilter::phictl {
namespace {

using testing::HasSubstr;

constexpr std::string_view kPatients =
    "MRN,Last Name,First Name,Date of Birth,SSN,Phone,Email,Room\n"
    "MH-00481,\"de la Cruz\",Ana Maria,03/12/1961,536-22-8726,(212) 555-0143,ana@home.example,4\n"
    "77120345,O'Brien,Pat,1950-01-31,999-99-9999,,,5\n";

class RosterBuild : public testing::Test {
 protected:
  Ran build(const std::string& csv) const {
    return run({"roster", "build", "-", "--key", folder_.path("k"), "--output", folder_.path("r")},
               csv);
  }
  test::TempFolder folder_;
};

TEST_F(RosterBuild, MakesKeyAndTableAndNothingThatCanBeRead) {
  const Ran ran = build(std::string(kPatients));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("2 patients"));
  EXPECT_THAT(ran.err, HasSubstr("not used: the columns Room"));
  EXPECT_THAT(ran.err, HasSubstr("left out: 1"));
  const std::string roster = folder_.read("r");
  EXPECT_TRUE(roster.starts_with("PHIROST1"));
  for (const char* text : {"MH00481", "cruz", "536228726", "ana", "1961"}) {
    EXPECT_THAT(roster, Not(HasSubstr(text)));
  }
  EXPECT_EQ(folder_.read("k").size(), 32U);
  ASSERT_EQ(build(std::string(kPatients)).code, 0);  // with the key that is there
  EXPECT_EQ(folder_.read("r"), roster);
}

TEST_F(RosterBuild, WhatItMakesIsFoundInMail) {
  ASSERT_EQ(build(std::string(kPatients)).code, 0);
  const std::string rules = folder_.write("rules.toml", R"(format = 1
[[detector]]
id = "patients"
class = "id.roster"
type = "roster"
file = "r"
key = "k"
[[rule]]
id = "known"
[[rule.need]]
classes = ["id.roster"]
[[test]]
name = "name"
text = "about Ana Cruz"
rules = ["known"]
[[test]]
name = "name in capitals"
text = "OBRIEN, PAT"
rules = ["known"]
[[test]]
name = "record number"
text = "see MH00481"
rules = ["known"]
[[test]]
name = "nobody"
text = "about Ana Brown, 999-99-9999, 77120346"
expect = "clear"
)");
  const Ran ran = run({"policy", "test", rules});
  EXPECT_EQ(ran.code, 0) << ran.err;
}

TEST_F(RosterBuild, BadRowsAreNamedByLineAndNothingIsWritten) {
  struct Case {
    const char* csv;
    const char* complaint;
  };
  const Case cases[] = {
      {"", "-:1: the file holds no header row"},
      {"mrn,name\n", "-:1: the file holds no header row"},
      {"room,bed\n1,2\n", "-:1: no column is known"},
      {"mrn,dob\n12345,1.1.1990\n77,01/01/1990\n", "-:3: the record number has fewer"},
      {"mrn,dob\n12345,02/30/1990\n", "-:2: the birth date is no day"},
      {"mrn,dob\n12345,02/03/90\n", "-:2: the birth date is no day"},
      {"ssn\n12345\n", "-:2: the social security number has not nine digits"},
      {"phone\n555-0143\n", "-:2: the telephone number has fewer than ten digits"},
      {"email\nnobody\n", "-:2: the mail address is none"},
      {"mrn,name\n12345\n", "-:2: the row has not as many cells"},
      {"mrn,name\n12345,Ana Cruz\n,\n", "-:3: the row holds nothing"},
      {"mrn\n\"12345\n", "-:2: a quote is never closed"},
  };
  for (const Case& row : cases) {
    const Ran ran = build(row.csv);
    EXPECT_EQ(ran.code, 1) << row.csv;
    EXPECT_THAT(ran.err, HasSubstr(row.complaint)) << row.csv;
    EXPECT_FALSE(std::filesystem::exists(folder_.path("r"))) << row.csv;
  }
}

}  // namespace
}  // namespace phimilter::phictl
