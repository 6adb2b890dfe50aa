// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "audit/journal.h"
#include "clinic.h"
#include "entries.h"
#include "escrow/vault.h"

namespace phimilter::phictl {
namespace {

using testing::HasSubstr;

class MessagesTest : public testing::Test {
 protected:
  MessagesTest() {
    EXPECT_EQ(clinic_.setup_keys().code, 0);
    const auto vault =
        escrow::open_vault_writer(clinic_.path("escrow"), clinic_.path("keys/portal.pub"));
    EXPECT_TRUE(vault.has_value());
    for (const char* id :
         {"00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"}) {
      EXPECT_TRUE(seal_open(**vault, entry_facts(*EscrowId::parse(id))));
    }
    const auto journal = audit::open_journal(clinic_.path("journal"), "filter", system_clock());
    EXPECT_TRUE(journal.has_value());
    audit::Record record;
    record.event = audit::Event::intended;
    record.queue_id = "4ABC";
    record.sender = "lab@clinic.example";
    audit::RecipientRecord recipient;
    recipient.address = "pat@example.org";
    recipient.method = "portal";
    recipient.escrow_id = "00112233445566778899aabbccddeeff";
    record.recipients.push_back(recipient);
    EXPECT_TRUE((*journal)->append(record).has_value());
  }

  static constexpr const char* kKnown = "00112233445566778899aabbccddeeff";
  static constexpr const char* kOther = "ffeeddccbbaa99887766554433221100";

  void shown(const std::string& id) {
    const auto journal =
        audit::open_journal(clinic_.path("portal/journal"), "portal", system_clock());
    ASSERT_TRUE(journal.has_value());
    audit::Record record;
    record.event = audit::Event::shown;
    audit::RecipientRecord recipient;
    recipient.method = "portal";
    recipient.escrow_id = id;
    record.recipients.push_back(recipient);
    ASSERT_TRUE((*journal)->append(record).has_value());
  }

