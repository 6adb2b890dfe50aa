// SPDX-License-Identifier: Apache-2.0
#include "policy/literal_set.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace phimilter::policy {
namespace {

struct Case {
  std::vector<std::string> literals;  // with '<': wanted at the start of a word
  std::string text;
  std::vector<std::string> expected;  // "literal@begin", by begin
};

TEST(LiteralSet, FindsEveryPlaceWhateverTheCase) {
  const std::vector<Case> cases{
      {{"he", "she", "hers", "his"}, "uSHErs", {"she@1", "he@2", "hers@2"}},
      {{"aa"}, "aaaa", {"aa@0", "aa@1", "aa@2"}},
      {{"abcd", "bc"}, "abcabcd", {"bc@1", "abcd@3", "bc@4"}},
      {{"m.r.n.", "#"}, "M.R.N.#1", {"m.r.n.@0", "#@6"}},
      {{"x"}, "", {}},
      {{}, "anything", {}},
      {{"same", "same"}, "same", {"same@0"}},
      {{"k 0", "00", " "}, "K\t71 2", {"k 0@0", " @1", "00@2", " @4"}},
      {{"<he", "<h", "e"}, "he the _he", {"<h@0", "<he@0", "e@1", "e@5", "e@9"}},
      {{"<#he"}, "a#he", {"<#he@1"}},
  };
  for (const Case& row : cases) {
    LiteralSet set;
    std::vector<std::string> names;
    for (const std::string& literal : row.literals) {
      const bool at_word_start = literal.size() > 1 && literal[0] == '<';
      const std::size_t number = set.add(literal.substr(at_word_start ? 1 : 0), at_word_start);
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
