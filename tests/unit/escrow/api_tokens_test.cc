// SPDX-License-Identifier: Apache-2.0
#include "escrow/api_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/files.h"
#include "support/run_program.h"
#include "support/temp_folder.h"

namespace phimilter::escrow {
namespace {

using phimilter::test::run_program;
using ::testing::HasSubstr;

const Timestamp kNow{std::chrono::seconds(1'800'000'000)};

struct Tokens {
  ApiToken token(const std::string& name, std::vector<std::string> scopes = {"recipients:read"}) {
    return {"", name, std::move(scopes), "rosa", kNow, kNow + std::chrono::hours(24)};
  }
  std::string create(const std::string& name) {
    ApiToken made = token(name);
    const auto text = tokens.create(made);
    return text ? std::string(text->view()) : text.error().text;
  }
  phimilter::test::TempFolder folder;
  ApiTokens tokens{folder.path("tokens")};
};

TEST(ApiTokens, WhoHasItIsKnownUntilItEndsOrIsRevoked) {
  Tokens bench;
  EXPECT_TRUE(bench.tokens.list()->empty());
  EXPECT_FALSE(bench.tokens.find("phi_", kNow)->has_value());
  const std::string text = bench.create("lab"), other = bench.create("office");
  ASSERT_EQ(text.size(), 64U);
  const auto found = bench.tokens.find(text, kNow);
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->name, "lab");
  EXPECT_TRUE((*found)->may("recipients:read"));
  EXPECT_FALSE((*found)->may("recipients:write"));
  EXPECT_FALSE(bench.tokens.find(text, kNow + std::chrono::hours(24))->has_value());
  EXPECT_EQ(bench.tokens.list()->size(), 2U);
  ASSERT_TRUE(bench.tokens.revoke(**found));
  EXPECT_FALSE(bench.tokens.find(text, kNow)->has_value());
  EXPECT_TRUE(bench.tokens.find(other, kNow)->has_value());
}

TEST(ApiTokens, WhatIsOnTheDiskIsNoToken) {
  Tokens bench;
  const std::string text = bench.create("lab");
  const std::string file = bench.folder.path("tokens/" + text.substr(4, 16) + ".token");
  struct stat found {};
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_EQ(run_program("grep -rl " + text.substr(21) + " " + bench.folder.path()).output, "");
  // The digest, as another program makes it.
  const std::string digest = run_program("printf %s " + text + " | sha256sum | cut -c-64").output;
  EXPECT_THAT(bench.folder.read("tokens/" + text.substr(4, 16) + ".token"),
              HasSubstr(digest.substr(0, 64)));
}

TEST(ApiTokens, NothingElseIsAToken) {
  Tokens bench;
  const std::string text = bench.create("lab");
  const std::string wrong[] = {"",
                               "phi_",
                               text.substr(0, 63),
                               text + "A",
                               "phi-" + text.substr(4),
                               text.substr(0, 21) + std::string(43, 'A'),
                               "phi_0000000000000000" + text.substr(20),
                               "phi_../../../../../x" + text.substr(20)};
  for (const std::string& one : wrong) {
    const auto found = bench.tokens.find(one, kNow);
    ASSERT_TRUE(found) << one;
    EXPECT_FALSE(*found) << one;
  }
  bench.folder.write("tokens/" + text.substr(4, 16) + ".token", "{");
  EXPECT_EQ(bench.tokens.find(text, kNow).error().kind, FaultKind::transient);
}

TEST(ApiTokens, WhatCannotBeOneIsNotMade) {
  Tokens bench;
  bench.create("lab");
  const struct {
    ApiToken token;
    const char* says;
  } cases[] = {{bench.token("lab"), "already"},
               {bench.token(""), "name"},
               {bench.token("a b"), "name"},
               {bench.token("x", {}), "scope"},
               {bench.token("x", {"everything"}), "scope"},
               {{"", "x", {"messages:read"}, "", kNow, kNow}, "end"}};
  for (const auto& test : cases) {
    const auto checked = bench.tokens.check(test.token);
    ASSERT_FALSE(checked) << test.says;
    EXPECT_THAT(checked.error().text, HasSubstr(test.says));
  }
}

}  // namespace
}  // namespace phimilter::escrow
