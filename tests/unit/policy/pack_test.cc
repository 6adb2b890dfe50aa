// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "policy/test_policies.h"

namespace phimilter::policy {
namespace {

using testing::must_load;
using testing::PolicyFolder;
using testing::refusal;

const std::string kPack = std::string(PHIMILTER_SOURCE_DIR) + "/policy/packs/hipaa.toml";

std::string content_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

TEST(HipaaPack, LoadsAndPassesItsTests) {
  EXPECT_NE(must_load({kPack}), nullptr);
  const auto reports = test_policy({kPack});
  ASSERT_TRUE(reports.has_value());
  EXPECT_GE(reports->size(), 40U);
  for (const TestReport& report : *reports) {
    EXPECT_TRUE(report.passed) << report.where << " " << report.name << ": " << report.what;
  }
}

TEST(HipaaPack, IsRefusedWithAFailingTest) {
  PolicyFolder folder;
  const std::string path = folder.write(
      "packs/hipaa.toml",
      content_of(kPack) +
          "\n[[test]]\nname = \"wrong\"\ntext = \"MRN 4471902, melanoma\"\nexpect = \"clear\"\n");
  std::filesystem::copy(std::string(PHIMILTER_SOURCE_DIR) + "/policy/lexicons",
                        std::filesystem::path(path).parent_path().parent_path() / "lexicons");
  EXPECT_NE(refusal({path}).find("test 'wrong': expected no rule"), std::string::npos)
      << refusal({path});
}

TEST(HipaaPack, KeysOnNoReservedPhoneOrDomain) {
  for (const std::string_view reserved : {"555", ".example", ".test"}) {
    const std::string text = content_of(kPack);
    const std::string rules = text.substr(0, text.find("tests: what must be found"));
    EXPECT_EQ(rules.find(reserved), std::string::npos) << reserved;
  }
}

// Only the words that hold a person are removed, the rest stays: then nothing may be found any
// more.
TEST(HipaaPack, NeedsBothPersonAndHealth) {
  const auto policy = must_load({kPack});
  const auto rules = [&](const std::string& text) {
    const auto parts = testing::message({testing::body(text)});
    const auto decision = policy->decide(parts, policy->detect(parts, {}), {}, {});
    return decision->rules.size();
  };
  EXPECT_GT(
      rules("Patient: Maria Gonzalez, DOB 02/11/1957: congestive heart failure, lisinopril 10 mg"),
      0U);
  EXPECT_EQ(rules("congestive heart failure, lisinopril 10 mg"), 0U);
  EXPECT_EQ(rules("Maria Gonzalez will join us, table for six, call 212-736-5000"), 0U);
}

}  // namespace
}  // namespace phimilter::policy
