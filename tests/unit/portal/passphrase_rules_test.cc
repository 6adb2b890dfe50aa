// SPDX-License-Identifier: Apache-2.0
#include "portal/passphrase_rules.h"

#include <gtest/gtest.h>

#include "escrow/proof.h"
#include "portal/breached_file.h"
#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

PassphraseFault judged(const PassphraseRules& rules, std::string_view passphrase) {
  return rules
      .judge(escrow::normalise_passphrase(passphrase), "pat.miller@example.org", "Maple Clinic")
      .value_or(PassphraseFault::none);
}

TEST(PassphraseRules, LengthAndWhatOthersChoose) {
  const PassphraseRules rules = *PassphraseRules::open(12, "");
  const struct {
    std::string passphrase;
    PassphraseFault fault;
  } cases[] = {
      {"lamp river 9 goats", PassphraseFault::none},
      {"übermüdete Eule", PassphraseFault::none},
      {"all lower case letters", PassphraseFault::none},
      {"elevenchars", PassphraseFault::too_short},
      {"twelve chars", PassphraseFault::none},
      {"a          b", PassphraseFault::too_short},  // spaces count once
      {"éééééé", PassphraseFault::too_short},        // characters, not bytes
      {std::string(129, 'x') + "y", PassphraseFault::too_long},
      {"Password Password", PassphraseFault::common},
      {"MyPassword2026", PassphraseFault::common},
      {"correct horse battery staple", PassphraseFault::common},
      {"aaaaaaaaaaaaaa", PassphraseFault::common},
      {"abcabcabcabc", PassphraseFault::common},
      {"123456789012345", PassphraseFault::common},
      {"abcdefghijklmno", PassphraseFault::common},
      {"pat.miller@example.org", PassphraseFault::about_you},
      {"pat.miller 123", PassphraseFault::about_you},
      {"Maple Clinic 1", PassphraseFault::about_you},
      {"my clinic has a maple tree", PassphraseFault::none},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(judged(rules, test.passphrase), test.fault) << test.passphrase;
  }
}

// The hashes are made and sorted by other programs.
TEST(BreachedFile, FindsHashesWithoutReadingThemAll) {
  const TempFolder temp;
  const std::string path = temp.path() + "/hashes.txt";
  ASSERT_EQ(run_tool("for i in $(seq 1 700); do printf 'breached number %d' $i | sha1sum | "
                     "cut -c1-40 | tr a-f A-F; done | sort | sed 's/$/:17/' > " +
                     path)
                .status,
            0);
  ASSERT_EQ(*kind_of_breached_file(path), BreachedKind::hashes);
  for (int i = 1; i <= 700; ++i) {
    ASSERT_TRUE(*is_breached(path, BreachedKind::hashes, "breached number " + std::to_string(i)))
        << i;
  }
  for (int i = 701; i <= 900; ++i) {
    ASSERT_FALSE(*is_breached(path, BreachedKind::hashes, "breached number " + std::to_string(i)));
  }
  const PassphraseRules rules = *PassphraseRules::open(12, path);
  EXPECT_EQ(judged(rules, "breached number 9"), PassphraseFault::common);
  EXPECT_EQ(judged(rules, "another number 9"), PassphraseFault::none);
  run_tool("sort -R " + path + " > " + path + ".mixed");
  EXPECT_EQ(kind_of_breached_file(path + ".mixed").error().id, "portal.breached_order");
}

TEST(BreachedFile, FindsLinesInAnyOrder) {
  const TempFolder temp;
  const std::string path =
      temp.write("lines.txt", "zebra crossing 1\r\n\nbeta tester 22\n" + std::string(100'000, 'x') +
                                  "\nlast of them");
  ASSERT_EQ(*kind_of_breached_file(path), BreachedKind::lines);
  for (const char* word : {"zebra crossing 1", "beta tester 22", "last of them"}) {
    EXPECT_TRUE(*is_breached(path, BreachedKind::lines, word)) << word;
  }
  EXPECT_FALSE(*is_breached(path, BreachedKind::lines, "beta tester 2"));
}

TEST(BreachedFile, OneThatCannotBeReadIsAFault) {
  EXPECT_EQ(PassphraseRules::open(12, "/nonexistent").error().kind, FaultKind::configuration);
  const TempFolder temp;
  const std::string path = temp.write("lines.txt", "one\n");
  const PassphraseRules rules = *PassphraseRules::open(12, path);
  run_tool("rm " + path);
  EXPECT_FALSE(rules.judge(Secret(std::string_view("lamp river 9 goats")), "", "").has_value())
      << "could not tell is not allowed";
}

}  // namespace
}  // namespace phimilter::portal
