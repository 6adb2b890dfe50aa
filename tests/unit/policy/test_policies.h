// SPDX-License-Identifier: Apache-2.0
//
// Policy files in a folder of their own, removed at the end of the test.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace phimilter::policy::testing {

class PolicyFolder {
 public:
  PolicyFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "policy-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~PolicyFolder() { std::filesystem::remove_all(path_); }
  PolicyFolder(const PolicyFolder&) = delete;
  PolicyFolder& operator=(const PolicyFolder&) = delete;

  std::string write(const std::string& name, std::string_view content) const {
    const std::string path = path_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

 private:
  std::string path_;
};

inline extract::PartText body(std::string text) {
  return {"1", extract::PartKind::body, "text/plain", std::move(text), {}};
}

inline extract::PartText header(std::string text) {
  return {"headers", extract::PartKind::header, "", std::move(text), {}};
}

inline extract::PartText opaque(extract::Opaque reason) {
  return {"2", extract::PartKind::attachment, "application/octet-stream", "", reason};
}

inline extract::MessageText message(std::vector<extract::PartText> parts) {
  extract::MessageText out;
  out.parts = std::move(parts);
  return out;
}

inline RecipientFacts recipient(std::string_view address) {
  auto parsed = mail::Address::parse(address);
  EXPECT_TRUE(parsed.has_value());
  RecipientFacts out{.address = *parsed};
  out.portal = true;
  return out;
}

inline FingerprintId fingerprint() {
  return *FingerprintId::parse("0123456789abcdef0123456789abcdef01234567");
}

// Finds "PID" with digits as id.test and "sick" as health.test.
inline constexpr std::string_view kSmallPolicy = R"(
format = 1
[[detector]]
id = "pid"
class = "id.test"
pattern = 'PID(?P<value>\d{4})'
confidence = 90
[[detector]]
id = "sick"
class = "health.test"
terms = ["sick", "very ill"]
confidence = 70
[[detector]]
id = "secret"
class = "sensitive.test"
terms = ["secret"]
confidence = 80
[[rule]]
id = "near"
need = [{ classes = ["id.test"] }, { classes = ["health.*", "sensitive.*"] }]
)";

// A file of it, and what the test adds.
inline std::string small_policy(const PolicyFolder& folder, std::string_view more = "") {
  return folder.write("p.toml", std::string(kSmallPolicy) + std::string(more));
}

inline std::shared_ptr<const Policy> must_load(const std::vector<std::string>& files) {
  auto loaded = load_policy(files);
  EXPECT_TRUE(loaded.has_value()) << (loaded ? "" : loaded.error().describe());
  return loaded ? *loaded : nullptr;
}

// Describes why the files were refused; empty when they were not.
inline std::string refusal(const std::vector<std::string>& files) {
  const auto loaded = load_policy(files);
  if (loaded) {
    return "";
  }
  EXPECT_EQ(loaded.error().kind, FaultKind::configuration);
  return loaded.error().describe();
}

}  // namespace phimilter::policy::testing
