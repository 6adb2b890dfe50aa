// SPDX-License-Identifier: Apache-2.0
#include "portal/texts.h"

#include <gtest/gtest.h>

#include <set>

namespace phimilter::portal {
namespace {

std::set<std::string> placeholders(const std::string& sentence) {
  std::set<std::string> names;
  for (std::size_t open = sentence.find('{'); open != std::string::npos;
       open = sentence.find('{', open + 1)) {
    names.insert(sentence.substr(open, sentence.find('}', open) - open));
  }
  return names;
}

TEST(Texts, BothLanguagesSayEverythingWithTheSameFillings) {
  const auto languages = load_languages();
  ASSERT_TRUE(languages.has_value());
  ASSERT_EQ(languages->english.keys(), languages->spanish.keys());
  const TextArguments echo = {{"name", "{name}"},
                              {"phone", "{phone}"},
                              {"count", "{count}"},
                              {"minutes", "{minutes}"},
                              {"reference", "{reference}"},
                              {"number", "{number}"},
                              {"code", "{code}"},
                              {"address", "{address}"},
                              {"size", "{size}"},
                              {"month", "{month}"},
                              {"day", "{day}"},
                              {"year", "{year}"},
                              {"time", "{time}"},
                              {"address", "{address}"},
                              {"link", "{link}"},
                              {"person", "{person}"},
                              {"read", "{read}"},
                              {"recipient", "{recipient}"},
                              {"sent", "{sent}"},
                              {"until", "{until}"},
                              {"what", "{what}"},
                              {"when", "{when}"}};
  for (const std::string& key : languages->english.keys()) {
    const std::string english = languages->english.get(key, echo);
    const std::string spanish = languages->spanish.get(key, echo);
    EXPECT_FALSE(english.empty()) << key;
    EXPECT_NE(english, spanish) << key << " is not translated";
    EXPECT_EQ(placeholders(english), placeholders(spanish)) << key;
  }
}

TEST(Texts, FillsInAndLeavesNothingOpen) {
  const Texts texts("en",
                    {{"a", "Call {name} at {phone}."}, {"b", "{unknown}!"}, {"c", "open {brace"}});
  EXPECT_EQ(texts.get("a", {{"name", "{phone}"}, {"phone", "1"}}), "Call {phone} at 1.");
  EXPECT_EQ(texts.get("b"), "!");
  EXPECT_EQ(texts.get("c"), "open {brace");
}

TEST(Texts, LanguageIsTheVisitorsThenTheEntrysThenTheBrowsers) {
  struct Case {
    std::string_view asked, entry, accept, chosen;
  };
  const auto languages = load_languages();
  ASSERT_TRUE(languages.has_value());
  for (const Case& each : {
           Case{"", "", "", "en"},
           Case{"", "", "es", "es"},
           Case{"", "", "es-MX,es;q=0.9,en;q=0.8", "es"},
           Case{"", "", "en-US,en;q=0.9,es;q=0.8", "en"},
           Case{"", "", "en;q=0.3, es;q=0.8", "es"},
           Case{"", "", "es;q=0", "en"},
           Case{"", "", "fr, est, *;q=0.1", "en"},
           Case{"", "es", "en", "es"},
           Case{"en", "es", "es", "en"},
           Case{"xx", "", "es;q=broken", "es"},
       }) {
    EXPECT_EQ(languages->choose(each.asked, each.entry, each.accept).language(), each.chosen)
        << each.accept;
  }
}

}  // namespace
}  // namespace phimilter::portal
