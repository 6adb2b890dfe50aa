// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "clinic.h"
#include "escrow/attached.h"
#include "phictl/ownership.h"

namespace phimilter::phictl {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class RecipientsAliasTest : public testing::Test {
 protected:
  RecipientsAliasTest() { EXPECT_EQ(clinic_.setup_keys().code, 0); }
  Ran alias(std::vector<std::string> words) const {
    words.insert(words.begin(), {"recipients", "alias"});
    return clinic_.phictl(words);
  }
  bool is_attached(std::string_view recipient, std::string_view other) const {
    return *escrow::AttachedAddresses(clinic_.path("escrow/recipients"))
                .is_attached(*mail::Address::parse(recipient), *mail::Address::parse(other));
  }
  std::vector<json> records() const {
    std::istringstream lines(clinic_.phictl({"audit", "export", "--format", "jsonl"}).out);
    std::vector<json> all;
    for (std::string line; std::getline(lines, line);) {
      all.push_back(json::parse(line));
    }
    return all;
  }

  Clinic clinic_;
};

TEST_F(RecipientsAliasTest, IsAddedListedAndRemovedAndOnRecord) {
  EXPECT_EQ(alias({"list", "--json"}).out, "[]\n");
  const Ran added = alias({"add", "office@practice.example", "Anna@practice.example"});
  EXPECT_EQ(added.code, 0) << added.err;
  EXPECT_EQ(added.out, "Anna@practice.example can open what is sent to office@practice.example\n");
  EXPECT_TRUE(is_attached("office@practice.example", "anna@practice.example"));
  EXPECT_FALSE(is_attached("anna@practice.example", "office@practice.example"));
  EXPECT_THAT(alias({"add", "OFFICE@practice.example", "anna@practice.example"}).out,
              HasSubstr("could open already"));
  EXPECT_EQ(alias({"add", "pat@example.org", "pat@home.example", "--same-person"}).code, 0);
  EXPECT_TRUE(is_attached("pat@home.example", "pat@example.org"));
  const json one = json::parse(alias({"list", "Office@practice.example", "--json"}).out);
  EXPECT_EQ(one, json::parse(R"([{"recipient":"office@practice.example",
                                  "alias":"Anna@practice.example", "same_person":false,
                                  "finished":true}])"));
  EXPECT_THAT(alias({"list"}).out,
              HasSubstr("pat@example.org          pat@home.example       the same person\n"));
  EXPECT_EQ(alias({"remove", "office@practice.example", "anna@practice.example"}).code, 0);
  EXPECT_FALSE(is_attached("office@practice.example", "anna@practice.example"));
  EXPECT_EQ(json::parse(alias({"list", "--json"}).out).size(), 1U);
  std::vector<std::string> said;
  for (const json& record : records()) {
    EXPECT_EQ(record.at("event"), "recipient_changed");
    EXPECT_FALSE(record.at("login").get<std::string>().empty());
    const json& about = record.at("recipients").front();
    said.push_back(about.at("address").get<std::string>() + ": " +
                   about.at("status").get<std::string>() + ", " +
                   about.at("reasons").front().get<std::string>());
  }
  EXPECT_THAT(said, testing::ElementsAre(
                        "office@practice.example: alias added, alias Anna@practice.example",
                        "pat@example.org: alias added, same person, alias pat@home.example",
                        "office@practice.example: alias removed, alias anna@practice.example"));
}

// As on a gateway, where the folders belong to the filter's user, and root is at the keyboard.
TEST_F(RecipientsAliasTest, WhoDidItIsAPersonAndNotTheFoldersOwner) {
  ASSERT_EQ(geteuid(), 0U) << "needs root";
  const std::string phictl = std::string(PHIMILTER_BIN_DIR) + "/phictl --settings " +
                             clinic_.settings_file() +
                             " recipients alias add a@x.example b@x.example";
  const auto ran = test::run_program("chown -R nobody " + clinic_.path("escrow") + " " +
                                     clinic_.path("phictl-journal") + " && " + phictl);
  ASSERT_EQ(ran.status, 0) << ran.output;
  ASSERT_EQ(records().size(), 1U);
  EXPECT_EQ(records().front().at("login"), this_person());
}

