// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <type_traits>

#include "support/temp_folder.h"

namespace phimilter {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);

TEST(Secret, MovesAndIsEmptyAfterwards) {
  Secret first(std::string_view("answer"));
  const std::uint8_t* bytes = first.span().data();
  Secret second = std::move(first);
  EXPECT_EQ(second.view(), "answer");
  EXPECT_EQ(second.span().data(), bytes);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
}

TEST(Secret, ComparesWhole) {
  EXPECT_TRUE(constant_time_equal("abc", "abc"));
  EXPECT_FALSE(constant_time_equal("abc", "abd"));
  EXPECT_FALSE(constant_time_equal("abc", "abcd"));
  EXPECT_TRUE(constant_time_equal("", ""));
}

TEST(Secret, TwoRandomSecretsDiffer) {
  EXPECT_NE(random_secret(32).view(), random_secret(32).view());
}

TEST(Secret, AKeyFileIsPrivateAndOfTheRightSize) {
  const test::TempFolder folder;
  const std::string path = folder.write("key", std::string(32, 'k'));
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_TRUE(read_secret_file(path, 32));
  EXPECT_TRUE(read_secret_file(path, 0));

  const auto wrong_size = read_secret_file(path, 16);
  ASSERT_FALSE(wrong_size);
  EXPECT_EQ(wrong_size.error().id, "secret.size");
  const auto missing = read_secret_file(folder.path("missing"), 32);
  EXPECT_EQ(missing.error().id, "secret.open");
  EXPECT_NE(missing.error().text.find("phictl setup keys"), std::string::npos);

  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  const auto open_to_all = read_secret_file(path, 32);
  ASSERT_FALSE(open_to_all);
  EXPECT_EQ(open_to_all.error().id, "secret.mode");

  const auto absent = read_secret_file(folder.path("none"), 32);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().kind, FaultKind::configuration);
}

}  // namespace
}  // namespace phimilter
