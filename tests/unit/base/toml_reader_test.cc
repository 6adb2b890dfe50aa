// SPDX-License-Identifier: Apache-2.0
#include "base/toml_reader.h"

#include <gtest/gtest.h>

namespace phimilter {
namespace {

TEST(TomlReader, ReadsTablesOfTables) {
  auto document = TomlDocument::parse(
      "[[rule]]\nid = \"a\"\nweight = 2\n[[rule]]\nid = \"b\"\nweight = 0.5\n", "f.toml");
  ASSERT_TRUE(document);
  TomlTable root = document->root();
  auto rules = root.tables("rule");
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].text("id"), "a");
  EXPECT_EQ(rules[0].number("weight"), 2.0);
  EXPECT_EQ(rules[1].number("weight"), 0.5);
  EXPECT_EQ(rules[1].where("id"), "f.toml:5");
  EXPECT_EQ(rules[1].text("id"), "b");
  for (TomlTable& rule : rules) {
    rule.finish();
  }
  root.finish();
  EXPECT_TRUE(document->status());
}

TEST(TomlReader, TheFirstFaultStands) {
  auto document = TomlDocument::parse("a = 1\nb = 2\n", "f.toml");
  ASSERT_TRUE(document);
  TomlTable root = document->root();
  EXPECT_FALSE(root.text("b"));
  EXPECT_FALSE(root.text("a"));
  const auto status = document->status();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().text, "f.toml:2: 'b' must be a text in quotes");
}

TEST(TomlReader, AbsentIsNotAFault) {
  auto document = TomlDocument::parse("", "f.toml");
  ASSERT_TRUE(document);
  TomlTable root = document->root();
  EXPECT_FALSE(root.text("a"));
  EXPECT_FALSE(root.table("b"));
  EXPECT_TRUE(root.tables("c").empty());
  root.finish();
  EXPECT_TRUE(document->status());
}

TEST(TomlReader, NearestName) {
  const std::vector<std::string> names{"socket", "socket_group", "spool"};
  EXPECT_EQ(nearest_name("sokcet", names), "socket");
  EXPECT_EQ(nearest_name("spol", names), "spool");
  EXPECT_FALSE(nearest_name("certificate", names));
}

}  // namespace
}  // namespace phimilter
