// SPDX-License-Identifier: Apache-2.0
#include "phictl/recipients_recorded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "clinic.h"
#include "phictl/ownership.h"

namespace phimilter::phictl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class RecipientsRecorded : public testing::Test {
 protected:
  RecipientsRecorded() { EXPECT_EQ(clinic_.setup_keys().code, 0); }
  Clinic clinic_;
};

// address: status, reasons; of the records about recipients' entries, each by whoever runs this.
std::vector<std::string> changes_on_record(const Clinic& clinic) {
  std::istringstream lines(clinic.phictl({"audit", "export", "--format", "jsonl"}).out);
  std::vector<std::string> said;
  for (std::string line; std::getline(lines, line);) {
    const auto record = nlohmann::json::parse(line);
    if (record.at("event") != "recipient_changed") {
      continue;
    }
    EXPECT_EQ(record.at("login"), this_person());
    EXPECT_EQ(record.at("writer"), "phictl");
    for (const auto& about : record.at("recipients")) {
      std::string text =
          about.at("address").get<std::string>() + ": " + about.at("status").get<std::string>();
      for (const auto& reason : about.at("reasons")) {
        text += ", " + reason.get<std::string>();
      }
      said.push_back(text);
    }
  }
  return said;
}

TEST_F(RecipientsRecorded, WhatIsPutOnFileForRecipientsIsOnRecord) {
  const auto set = [this](const std::string& option, const std::string& value) {
    return clinic_.phictl({"recipients", "set", "Pat@example.org", option, value}).code;
  };
  EXPECT_EQ(set("--consent-date", "2026-01-31"), 0);
  EXPECT_EQ(set("--consent-date", "2026-01-31"), 0) << "says nothing new";
  EXPECT_EQ(set("--consent-version", "2"), 0);
  EXPECT_EQ(set("--language", "es"), 0);
  EXPECT_EQ(set("--consent-date", "none"), 0);
  EXPECT_EQ(set("--consent-date", "2026-13-31"), 2);
  const std::string rows =
      "address,question,answer,consent_date\npat@example.org,,,2026-02-01\n"
      "lee@example.org,Name of the dog,Rex the secret,\n";
  EXPECT_EQ(clinic_.phictl({"recipients", "import", "-", "--dry-run"}, rows).code, 0);
  EXPECT_EQ(clinic_.phictl({"recipients", "import", "-"}, rows).code, 0);
  EXPECT_THAT(
      changes_on_record(clinic_),
      ElementsAre("Pat@example.org: added, consent 2026-01-31",
                  "Pat@example.org: changed, consent 2026-01-31, text 2",
                  "Pat@example.org: changed, language",
                  "Pat@example.org: changed, consent withdrawn",
                  "pat@example.org: changed, consent 2026-02-01", "lee@example.org: added, proof"));
  EXPECT_THAT(clinic_.phictl({"audit", "export", "--format", "jsonl"}).out,
              Not(testing::AnyOf(HasSubstr("secret"), HasSubstr("dog"))));
}

TEST_F(RecipientsRecorded, AConsentThatCannotBeRecordedIsNotTaken) {
  clinic_.set("audit", "phictl_journal", "\"/etc/passwd\"");
  EXPECT_EQ(
      clinic_.phictl({"recipients", "set", "pat@example.org", "--consent-date", "2026-01-31"}).code,
      1);
  EXPECT_EQ(clinic_.phictl({"recipients", "show", "pat@example.org"}).code, 1);
}

TEST_F(RecipientsRecorded, ManyRowsAreAFewRecords) {
  std::string rows = "address,language\n";
  for (int i = 0; i < 450; ++i) {
    rows += "p" + std::to_string(i) + "@example.org,es\n";
  }
  EXPECT_EQ(clinic_.phictl({"recipients", "import", "-"}, rows).code, 0);
  EXPECT_EQ(changes_on_record(clinic_).size(), 450U);
  EXPECT_THAT(clinic_.phictl({"audit", "verify"}).out, HasSubstr(": 3 records"));
}

std::vector<escrow::RecipientRow> one_row(escrow::RecipientEntry entry) {
  std::vector<escrow::RecipientRow> rows;
  rows.push_back({*mail::Address::parse("pat@example.org"), std::move(entry), std::nullopt});
  return rows;
}

// Nobody is on file, and the disk takes nothing.
class FullStore final : public escrow::RecipientStore {
 public:
  explicit FullStore(std::string fault) : fault_(std::move(fault)) {}
  Result<std::optional<escrow::RecipientEntry>> find(const mail::Address& /*address*/) override {
    return std::nullopt;
  }
  Status put(const mail::Address& /*address*/, const escrow::RecipientEntry& /*entry*/,
             const std::optional<escrow::Proof>& /*proof*/) override {
    return refused();
  }
  Status put_all(const std::vector<escrow::RecipientRow>& /*rows*/) override { return refused(); }
  Result<std::optional<escrow::Proof>> proof(const mail::Address& /*address*/) override {
    return std::nullopt;
  }
  Status remove(const mail::Address& /*address*/) override { return refused(); }

 private:
  Status refused() const { return fail(transient_fault(fault_, "made to fail")); }
  std::string fault_;
};

TEST_F(RecipientsRecorded, WhatCouldNotBeDoneIsSaidBehindIt) {
  const auto settings = load_settings(clinic_.settings_file());
  ASSERT_TRUE(settings.has_value());
  const auto full =
      recorded_recipients(std::make_unique<FullStore>("disk.full"), *settings, this_person());
  const auto pat = *mail::Address::parse("pat@example.org");
  const escrow::RecipientEntry consenting = {.language = "", .consent_date = "2026-01-31"};
  EXPECT_EQ(full->put(pat, consenting, std::nullopt).error().id, "disk.full");
  EXPECT_EQ(full->put_all(one_row(consenting)).error().id, "disk.full");
  EXPECT_EQ(full->remove(pat).error().id, "disk.full");
  const std::string added = "pat@example.org: added, consent 2026-01-31";
  const std::string not_done = "pat@example.org: not done, fault: disk.full";
  EXPECT_THAT(changes_on_record(clinic_),
              ElementsAre(added, not_done, added, not_done, "pat@example.org: deleted", not_done));
}

// What counts already will be in its place when the folder is opened next.
TEST_F(RecipientsRecorded, AnImportThatCountsIsNotCalledUndone) {
  const auto settings = load_settings(clinic_.settings_file());
  ASSERT_TRUE(settings.has_value());
  const auto full = recorded_recipients(std::make_unique<FullStore>("escrow.import_unfinished"),
                                        *settings, this_person());
  EXPECT_FALSE(full->put_all(one_row({.language = "es", .consent_date = ""})));
  EXPECT_THAT(changes_on_record(clinic_), ElementsAre("pat@example.org: added, language"));
}

}  // namespace
}  // namespace phimilter::phictl
