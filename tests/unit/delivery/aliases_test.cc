// SPDX-License-Identifier: Apache-2.0
#include "delivery/aliases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "support/temp_folder.h"

namespace phimilter::delivery {
namespace {

class MemoryTable final : public AliasTable {
 public:
  explicit MemoryTable(std::map<std::string, std::string> entries) : entries_(std::move(entries)) {}
  Result<std::optional<std::string>> find(const std::string& key) override {
    if (key == "broken@own.example") {
      return fail(transient_fault("aliases.unknown", "made to fail"));
    }
    const auto found = entries_.find(key);
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<std::string, std::string> entries_;
};

mail::Address address(const std::string& text) {
  return mail::Address::parse(text).value();
}

TEST(Aliases, LeadOutsideWhenAnyOfTheirNamesDoes) {
  std::map<std::string, std::string> entries = {
      {"doctors@own.example", "ann, bob@own.example"},
      {"study@own.example", "ann@own.example,\n  outside@partner.example"},
      {"nested@own.example", "doctors, deeper"},
      {"deeper", "\"study@own.example\""},
      {"quoted@own.example", "\"odd, name\"@own.example"},
      {"loop@own.example", "loop2"},
      {"loop2", "loop@own.example, loop2"},
      {"tickets", "\"|/usr/bin/gate --queue 'a, b@c.example'\""},
      {"archive", "/var/mail/archive"},
      {"included", ":include:/etc/mail/list"},
      {"@moved.own.example", "@new.example"},
      {"@renamed.own.example", "@own.example"},
      {"percent", "user%partner.example@own.example"},
      {"bang", "partner.example!user"},
      {"kept", "\\kept, copy@partner.example"},
      {"ann", "\\ann"},
  };
  for (int number = 0; number < 1000; ++number) {
    entries["long" + std::to_string(number)] = "long" + std::to_string(number + 1);
  }
  std::vector<std::unique_ptr<AliasTable>> tables;
  tables.push_back(std::make_unique<MemoryTable>(std::map<std::string, std::string>{}));
  tables.push_back(std::make_unique<MemoryTable>(entries));
  const auto maps = alias_maps_of(std::move(tables), {"own.example", ".own.example"});
  const std::pair<const char*, bool> cases[] = {
      {"nobody@own.example", false},
      {"doctors@own.example", false},
      {"study@own.example", true},
      {"STUDY@Own.example", true},
      {"study+x@own.example", true},
      {"nested@own.example", true},
      {"quoted@own.example", false},
      {"loop@own.example", false},
      {"tickets@own.example", false},
      {"archive@own.example", false},
      {"included@own.example", true},
      {"anybody@moved.own.example", true},
      {"anybody@renamed.own.example", false},
      {"percent@own.example", true},
      {"bang@own.example", true},
      {"kept@own.example", true},
      {"ann@own.example", false},
      {"broken@own.example", true},
      {"long0@own.example", true},
      {"long900@own.example", false},
  };
  for (const auto& [text, outside] : cases) {
    EXPECT_EQ(maps->leads_outside(address(text)), outside) << text;
  }
}

// As recipient_delimiter says; whichever of several counts, all are looked for.
TEST(Aliases, ExtensionsBeginAtAnyDelimiter) {
  const std::pair<const char*, bool> cases[] = {{"study-x@own.example", true},
                                                {"study+x-y@own.example", true},
                                                {"study-x+y@own.example", true},
                                                {"study_x@own.example", false},
                                                {"-study@own.example", false}};
  for (const auto& [text, outside] : cases) {
    std::vector<std::unique_ptr<AliasTable>> tables;
    tables.push_back(std::make_unique<MemoryTable>(
        std::map<std::string, std::string>{{"study@own.example", "out@partner.example"}}));
    const auto maps = alias_maps_of(std::move(tables), {"own.example"}, "+-");
    EXPECT_EQ(maps->leads_outside(address(text)), outside) << text;
  }
}

// A stand-in for postmap that answers as postmap(1) says, and counts how often it was called.
class PostmapTest : public ::testing::Test {
 protected:
  std::string program(const std::string& script) const {
    const std::string path =
        folder_.write("postmap", "#!/bin/sh\necho x >> " + folder_.path("calls") + "\n" + script);
    ::chmod(path.c_str(), 0755);
    return path;
  }
  std::size_t calls() const { return folder_.read("calls").size() / 2; }
  test::TempFolder folder_;
};

TEST_F(PostmapTest, FilesAreReadWholeWhenTheyHaveChanged) {
  const std::string source = folder_.write("virtual", "");
  folder_.write("virtual.db", "1");
  const auto table = postfix_table("hash:" + source,
                                   program("printf 'List@own.example\\tout@partner.example\\n'\n"));
  for (int number = 0; number < 5; ++number) {
    EXPECT_EQ(table->find("list@own.example").value(), "out@partner.example");
    EXPECT_EQ(table->find("other@own.example").value(), std::nullopt);
  }
  EXPECT_EQ(calls(), 1U);
  // What is changed leads where it did for a while: the MTA may not have looked yet.
  program("printf 'List@own.example\\tin@own.example\\nnew@own.example\\tx@own.example\\n'\n");
  folder_.write("virtual.db", "22");
  EXPECT_EQ(table->find("list@own.example").value(), "in@own.example, out@partner.example");
  EXPECT_EQ(table->find("new@own.example").value(), "x@own.example");
  EXPECT_EQ(calls(), 2U);
}

TEST_F(PostmapTest, FileThatCouldNotBeReadIsReadAgain) {
  const std::string source = folder_.write("virtual", "");
  const auto table = postfix_table("hash:" + source, program("exit 75\n"), {});
  EXPECT_FALSE(table->find("list@own.example"));
  program("printf 'list@own.example\\tin@own.example\\n'\n");
  EXPECT_EQ(table->find("list@own.example").value(), "in@own.example");
  const auto patient = postfix_table("hash:" + source, program("exit 75\n"));
  EXPECT_FALSE(patient->find("list@own.example"));
  const std::size_t before = calls();
  EXPECT_FALSE(patient->find("list@own.example"));
  EXPECT_EQ(calls(), before);
}

// One who still has the table before the last two changes is believed as well.
TEST_F(PostmapTest, ChangesInARowAllCountForAWhile) {
  const std::string source = folder_.write("virtual", "");
  const auto table = postfix_table("hash:" + source, program("printf 'l@own\\ta@out\\n'\n"));
  EXPECT_EQ(table->find("l@own").value(), "a@out");
  for (const char* size : {"1", "22"}) {
    program("printf 'l@own\\tin@own\\n'\n");
    folder_.write("virtual.db", size);
    EXPECT_THAT(table->find("l@own").value().value(), ::testing::HasSubstr("a@out"));
  }
}

// A table that is rebuilt every few minutes does not grow.
TEST_F(PostmapTest, WhatWasSaidBeforeIsSaidOnce) {
  const std::string source = folder_.write("virtual", "");
  const auto table = postfix_table("hash:" + source, program("printf 'l@own\\ta@out\\n'\n"));
  ASSERT_TRUE(table->find("l@own").has_value());
  program("printf 'l@own\\tin@own\\n'\n");
  for (const char* size : {"1", "22", "333", "4444"}) {
    folder_.write("virtual.db", size);
    EXPECT_EQ(table->find("l@own").value(), "in@own, a@out");
  }
}

TEST_F(PostmapTest, OthersAreAskedOnceForEachName) {
  const auto table = postfix_table("ldap:/etc/postfix/ldap.cf",
                                   program("case $2 in\n list@*) echo out@partner.example;;\n "
                                           "bad@*) echo postmap: fatal: no >&2; exit 1;;\n"
                                           " *) echo postmap: warning: ... >&2; exit 1;;\nesac\n"));
  for (int number = 0; number < 3; ++number) {
    EXPECT_EQ(table->find("list@own.example").value(), "out@partner.example");
    EXPECT_EQ(table->find("other@own.example").value(), std::nullopt);
  }
  EXPECT_EQ(calls(), 2U);
  EXPECT_FALSE(table->find("bad@own.example"));
  EXPECT_EQ(table->find("-v").value(), std::nullopt);
}

// A directory that is away is not waited for by each recipient of a message.
TEST_F(PostmapTest, WhoDoesNotAnswerIsNotAskedForEachName) {
  const std::string away = "echo postmap: fatal: timeout >&2; exit 1\n";
  for (const bool patient : {true, false}) {
    const auto table = postfix_table("ldap:/etc/postfix/ldap.cf", program(away),
                                     patient ? kTableRetry : std::chrono::milliseconds(0));
    const std::size_t before = calls();
    for (int number = 0; number < 20; ++number) {
      EXPECT_FALSE(table->find("r" + std::to_string(number) + "@own.example"));
    }
    EXPECT_EQ(calls() - before, patient ? 3U : 20U);
  }
}

TEST_F(PostmapTest, WhatCannotBeAskedIsOutside) {
  for (const char* map : {"hash:/nowhere/virtual", "regexp:/nowhere/map"}) {
    AliasOptions options{{map}, {"own.example"}, program("exit 75\n")};
    EXPECT_TRUE(mta_alias_maps(options)->leads_outside(address("a@own.example"))) << map;
    options.postmap = folder_.path("no-such-program");
    EXPECT_TRUE(mta_alias_maps(options)->leads_outside(address("a@own.example"))) << map;
  }
}

}  // namespace
}  // namespace phimilter::delivery
