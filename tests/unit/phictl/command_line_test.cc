// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/settings.h"
#include "clinic.h"
#include "escrow/api_tokens.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

using testing::HasSubstr;

std::vector<std::string> words_of(std::string_view path) {
  std::istringstream in{std::string(path)};
  return {std::istream_iterator<std::string>(in), {}};
}

TEST(CommandLine, EveryVerbSaysWhatItIsForWithAnExample) {
  const auto verbs = all_verbs();
  ASSERT_FALSE(verbs.empty());
  for (const auto& verb : verbs) {
    auto words = words_of(verb->text().path);
    words.emplace_back("--help");
    const Ran ran = run(words);
    EXPECT_EQ(ran.code, 0) << verb->text().path;
    EXPECT_THAT(ran.out, HasSubstr(std::string(verb->text().purpose)));
    EXPECT_THAT(ran.out, HasSubstr("Example:\n  " + std::string(verb->text().example)));
    for (const Argument& argument : verb->arguments()) {
      EXPECT_THAT(ran.out, HasSubstr(std::string(argument.name)));
    }
    EXPECT_EQ(ran.err, "");
  }
}

TEST(CommandLine, EveryScopeOfTheApiIsNamedInHelpAndManPage) {
  const std::string help = run({"api-token", "create", "--help"}).out;
  std::ifstream file(PHIMILTER_SOURCE_DIR "/docs/man/phictl.1");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (const std::string_view scope : escrow::kApiScopes) {
    EXPECT_THAT(help, HasSubstr(std::string(scope)));
    EXPECT_THAT(page, HasSubstr(std::string(scope)));
  }
}

TEST(CommandLine, HelpOfTheProgramAndOfGroupsNamesWhatStandsBelow) {
  const Ran top = run({"--help"});
  EXPECT_EQ(top.code, 0);
  EXPECT_THAT(top.out, HasSubstr("--settings"));
  EXPECT_THAT(top.out, HasSubstr("Exit status"));
  for (const auto& verb : all_verbs()) {
    const auto words = words_of(verb->text().path);
    EXPECT_THAT(top.out, HasSubstr("  " + words.front()));
    for (std::size_t depth = 1; depth < words.size(); ++depth) {
      std::vector<std::string> group(words.begin(), words.begin() + static_cast<long>(depth));
      group.emplace_back("--help");
      const Ran ran = run(group);
      EXPECT_EQ(ran.code, 0);
      EXPECT_THAT(ran.out, HasSubstr("  " + words[depth]));
    }
  }
}

TEST(CommandLine, WhatCannotBeUnderstoodIsUsage) {
  struct Case {
    std::vector<std::string> words;
    std::string said;
  };
  const std::vector<Case> cases = {
      {{}, "a verb is needed"},
      {{"chek"}, "chek"},
      {{"settings", "--jsn"}, "--jsn"},
      {{"keys"}, "a verb is needed"},
      {{"keys", "export"}, "export"},
      {{"explain"}, "FILE"},
      {{"messages", "retract"}, "ID"},
      {{"audit", "export"}, "--format"},
      {{"audit", "export", "--format", "xml"}, "xml"},
      {{"--settings"}, "--settings"},
  };
  for (const Case& c : cases) {
    const Ran ran = run(c.words);
    EXPECT_EQ(ran.code, 2) << testing::PrintToString(c.words);
    EXPECT_THAT(ran.err, HasSubstr(c.said));
    EXPECT_EQ(ran.out, "");
  }
}

TEST(CommandLine, WhatAnArgumentMayBeIsSaid) {
  const Clinic clinic;
  struct Case {
    std::vector<std::string> words;
    std::string said;
  };
  const std::vector<Case> cases = {
      {{"doctor", "--canary", "fax:me@partner.example"}, "smime, pgp, tls, portal"},
      {{"doctor", "--canary", "pgp"}, "METHOD:ADDRESS"},
      {{"doctor", "--canary", "pgp:nobody"}, "METHOD:ADDRESS"},
      {{"doctor", "--sendmail", "/no/sendmail.cf"}, "there is no file /no/sendmail.cf"},
      {{"explain", "-", "--rcpt", "blah"}, "--rcpt blah"},
      {{"explain", "-", "--from", "blah"}, "--from blah"},
  };
  for (const Case& c : cases) {
    const Ran ran = clinic.phictl(c.words);
    EXPECT_EQ(ran.code, 2) << testing::PrintToString(c.words);
    EXPECT_THAT(ran.err, HasSubstr(c.said));
    EXPECT_EQ(ran.out, "");
  }
}

TEST(CommandLine, SaysItsVersion) {
  const Ran ran = run({"--version"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, testing::MatchesRegex("phictl [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(CommandLine, TheSettingsFileCanBeNamedBeforeOrBehindTheVerb) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"--settings", "/no/such.toml", "check"},
                                             {"check", "--settings", "/no/such.toml"},
                                             {"keys", "list", "--settings", "/no/such.toml"}}) {
    const Ran ran = run(words);
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("/no/such.toml"));
    EXPECT_THAT(ran.err, HasSubstr("settings file"));
  }
}

TEST(CommandLine, SettingsPrintsAFileThatParsesOnceUncommented) {
  const Ran ran = run({"settings"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(parse_settings(ran.out, "printed").has_value());
  for (const Setting& setting : settings_table()) {
    EXPECT_THAT(ran.out, HasSubstr("\n#" + std::string(setting.name) + " = "));
  }
}

TEST(CommandLine, AnAnswerThatCannotBeWrittenIsAProblem) {
  std::istringstream in;
  std::ostringstream out, err;
  out.setstate(std::ios::badbit);
  EXPECT_EQ(run_command_line({"settings"}, in, out, err), 1);
  EXPECT_THAT(err.str(), HasSubstr("could not be written"));
}

TEST(SampleSettings, AreReadAsTheyAreInstalled) {
  const auto settings =
      load_settings(std::string(PHIMILTER_BIN_DIR) + "/../packaging/phimilter.toml");
  ASSERT_TRUE(settings.has_value()) << settings.error().describe();
  EXPECT_EQ(settings->escrow_folder, "/var/lib/phimilter-escrow");
}

}  // namespace
}  // namespace phimilter::phictl
