// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/encoding.h"
#include "base/files.h"
#include "escrow/recipients.h"
#include "escrow/support.h"

namespace phimilter::escrow {
namespace {

using test::fault_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

mail::Address address(const char* text) {
  return *mail::Address::parse(text);
}

TEST(Consent, HoldsFromItsDayToItsLast) {
  struct Case {
    const char* date;
    const char* expires;
    const char* day;
    Consent consent;
  };
  for (const Case& one : {Case{"", "", "2026-11-20", Consent::none},
                          Case{"2026-11-20", "", "2026-11-20", Consent::given},
                          Case{"2026-11-21", "", "2026-11-20", Consent::none},  // not yet
                          Case{"2026-01-31", "2026-11-20", "2026-11-20", Consent::given},
                          Case{"2026-01-31", "2026-11-19", "2026-11-20", Consent::expired}}) {
    const RecipientEntry entry{"", one.date, false, "", one.expires};
    EXPECT_EQ(consent_on(entry, one.day), one.consent) << one.date << " " << one.expires;
  }
}

TEST(Consent, WhatIsWrongWithOne) {
  EXPECT_EQ(wrong_day("2028-02-29"), "");
  for (const char* day : {"2026-02-29", "2026-2-1", "20260201", "today", "2026-13-01"}) {
    EXPECT_NE(wrong_day(day), "") << day;
  }
  EXPECT_EQ(wrong_version("HIPAA 164.522, form 2"), "");
  for (const std::string& version :
       {std::string("a;b"), std::string("a\nb"), std::string(65, 'x'), std::string("\xc3\xa9")}) {
    EXPECT_NE(wrong_version(version), "") << version;
  }
  EXPECT_EQ(wrong_consent({"", "2026-01-01", false, "2", "2026-01-01"}), "");
  EXPECT_NE(wrong_consent({"", "", false, "2", ""}), "");
  EXPECT_NE(wrong_consent({"", "2026-01-02", false, "", "2026-01-01"}), "");
}

class ConsentOnFile : public ::testing::Test {
 protected:
  ConsentOnFile() : keys_(keys_folder_) {
    store_ = std::move(*open_recipient_store(folder_.path(), keys_.public_file, ""));
  }
  ImportReport import(const std::string& csv) {
    auto report = import_recipients(*store_, csv, false);
    EXPECT_EQ(fault_of(report), "");
    return report.value_or(ImportReport());
  }
  RecipientEntry entry(const char* who) {
    const auto found = store_->find(address(who));
    return found && *found ? **found : RecipientEntry{"absent", "", false};
  }

  phimilter::test::TempFolder folder_, keys_folder_;
  test::OpensslKeys keys_;
  std::unique_ptr<RecipientStore> store_;
};

TEST_F(ConsentOnFile, AnImportKeepsWhatItsColumnsDoNotName) {
  EXPECT_THAT(import("address,language,consent_date,consent_version,consent_expires\n"
                     "pat@example.org,es,2026-01-31,2,2028-01-31\n")
                  .errors,
              IsEmpty());
  EXPECT_EQ(import("address,question,answer\npat@example.org,Pet,Rex\n").changed, 1U);
  EXPECT_EQ(entry("pat@example.org"),
            (RecipientEntry{"es", "2026-01-31", true, "2", "2028-01-31"}));
  EXPECT_EQ(import("address,consent_expires\npat@example.org,\n").changed, 1U);
  EXPECT_EQ(entry("pat@example.org").consent_expires, "");
  EXPECT_EQ(entry("pat@example.org").consent_version, "2");
}

TEST_F(ConsentOnFile, BadOnesAreNamedByLineAndNothingIsWritten) {
  EXPECT_THAT(import("address,consent_date,consent_version,consent_expires\n"
                     "a@example.org,2026-01-31,2,2026-01-30\nb@example.org,,2,\n"
                     "c@example.org,2026-01-31,2,\n")
                  .errors,
              ElementsAre(HasSubstr("line 2: consent_expires"), HasSubstr("line 3: consent_date")));
  EXPECT_EQ(entry("c@example.org").language, "absent");
  EXPECT_THAT(import("address,consent_version\na@example.org,\"a;b\"\n").errors,
              ElementsAre(HasSubstr("line 2: consent_version")));
}

TEST_F(ConsentOnFile, OnlyThePrivateKeyListsWhoIsThere) {
  import("address,consent_date\nzoe@example.org,2026-01-31\nadam@example.org,\n");
  EXPECT_EQ(store_->list().error().kind, FaultKind::bug);
  const auto portal = open_recipient_store(folder_.path(), keys_.public_file, keys_.private_file);
  const auto listed = (*portal)->list();
  ASSERT_EQ(fault_of(listed), "");
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ((*listed)[0].address, "adam@example.org");
  EXPECT_EQ((*listed)[1].entry.consent_date, "2026-01-31");
}

TEST_F(ConsentOnFile, AnEntryOfBeforeIsReadAndListedWithoutAddress) {
  const std::string name = folder_.path() + "/" + hex(sha256("old@example.org")) + ".recipient";
  std::ofstream(name) << R"({"v":1,"language":"en","consent_date":"2026-01-31","proof":""})";
  EXPECT_EQ(entry("old@example.org"), (RecipientEntry{"en", "2026-01-31", false}));
  const auto portal = open_recipient_store(folder_.path(), keys_.public_file, keys_.private_file);
  ASSERT_EQ((*portal)->list()->size(), 1U);
  EXPECT_EQ((*portal)->list()->front().address, "");
}

TEST_F(ConsentOnFile, AnAddressMovedToAnotherFileIsFound) {
  import("address\na@example.org\nb@example.org\n");
  const auto path = [&](const char* who) {
    return folder_.path() + "/" + hex(sha256(who)) + ".recipient";
  };
  const auto bytes = read_file(path("a@example.org"), 65536);
  std::ofstream(path("b@example.org"), std::ios::trunc) << *bytes;
  const auto portal = open_recipient_store(folder_.path(), keys_.public_file, keys_.private_file);
  EXPECT_NE(fault_of((*portal)->list()), "");
}

}  // namespace
}  // namespace phimilter::escrow