  nlohmann::json list() {
    const Ran ran = clinic_.phictl({"messages", "list", "--json"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return nlohmann::json::parse(ran.out);
  }

  Clinic clinic_;
};

TEST_F(MessagesTest, ListJoinsWhoAndToWhomFromTheJournal) {
  const auto entries = list();
  ASSERT_EQ(entries.size(), 2U);
  for (const auto& entry : entries) {
    const bool recorded = entry.at("id") == "00112233445566778899aabbccddeeff";
    EXPECT_EQ(entry.at("sender"), recorded ? "lab@clinic.example" : "");
    EXPECT_EQ(entry.at("recipient"), recorded ? "pat@example.org" : "");
    EXPECT_EQ(entry.at("queue_id"), recorded ? "4ABC" : "");
    EXPECT_EQ(entry.at("state"), "unread");
  }
  const Ran table = clinic_.phictl({"messages", "list"});
  EXPECT_THAT(table.out, HasSubstr("pat@example.org"));
  EXPECT_THAT(table.out, Not(HasSubstr("Potassium")));
}

TEST_F(MessagesTest, AListWithoutJournalStillShowsEntriesAndSaysWhy) {
  clinic_.set("audit", "journal", Clinic::quoted(clinic_.path("nothing")));
  clinic_.set("audit", "portal_journal", Clinic::quoted(clinic_.path("nothing")));
  clinic_.set("audit", "phictl_journal", Clinic::quoted(clinic_.path("nothing")));
  const Ran ran = clinic_.phictl({"messages", "list"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("00112233445566778899aabbccddeeff"));
  EXPECT_THAT(ran.err, HasSubstr("no journal"));
}

TEST_F(MessagesTest, RetractTakesAnIdOrAReference) {
  const std::string reference =
      escrow::reference_of(*EscrowId::parse("ffeeddccbbaa99887766554433221100"));
  for (const std::string& name : {std::string("00112233445566778899aabbccddeeff"), reference}) {
    const Ran ran = clinic_.phictl({"messages", "retract", name});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("is retracted"));
  }
  for (const auto& entry : list()) {
    EXPECT_EQ(entry.at("state"), "retracted");
  }
  EXPECT_THAT(clinic_.phictl({"messages", "retract", reference}).out, HasSubstr("already"));
}

TEST_F(MessagesTest, RetractOfWhatIsNotThereIsAProblem) {
  for (const char* name : {"0123456789abcdef0123456789abcdef", "ZZZZ-ZZ", "../x"}) {
    const Ran ran = clinic_.phictl({"messages", "retract", name});
    EXPECT_EQ(ran.code, 1) << name;
    EXPECT_THAT(ran.err, HasSubstr("phictl messages list"));
  }
}

TEST_F(MessagesTest, RetractSaysWhetherAndWhenItWasSeen) {
  EXPECT_THAT(clinic_.phictl({"messages", "retract", kOther}).out, HasSubstr("Nobody had seen it"));
  shown(kKnown);
  const Ran ran = clinic_.phictl({"messages", "retract", kKnown});
  EXPECT_THAT(ran.out, HasSubstr("It had been shown before, first on 20"));
  EXPECT_THAT(clinic_.phictl({"messages", "retract", kKnown}).out, HasSubstr("already"));
  EXPECT_THAT(clinic_.phictl({"messages", "show", kKnown}).out, HasSubstr("retracted, by "));
}

TEST_F(MessagesTest, ListFilters) {
  shown(kKnown);
  struct Case {
    std::vector<std::string> words;
    std::size_t count;
  };
  const std::vector<Case> cases = {
      {{}, 2},
      {{"--sender", "LAB@clinic.example"}, 1},
      {{"--sender", "other@clinic.example"}, 0},
      {{"--recipient", "pat@example.org"}, 1},
      {{"--state", "opened"}, 1},
      {{"--state", "unread"}, 1},
      {{"--state", "expired"}, 0},
      {{"--since", "2020-01-01"}, 2},
      {{"--since", "2999-01-01T00:00:00Z"}, 0},
      {{"--state", "opened", "--sender", "lab@clinic.example", "--since", "2020-01-01"}, 1},
  };
  for (const Case& c : cases) {
    std::vector<std::string> words = {"messages", "list", "--json"};
    words.insert(words.end(), c.words.begin(), c.words.end());
    const Ran ran = clinic_.phictl(words);
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(nlohmann::json::parse(ran.out).size(), c.count) << testing::PrintToString(c.words);
  }
  EXPECT_EQ(clinic_.phictl({"messages", "list", "--since", "yesterday"}).code, 2);
  EXPECT_EQ(clinic_.phictl({"messages", "list", "--state", "read"}).code, 2);
}

TEST_F(MessagesTest, ShowTellsEveryEvent) {
  shown(kKnown);
  const Ran ran = clinic_.phictl({"messages", "show", kKnown});
  EXPECT_EQ(ran.code, 0) << ran.err;
  for (const char* said : {"lab@clinic.example", "pat@example.org", "opened", "it was shown"}) {
    EXPECT_THAT(ran.out, HasSubstr(said));
  }
  EXPECT_THAT(ran.out, Not(HasSubstr("Potassium")));
  const auto json =
      nlohmann::json::parse(clinic_.phictl({"messages", "show", kKnown, "--json"}).out);
  EXPECT_EQ(json.at("state"), "opened");
  EXPECT_EQ(json.at("events").back().at("event"), "shown");
  EXPECT_EQ(clinic_.phictl({"messages", "show", "ZZZZ-ZZ"}).code, 1);
}

TEST_F(MessagesTest, ExtendMovesTheEndAndIsOnRecord) {
  const Ran ran = clinic_.phictl({"messages", "extend", kKnown, "--days", "90"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const Ran show = clinic_.phictl({"messages", "show", kKnown});
  EXPECT_THAT(show.out, HasSubstr("given more time (until 20"));
  EXPECT_THAT(clinic_.phictl({"audit", "export", "--format", "jsonl"}).out,
              HasSubstr("\"extended\""));
  EXPECT_EQ(clinic_.phictl({"messages", "extend", kKnown, "--days", "80"}).code, 1) << "shorter";
  for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                {"--days", "0"},
                                                {"--days", "x"},
                                                {"--days", "4000"},
                                                {"--until", "soon"},
                                                {"--days", "3", "--until", "2999-01-01"}}) {
    std::vector<std::string> all = {"messages", "extend", kKnown};
    all.insert(all.end(), words.begin(), words.end());
    EXPECT_EQ(clinic_.phictl(all).code, 2) << testing::PrintToString(words);
  }
}

TEST_F(MessagesTest, ResendAndUnlockAreLeftToThePortal) {
  std::filesystem::create_directories(clinic_.path("escrow/orders"));
  const Ran resend = clinic_.phictl({"messages", "resend", kKnown});
  EXPECT_EQ(resend.code, 0) << resend.err;
  EXPECT_TRUE(
      std::filesystem::exists(clinic_.path("escrow/orders/" + std::string(kKnown) + ".resend")));
  const Ran unlock = clinic_.phictl({"messages", "unlock", kKnown});
  EXPECT_EQ(unlock.code, 0) << unlock.err;
  ASSERT_EQ(clinic_.phictl({"messages", "retract", kKnown}).code, 0);
  EXPECT_EQ(clinic_.phictl({"messages", "resend", kKnown}).code, 1);
}

TEST_F(MessagesTest, AuditVerifyFindsAChangedRecord) {
  const Ran good = clinic_.phictl({"audit", "verify"});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("1 records"));
  const auto changed = test::run_program("sed -i s/pat@example.org/pit@example.org/ " +
                                         clinic_.path("journal") + "/*");
  ASSERT_EQ(changed.status, 0) << changed.output;
  const Ran bad = clinic_.phictl({"audit", "verify"});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.out + bad.err, HasSubstr(clinic_.path("journal")));
}

TEST_F(MessagesTest, AJournalThatIsGoneIsNamedAndNeverVerified) {
  struct Case {
    std::string setting, folder;
  };
  for (const Case& c :
       {Case{"journal", "gone"}, Case{"portal_journal", "gone"}, Case{"phictl_journal", "gone"}}) {
    Clinic clinic;
    ASSERT_EQ(clinic.phictl({"audit", "verify"}).code, 0);
    clinic.set("audit", c.setting, Clinic::quoted(clinic.path(c.folder)));
    for (const auto& words :
         {std::vector<std::string>{"audit", "verify"}, {"audit", "export", "--format", "jsonl"}}) {
      const Ran ran = clinic.phictl(words);
      EXPECT_EQ(ran.code, 1) << c.setting;
      EXPECT_THAT(ran.err, HasSubstr(clinic.path(c.folder) + ": the folder of audit." + c.setting +
                                     " is not there"));
    }
    clinic.set("audit", c.setting, "\"\"");
    EXPECT_EQ(clinic.phictl({"audit", "verify"}).code, 0) << c.setting << " is not kept here";
  }
  Clinic without_portal;
  without_portal.set("escrow", "folder", "\"\"");
  without_portal.set("audit", "portal_journal", Clinic::quoted(without_portal.path("gone")));
  EXPECT_EQ(without_portal.phictl({"audit", "verify"}).code, 0);
}

TEST_F(MessagesTest, AuditExportToAFileIsForItsOwnerAlone) {
  const std::string file = clinic_.path("export.csv");
  const Ran ran = clinic_.phictl(
      {"audit", "export", "--format", "csv", "--from", "2020-01-01", "--output", file});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(clinic_.folder().read("export.csv"), HasSubstr("pat@example.org"));
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(MessagesTest, AuditExportFilters) {
  struct Case {
    std::vector<std::string> words;
    bool found;
  };
  const std::vector<Case> cases = {
      {{}, true},
      {{"--address", "PAT@example.org"}, true},
      {{"--address", "lab@clinic.example"}, true},
      {{"--address", "other@example.org"}, false},
      {{"--from", "2020-01-01T00:00:00Z", "--until", "2999-01-01"}, true},
      {{"--from", "2999-01-01"}, false},
      {{"--until", "2020-01-01"}, false},
  };
  for (const Case& c : cases) {
    std::vector<std::string> words = {"audit", "export", "--format", "jsonl"};
    words.insert(words.end(), c.words.begin(), c.words.end());
    const Ran ran = clinic_.phictl(words);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out.find("pat@example.org") != std::string::npos, c.found)
        << testing::PrintToString(c.words);
  }
  EXPECT_EQ(clinic_.phictl({"audit", "export", "--format", "csv", "--from", "yesterday"}).code, 2);
  const Ran unwritable =
      clinic_.phictl({"audit", "export", "--format", "csv", "--output", "/no/folder/file"});
  EXPECT_EQ(unwritable.code, 1);
  EXPECT_THAT(unwritable.err, HasSubstr("/no/folder/file"));
}

TEST_F(MessagesTest, RecipientsImportTakesAllOrNothing) {
  const std::string good =
      "address,question,answer,language,consent_date\npat@example.org,Date of "
      "birth,1961-03-07,en,\n";
  const Ran dry = clinic_.phictl({"recipients", "import", "-", "--dry-run"}, good);
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("1 added"));
  EXPECT_THAT(dry.out, HasSubstr("dry run"));
  const Ran wet =
      clinic_.phictl({"recipients", "import", clinic_.folder().write("people.csv", good)});
  EXPECT_THAT(wet.out, HasSubstr("1 rows: 1 added"));
  const Ran bad =
      clinic_.phictl({"recipients", "import", "-"}, good + "no address,q,the answer,en,\n");
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.err, HasSubstr("line 3"));
  EXPECT_THAT(bad.err, Not(HasSubstr("the answer")));
}

}  // namespace
}  // namespace phimilter::phictl
