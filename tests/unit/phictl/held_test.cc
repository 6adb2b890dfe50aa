// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "audit/journal.h"
#include "clinic.h"
#include "entries.h"
#include "escrow/vault.h"

namespace phimilter::phictl {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kId = "00112233445566778899aabbccddeeff";

class HeldTest : public testing::Test {
 protected:
  HeldTest() {
    // Nobody listens there.
    clinic_.set("hold", "listener", Clinic::quoted("inet:127.0.0.1:1"));
    clinic_.set("reentry", "listener", Clinic::quoted("inet:127.0.0.1:1"));
    ::mkdir(clinic_.path("escrow/held").c_str(), 0755);
    EXPECT_EQ(clinic_.setup_keys().code, 0);
    vault_ = escrow::open_vault_writer(clinic_.path("escrow/held"), clinic_.path("keys/portal.pub"))
                 .value();
  }

  void hold(const std::string& sender, std::chrono::hours life = std::chrono::hours(24)) {
    const Timestamp now = system_clock().now();
    auto facts = entry_facts(*EscrowId::parse(kId), now - std::chrono::hours(48));
    facts.sender = sender;
    facts.expires = now + life;
    ASSERT_TRUE(seal_open(*vault_, facts));
    const auto journal = audit::open_journal(clinic_.path("journal"), "filter", system_clock());
    audit::Record record;
    record.event = audit::Event::held;
    record.sender = sender;
    record.rules = {"site.hold"};
    record.size = 1234;
    record.recipients.emplace_back();
    record.recipients.back().address = "pat@example.org";
    record.recipients.back().escrow_id = kId;
    ASSERT_TRUE((*journal)->append(record).has_value());
  }

  nlohmann::json list() {
    const Ran ran = clinic_.phictl({"held", "list", "--json"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return nlohmann::json::parse(ran.out);
  }
  std::vector<nlohmann::json> acts() {
    std::vector<nlohmann::json> found;
    std::istringstream lines(clinic_.phictl({"audit", "export", "--format", "jsonl"}).out);
    for (std::string line; std::getline(lines, line);) {
      if (auto record = nlohmann::json::parse(line); record.at("writer") == "phictl") {
        found.push_back(std::move(record));
      }
    }
    return found;
  }

  Clinic clinic_;
  std::unique_ptr<escrow::VaultWriter> vault_;
};

TEST_F(HeldTest, ListSaysWhoWhenAndWhichRuleAndNothingElse) {
  EXPECT_THAT(clinic_.phictl({"held", "list"}).out, HasSubstr("Nothing is held"));
  hold("lab@clinic.example");
  const auto entries = list();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].at("id"), kId);
  EXPECT_EQ(entries[0].at("state"), "held");
  EXPECT_EQ(entries[0].at("sender"), "lab@clinic.example");
  EXPECT_EQ(entries[0].at("recipient"), "pat@example.org");
  EXPECT_EQ(entries[0].at("rules"), nlohmann::json::array({"site.hold"}));
  EXPECT_EQ(entries[0].at("bytes"), 1234);
  const Ran table = clinic_.phictl({"held", "list"});
  EXPECT_THAT(table.out, HasSubstr("site.hold"));
  EXPECT_THAT(table.out + entries.dump(), Not(HasSubstr("Potassium")));
}

TEST_F(HeldTest, ShowIsOnRecord) {
  hold("lab@clinic.example");
  const Ran ran = clinic_.phictl({"held", "show", kId, "--reason", "asked"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "Subject: Potassium\r\n\r\nToo low.\r\n");
  ASSERT_EQ(acts().size(), 1U);
  EXPECT_EQ(acts()[0].at("event"), "held_shown");
  EXPECT_NE(acts()[0].at("login"), "");
  EXPECT_EQ(acts()[0].at("recipients")[0].at("reasons")[0], "reason: asked");
  EXPECT_EQ(clinic_.phictl({"held", "show", "ZZZZ-ZZ"}).code, 1);
  EXPECT_EQ(clinic_.phictl({"audit", "verify"}).code, 0);
}

TEST_F(HeldTest, RefuseWantsAReasonAndDeletes) {
  hold("");  // a bounce: nobody to tell
  EXPECT_EQ(clinic_.phictl({"held", "refuse", kId}).code, 2);
  const Ran ran = clinic_.phictl({"held", "refuse", kId, "--reason", "wrong"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(list().empty());
  EXPECT_EQ(acts().back().at("event"), "held_refused");
  EXPECT_EQ(clinic_.phictl({"held", "refuse", kId, "--reason", "wrong"}).code, 1);
}

// What cannot be told is not deleted; it cannot be released any more, and refusing goes on.
TEST_F(HeldTest, RefusalThatCannotBeToldStays) {
  hold("lab@clinic.example");
  EXPECT_EQ(clinic_.phictl({"held", "refuse", kId, "--reason", "wrong"}).code, 1);
  EXPECT_EQ(list()[0].at("state"), "refused");
  EXPECT_TRUE(acts().empty());
  const Ran release = clinic_.phictl({"held", "release", kId, "--reason", "late"});
  EXPECT_EQ(release.code, 1);
  EXPECT_THAT(release.err, HasSubstr("refused already"));
}

TEST_F(HeldTest, ReleaseThatDoesNotComeThroughStays) {
  hold("lab@clinic.example");
  EXPECT_EQ(clinic_.phictl({"held", "release", kId}).code, 2);
  EXPECT_EQ(clinic_.phictl({"held", "release", kId, "--reason", "ok"}).code, 1);
  EXPECT_EQ(list()[0].at("state"), "held");
  const Ran clear = clinic_.phictl({"held", "release", kId, "--reason", "ok", "--clear"});
  EXPECT_EQ(clear.code, 1);
  EXPECT_THAT(clear.err, HasSubstr("hold.clear"));
  EXPECT_TRUE(acts().empty());
}

// The filter let it go, and phictl died before it knew.
TEST_F(HeldTest, ReleaseThatBrokeOffIsFinished) {
  hold("lab@clinic.example");
  ASSERT_TRUE(vault_->mark_released(*EscrowId::parse(kId)));
  EXPECT_EQ(clinic_.phictl({"held", "refuse", kId, "--reason", "no"}).code, 1);
  const Ran ran = clinic_.phictl({"held", "release", kId, "--reason", "ok"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(list().empty());
  EXPECT_EQ(acts().back().at("event"), "released");
}

TEST_F(HeldTest, ExpiredIsNotReleased) {
  hold("lab@clinic.example", std::chrono::hours(-1));
  EXPECT_EQ(list()[0].at("state"), "expired");
  EXPECT_EQ(clinic_.phictl({"held", "release", kId, "--reason", "ok"}).code, 1);
}

}  // namespace
}  // namespace phimilter::phictl
