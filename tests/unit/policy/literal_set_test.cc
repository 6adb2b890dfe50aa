// SPDX-License-Identifier: Apache-2.0
#include "policy/literal_set.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace phimilter::policy {
namespace {

struct Case {
  std::vector<std::string> literals;
  std::string text;
  std::vector<std::string> expected;  // "literal@begin", by end
};

TEST(LiteralSet, FindsEveryPlaceWhateverTheCase) {
  const std::vector<Case> cases{
      {{"he", "she", "hers", "his"}, "uSHErs", {"she@1", "he@2", "hers@2"}},
      {{"aa"}, "aaaa", {"aa@0", "aa@1", "aa@2"}},
      {{"abcd", "bc"}, "abcabcd", {"bc@1", "bc@4", "abcd@3"}},
      {{"m.r.n.", "#"}, "M.R.N.#1", {"m.r.n.@0", "#@6"}},
      {{"x"}, "", {}},
      {{}, "anything", {}},
      {{"same", "same"}, "same", {"same@0"}},
  };
  for (const Case& row : cases) {
    LiteralSet set;
    std::vector<std::string> names;
    for (const std::string& literal : row.literals) {
      const std::size_t number = set.add(literal);
      names.resize(set.size());
      names[number] = literal;
    }
    ASSERT_TRUE(set.compile());
    std::vector<std::string> found;
    set.scan(row.text, [&](std::size_t literal, std::size_t end) {
      found.push_back(names[literal] + "@" + std::to_string(end - set.length(literal)));
    });
    EXPECT_EQ(found, row.expected) << row.text;
  }
}

}  // namespace
}  // namespace phimilter::policy
