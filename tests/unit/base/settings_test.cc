// SPDX-License-Identifier: Apache-2.0
#include "base/settings.h"

#include <gtest/gtest.h>

#include <set>

namespace phimilter {
namespace {

TEST(Settings, DefaultsStandWithoutAnyFile) {
  const auto settings = parse_settings("", "empty.toml");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->milter_socket, "unix:/run/phimilter/milter.sock");
  EXPECT_EQ(settings->extract_timeout_ms, 20000);
  EXPECT_FALSE(settings->reentry_always);
}

TEST(Settings, ReadsEveryType) {
  const auto settings = parse_settings(
      "[organisation]\nname = \"Clinic\"\ndomains = [\"clinic.example\", \".lab.example\"]\n"
      "[reentry]\nalways = true\n[extract]\nworkers = 4\n",
      "x.toml");
  ASSERT_TRUE(settings) << settings.error().describe();
  EXPECT_EQ(settings->organisation_name, "Clinic");
  EXPECT_EQ(settings->organisation_domains.size(), 2U);
  EXPECT_TRUE(settings->reentry_always);
  EXPECT_EQ(settings->extract_workers, 4);
}

TEST(Settings, AMistakeIsNamedWithFileAndLine) {
  struct Case {
    const char* content;
    const char* says;
  };
  const Case cases[] = {
      {"[milter]\nsokcet = \"unix:/x\"\n",
       "x.toml:2: unknown name 'sokcet'; did you mean 'socket'?"},
      {"\n[miltre]\n", "x.toml:2: unknown name 'miltre'; did you mean 'milter'?"},
      {"[milter]\nsocket = 5\n", "x.toml:2: 'socket' must be a text in quotes"},
      {"[milter]\nsocket = \"tcp:1\"\n",
       "x.toml:2: 'socket' must be unix:/path or inet:address:port"},
      {"[portal]\nhttps = \"inet:0.0.0.0:70000\"\n", "must be unix:/path or inet:address:port"},
      {"[extract]\nworkers = 0\n", "x.toml:2: 'workers' must be from 1 to 64"},
      {"[log]\nlevel = \"loud\"\n", "x.toml:2: 'level' must be one of debug|info|warning|error"},
      {"[organisation]\ndomains = \"a.example\"\n", "x.toml:2: 'domains' must be a list of texts"},
      {"[organisation]\ndomains = [\"a@b\"]\n", "x.toml:2: 'domains' must be domain names"},
      {"[escrow]\nfolder = \"relative\"\n", "x.toml:2: 'folder' must be an absolute path"},
      {"[portal]\nurl = \"http://x\"\n", "x.toml:2: 'url' must start with https://"},
      {"[milter\n", "x.toml:1: "},
  };
  for (const Case& c : cases) {
    const auto settings = parse_settings(c.content, "x.toml");
    ASSERT_FALSE(settings) << c.content;
    EXPECT_EQ(settings.error().kind, FaultKind::configuration);
    EXPECT_NE(settings.error().text.find(c.says), std::string::npos) << settings.error().text;
  }
}

TEST(Settings, AMissingFileIsSaid) {
  const auto settings = load_settings("/nonexistent/phimilter.toml");
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().kind, FaultKind::configuration);
  EXPECT_NE(settings.error().describe().find("/nonexistent/phimilter.toml"), std::string::npos);
}

// The reference with the comment signs of its values taken off must be a file that gives the
// defaults.
TEST(Settings, TheReferenceIsAFileThatCanBeRead) {
  std::string content;
  std::string reference = settings_reference();
  std::size_t values = 0;
  std::size_t at = 0;
  while (at < reference.size()) {
    const auto end = reference.find('\n', at);
    std::string line = reference.substr(at, end - at);
    if (line.starts_with('#') && !line.starts_with("# ")) {
      line.erase(0, 1);
      ++values;
    }
    content += line + "\n";
    at = end + 1;
  }
  EXPECT_EQ(values, settings_table().size());
  const auto settings = parse_settings(content, "reference.toml");
  ASSERT_TRUE(settings) << settings.error().describe();
  EXPECT_EQ(settings->portal_state, default_settings().portal_state);
}

TEST(Settings, EveryRowHasHelpAndANameOfItsOwn) {
  std::set<std::string> names;
  for (const Setting& setting : settings_table()) {
    EXPECT_FALSE(setting.help.empty());
    EXPECT_TRUE(names.insert(std::string(setting.section) + "." + std::string(setting.name)).second)
        << setting.name;
  }
}

}  // namespace
}  // namespace phimilter