TEST_F(RecipientsAliasTest, OnePersonsTwoAreThatFromEitherEnd) {
  const std::string main = "pat@example.org", home = "pat@home.example";
  ASSERT_EQ(alias({"add", main, home, "--same-person"}).code, 0);
  EXPECT_THAT(alias({"add", home, main, "--same-person"}).out, HasSubstr("could open already"));
  EXPECT_THAT(alias({"add", home, main}).err, HasSubstr("of the same person: remove it first"));
  EXPECT_THAT(alias({"add", "kim@example.org", home, "--same-person"}).err,
              HasSubstr("of the same person as another recipient"));
  for (const std::string& named : {main, home}) {
    const json listed = json::parse(alias({"list", named, "--json"}).out);
    ASSERT_EQ(listed.size(), 1U) << named;
    EXPECT_EQ(listed.front().at("recipient"), main);
  }
  const Ran removed = alias({"remove", home, main});
  EXPECT_EQ(removed.code, 0) << removed.err;
  EXPECT_FALSE(is_attached(main, home) || is_attached(home, main));
  EXPECT_EQ(json::parse(alias({"list", "--json"}).out).size(), 0U);
  EXPECT_EQ(records().size(), 2U) << "what was refused is not on record";
}

TEST_F(RecipientsAliasTest, WhatBrokeOffIsSaidAndEndedByEither) {
  const std::string main = "pat@example.org", home = "pat@home.example";
  const auto folder = std::filesystem::path(clinic_.path("escrow/recipients"));
  for (const bool add : {true, false}) {
    ASSERT_EQ(alias({"add", main, home, "--same-person"}).code, 0);
    std::filesystem::remove(folder / (hex(sha256(main)) + "-" + hex(sha256(home)) + ".attached"));
    EXPECT_THAT(alias({"list"}).out, HasSubstr("not finished"));
    EXPECT_THAT(alias({"add", main, home}).err, HasSubstr("remove it first"));
    const Ran ended =
        add ? alias({"add", main, home, "--same-person"}) : alias({"remove", main, home});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(alias({"list"}).out, Not(HasSubstr("not finished")));
    EXPECT_EQ(is_attached(main, home), add);
    EXPECT_EQ(is_attached(home, main), add);
  }
}

TEST_F(RecipientsAliasTest, WhatCannotBeIsSaidAndNotRecorded) {
  struct Case {
    std::vector<std::string> words;
    std::string said;
  };
  for (const Case& each :
       {Case{{"add", "pat@example.org", "no address"}, "address"},
        Case{{"add", "pat@example.org", "PAT@example.org"}, "one and the same"},
        Case{{"remove", "pat@example.org", "pat@home.example"}, "is no alias"}}) {
    const Ran ran = alias(each.words);
    EXPECT_EQ(ran.code, 1) << ran.out;
    EXPECT_THAT(ran.err, HasSubstr(each.said));
  }
  EXPECT_EQ(json::parse(alias({"list", "--json"}).out).size(), 0U);
  EXPECT_THAT(clinic_.phictl({"audit", "export", "--format", "jsonl"}).out,
              Not(HasSubstr("recipient_changed")));
}

TEST_F(RecipientsAliasTest, ADiskThatSaysNoAttachesNothing) {
  clinic_.set("escrow", "public_key", Clinic::quoted(clinic_.path("keys/none.pub")));
  const Ran ran = alias({"add", "pat@example.org", "pat@home.example"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("none.pub"));
  EXPECT_FALSE(is_attached("pat@example.org", "pat@home.example"));
}

}  // namespace
}  // namespace phimilter::phictl
