// SPDX-License-Identifier: Apache-2.0
#include "escrow/recipients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/files.h"
#include "escrow/rewrap.h"
#include "escrow/support.h"

namespace phimilter::escrow {
namespace {

using phimilter::test::run_program;
using test::fault_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

mail::Address address(const char* text) {
  return *mail::Address::parse(text);
}

class Recipients : public ::testing::Test {
 protected:
  Recipients() : keys_(keys_folder_) {
    auto filter = open_recipient_store(folder_.path(), keys_.public_file, "");
    auto portal = open_recipient_store(folder_.path(), keys_.public_file, keys_.private_file);
    EXPECT_EQ(fault_of(filter) + fault_of(portal), "");
    filter_ = std::move(*filter);
    portal_ = std::move(*portal);
  }
  ImportReport import(const std::string& csv, bool dry_run = false) {
    auto report = import_recipients(*filter_, csv, dry_run);
    EXPECT_EQ(fault_of(report), "");
    return report.value_or(ImportReport());
  }
  std::string answer(const char* who) {
    const auto proof = portal_->proof(address(who));
    EXPECT_EQ(fault_of(proof), "");
    return *proof ? std::string((*proof)->answer.view()) : "none";
  }
  std::size_t files() { return list_folder(folder_.path())->size(); }

  phimilter::test::TempFolder folder_, keys_folder_;
  test::OpensslKeys keys_;
  std::unique_ptr<RecipientStore> filter_, portal_;
};

TEST_F(Recipients, WhatIsPutIsFoundAndOnlyThePortalReadsTheProof) {
  EXPECT_FALSE(filter_->find(address("pat@example.org"))->has_value());
  ASSERT_EQ(fault_of(filter_->put(address("Pat@Example.ORG"), {"es", "2026-01-31", true},
                                  Proof{"Mascota", Secret(std::string_view("Rex"))})),
            "");
  const auto found = filter_->find(address("pat@example.org"));
  ASSERT_EQ(fault_of(found), "");
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->language, "es");
  EXPECT_EQ((*found)->consent_date, "2026-01-31");
  EXPECT_TRUE((*found)->has_proof);
  EXPECT_EQ(answer("pat@example.org"), "Rex");
  EXPECT_EQ(filter_->proof(address("pat@example.org")).error().kind, FaultKind::bug);
  EXPECT_EQ(run_program("grep -ril -e rex -e mascota -e pat@ " + folder_.path()).output, "");
}

TEST_F(Recipients, KeysOfTwoPairsAreRefused) {
  const phimilter::test::TempFolder elsewhere;
  const test::OpensslKeys others(elsewhere);
  const auto opened = open_recipient_store(folder_.path(), keys_.public_file, others.private_file);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().id, "escrow.key_pair");
  EXPECT_EQ(opened.error().kind, FaultKind::configuration);
}

TEST_F(Recipients, AProofStaysUntilAnotherComesOrItIsTakenAway) {
  ASSERT_EQ(fault_of(filter_->put(address("a@example.org"), {"", "", true},
                                  Proof{"q", Secret(std::string_view("one"))})),
            "");
  ASSERT_EQ(fault_of(filter_->put(address("a@example.org"), {"en", "", true}, std::nullopt)), "");
  EXPECT_EQ(answer("a@example.org"), "one");
  ASSERT_EQ(fault_of(filter_->put(address("a@example.org"), {"en", "", false}, std::nullopt)), "");
  EXPECT_EQ(answer("a@example.org"), "none");
  ASSERT_EQ(fault_of(filter_->put(address("a@example.org"), {"en", "", true}, std::nullopt)), "");
  EXPECT_FALSE((*filter_->find(address("a@example.org")))->has_proof);
}

TEST_F(Recipients, AFileThatCannotBeUnderstoodIsCouldNotTell) {
  ASSERT_EQ(fault_of(filter_->put(address("a@example.org"), {"en", "", false}, std::nullopt)), "");
  const std::string name = list_folder(folder_.path())->front();
  for (const char* content : {"", "{", "{\"v\":2}", "[]", "{\"v\":1,\"language\":3}"}) {
    folder_.write(name, content);
    const auto found = filter_->find(address("a@example.org"));
    ASSERT_FALSE(found.has_value()) << content;
    EXPECT_EQ(found.error().kind, FaultKind::transient) << content;
  }
}

TEST_F(Recipients, AProofCannotBeMovedToSomebodyElse) {
  for (const char* who : {"a@example.org", "b@example.org"}) {
    ASSERT_EQ(fault_of(filter_->put(address(who), {"", "", true},
                                    Proof{"q", Secret(std::string_view(who))})),
              "");
  }
  const auto names = *list_folder(folder_.path());
  std::filesystem::rename(folder_.path(names[0]), folder_.path(names[1]));
  const auto moved_a = portal_->proof(address("a@example.org"));
  const auto moved_b = portal_->proof(address("b@example.org"));
  // One of the two has no file now, the other one has a proof that is not its own.
  EXPECT_TRUE(!moved_a || !moved_b);
}

TEST_F(Recipients, SpreadsheetsAsTheyAreAreImported) {
  // As LibreOffice 7.4 and Excel 365 save them: BOM and CRLF, quotes around what needs them, no
  // last line end.
  const ImportReport report = import(
      "\xEF\xBB\xBF"
      "Address,question,answer,language,consent_date\r\n"
      "pat@example.org,Date of birth,1961-03-07,es,2026-01-31\r\n"
      "\r\n"
      "\"lee@example.org\",\"What is the \"\"short\"\" name, please?\",Max,EN,\r\n"
      " kim@example.org ,,,,2026-02-01");
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_EQ(report.rows, 3u);
  EXPECT_EQ(report.added, 3u);
  EXPECT_EQ(report.changed, 0u);
  EXPECT_EQ(answer("pat@example.org"), "1961-03-07");
  EXPECT_EQ((**portal_->proof(address("lee@example.org"))).question,
            "What is the \"short\" name, please?");
  EXPECT_EQ((*filter_->find(address("lee@example.org")))->language, "en");
  EXPECT_EQ(answer("kim@example.org"), "none");
}

TEST_F(Recipients, ImportingAgainChangesOnlyWhatDiffers) {
  import("address,question,answer,language\na@example.org,q,one,en\nb@example.org,,,es\n");
  const ImportReport same = import("address,language\nb@example.org,es\n");
  EXPECT_EQ(same.changed + same.added, 0u);
  const ImportReport report = import("language,address\nes,a@example.org\nes,c@example.org\n");
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_EQ(report.changed, 1u);
  EXPECT_EQ(report.added, 1u);
  EXPECT_EQ(answer("a@example.org"), "one");
}

TEST_F(Recipients, ADryRunWritesNothing) {
  const ImportReport report = import("address,language\na@example.org,es\n", true);
  EXPECT_EQ(report.added, 1u);
  EXPECT_EQ(files(), 0u);
}

TEST_F(Recipients, AnyErrorAndNothingIsWritten) {
  const struct {
    const char* what;
    std::string csv;
    const char* error;
  } cases[] = {
      {"empty file", "", "line 1: a header row is needed"},
      {"no header", "a@example.org,es\n", "line 1: column 1 is none of"},
      {"unknown column", "address,adress\n", "line 1: column 2 is none of"},
      {"column twice", "address,address\n", "line 1: column address stands twice"},
      {"no address column", "language\nes\n", "line 1: the column address is missing"},
      {"bad address", "address\nnobody\n", "line 2: address: not a mail address"},
      {"empty address", "address,language\n,es\n", "line 2: address: not a mail address"},
      {"twice", "address\na@example.org\nb@example.org\nA@EXAMPLE.org\n",
       "line 4: address: stands already in line 2"},
      {"language", "address,language\na@example.org,fr\n", "line 2: language: en, es or empty"},
      {"month 13", "address,consent_date\na@example.org,2026-13-01\n", "line 2: consent_date: not"},
      {"30 February", "address,consent_date\na@example.org,2026-02-30\n",
       "line 2: consent_date: not"},
      {"US date", "address,consent_date\na@example.org,1/31/2026\n", "line 2: consent_date: not"},
      {"date and time", "address,consent_date\na@example.org,2026-01-31T1\n",
       "line 2: consent_date: not"},
      {"question alone", "address,question,answer\na@example.org,q,\n", "line 2: answer: empty"},
      {"answer alone", "address,question,answer\na@example.org,,zanzibar\n",
       "line 2: question: empty"},
      {"answer of dots", "address,question,answer\na@example.org,q,...\n",
       "line 2: answer: a letter"},
      {"formula", "address,question,answer\na@example.org,=1+1,zanzibar\n",
       "line 2: question: starts like a spreadsheet formula"},
      {"formula +", "address,question,answer\na@example.org,q,+zanzibar\n",
       "line 2: answer: starts like"},
      {"formula -", "address,question,answer\na@example.org,q,-zanzibar\n",
       "line 2: answer: starts like"},
      {"rounded by a spreadsheet", "address,question,answer\na@example.org,q,4.4719E+07\n",
       "line 2: answer: the spreadsheet has spoiled it"},
      {"a spreadsheet's error", "address,passphrase\na@example.org,#REF!\n",
       "line 2: passphrase: the spreadsheet has spoiled it"},
      {"passphrase beside an answer",
       "address,question,answer,passphrase\na@example.org,q,zanzibar,p\n",
       "line 2: passphrase: it stands alone"},
      {"formula @", "address,question,answer\na@example.org,q,@zanzibar\n",
       "line 2: answer: starts like"},
      {"long answer", "address,question,answer\na@example.org,q," + std::string(201, 'z') + "\n",
       "line 2: answer: longer than 200"},
      {"line end in a cell", "address,question,answer\na@example.org,\"q\nr\",zanzibar\n",
       "line 2: question: control characters"},
      {"too few cells", "address,language\na@example.org\n", "line 2: 1 cells"},
      {"too many cells", "address\na@example.org,es\n", "line 2: 2 cells"},
      {"bars", "address|language\na@example.org|es\n", "line 1: column 1 is none of"},
      {"open quote", "address\n\"a@example.org\n", "line 2: a quote is never closed"},
      {"quote inside", "address\na\"b@example.org\n", "line 2: a quote or a line end stands"},
      {"text after a quote", "address\n\"a@example.org\"x\n", "line 2: text stands after"},
      {"Latin-1", "address,question,answer\na@example.org,q,Jos\xE9\n", "line 2: not UTF-8"},
      {"line after a cell of two lines",
       "address,question,answer\na@example.org,\"q\nr\",b\nnobody,,\n", "line 4: address"},
  };
  for (const auto& test : cases) {
    const ImportReport report = import(test.csv);
    const std::string errors = ::testing::PrintToString(report.errors);
    EXPECT_THAT(errors, HasSubstr(test.error)) << test.what;
    EXPECT_THAT(errors, ::testing::Not(HasSubstr("zanzibar"))) << test.what;
    EXPECT_EQ(files(), 0u) << test.what;
  }
}

TEST_F(Recipients, EveryBadRowIsNamed) {
  const ImportReport report =
      import("address,language\na@example.org,es\nnobody,fr\nb@example.org,xx\n");
  EXPECT_EQ(report.rows, 3u);
  EXPECT_THAT(report.errors,
              ElementsAre(HasSubstr("line 3: address"), HasSubstr("line 3: language"),
                          HasSubstr("line 4: language")));
  EXPECT_EQ(files(), 0u);
}

TEST_F(Recipients, AStoreThatCannotBeWrittenIsATransientFault) {
  std::filesystem::remove(folder_.path());
  std::filesystem::copy(keys_.public_file, folder_.path());
  const auto report = import_recipients(*filter_, "address\na@example.org\n", false);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, FaultKind::transient);
  std::filesystem::remove(folder_.path());
}

TEST_F(Recipients, APassphraseAndNumbersWithASignAreAnswers) {
  const ImportReport report = import(
      "address;question;answer;passphrase;language\na@example.org;Phone;+1 (555) 0100;;\n"
      "b@example.org;;;blue kettle 7;es\n;;;;\n ; ;;;\nc@example.org;Degrees;-5;;\n");
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_EQ(answer("a@example.org"), "+1 (555) 0100");
  EXPECT_EQ(answer("b@example.org"), "blue kettle 7");
  EXPECT_EQ((**portal_->proof(address("b@example.org"))).question,
            "La frase de paso que le dio la clínica");
  EXPECT_EQ(answer("c@example.org"), "-5");
}

// Killed while it put its rows in place, all of which were on the disk; and before they were.
TEST_F(Recipients, AnImportThatWasKilledIsEndedByWhoOpensTheStoreNext) {
  ASSERT_EQ(import("address\na@example.org\nb@example.org\n").added, 2u);
  const std::string name = list_folder(folder_.path())->front();
  const auto reopened = [&] {
    const auto store = open_recipient_store(folder_.path(), keys_.public_file, "");
    EXPECT_EQ(fault_of(store), "");
    return files();
  };
  std::filesystem::rename(folder_.path(name), folder_.path(name + ".new"));
  folder_.write(".import", name + "\n");
  EXPECT_EQ(reopened(), 2u);
  EXPECT_TRUE(std::filesystem::exists(folder_.path(name)));
  EXPECT_FALSE(std::filesystem::exists(folder_.path(".import")));
  folder_.write(name + ".new", "half");
  EXPECT_EQ(reopened(), 2u);
  EXPECT_FALSE(std::filesystem::exists(folder_.path(name + ".new")));
}

// A change of keys, an import or another program that looked before would undo it.
TEST_F(Recipients, NobodyChangesWhatAnotherOneIsAboutToChange) {
  ASSERT_EQ(import("address,consent_date\na@example.org,2026-01-31\n").added, 1u);
  const auto ring = read_private_keys(keys_.private_file);
  ASSERT_EQ(fault_of(ring), "");
  auto held = portal_->hold({});
  ASSERT_EQ(fault_of(held), "");
  EXPECT_EQ(filter_->hold({}).error().id, "escrow.import_busy");
  EXPECT_EQ(rewrap_recipients(folder_.path(), *ring, ring->front().public_key, {}).error().id,
            "escrow.import_busy");
  held->reset();
  EXPECT_EQ(fault_of(rewrap_recipients(folder_.path(), *ring, ring->front().public_key, {})), "");
}

// Says that another one has it.
class BusyStore final : public RecipientStore {
 public:
  Result<std::optional<RecipientEntry>> find(const mail::Address& /*address*/) override {
    ++looked;
    return std::nullopt;
  }
  Status put(const mail::Address& /*address*/, const RecipientEntry& /*entry*/,
             const std::optional<Proof>& /*proof*/) override {
    ++written;
    return {};
  }
  Result<std::optional<Proof>> proof(const mail::Address& /*address*/) override {
    return std::nullopt;
  }
  Result<std::unique_ptr<VaultClaim>> hold(std::chrono::milliseconds /*patience*/) override {
    return fail(transient_fault("escrow.import_busy", "another one has it"));
  }
  int looked = 0, written = 0;
};

TEST(RecipientsImport, LooksAndWritesOnlyWhereNobodyElseDoes) {
  BusyStore store;
  const auto report = import_recipients(store, "address\na@example.org\n", false);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().id, "escrow.import_busy");
  EXPECT_EQ(store.looked + store.written, 0);
  EXPECT_EQ(fault_of(import_recipients(store, "address\na@example.org\n", true)), "");
}

TEST_F(Recipients, PagesHoldEverybodyOnceAndVersionsChange) {
  ASSERT_EQ(import("address\na@example.org\nb@example.org\nc@example.org\n").added, 3u);
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const auto page = portal_->list_page(cursor, 2);
    ASSERT_EQ(fault_of(page), "");
    for (const ListedRecipient& one : page->recipients) {
      seen.push_back(one.address);
    }
    cursor = page->next;
  } while (!cursor.empty());
  EXPECT_THAT(seen,
              ::testing::UnorderedElementsAre("a@example.org", "b@example.org", "c@example.org"));
  const auto first = *portal_->version(address("a@example.org"));
  ASSERT_EQ(fault_of(filter_->put(address("a@example.org"), {"es", ""}, std::nullopt)), "");
  EXPECT_NE(*portal_->version(address("a@example.org")), first);
  ASSERT_EQ(fault_of(portal_->remove(address("a@example.org"))), "");
  EXPECT_EQ(*portal_->version(address("a@example.org")), std::nullopt);
  EXPECT_EQ(fault_of(portal_->remove(address("a@example.org"))), "");
}

// The second of three rows cannot be written: a folder stands where its new file should be put.
TEST_F(Recipients, HalfAnImportIsNoImport) {
  ASSERT_EQ(import("address\nb@example.org\n").added, 1u);
  const std::string name = list_folder(folder_.path())->front();
  std::filesystem::create_directory(folder_.path(name + ".new"));
  const auto report = import_recipients(
      *filter_, "address,language\na@example.org,es\nb@example.org,es\nc@example.org,es\n", false);
  ASSERT_FALSE(report.has_value());
  EXPECT_FALSE(filter_->find(address("a@example.org"))->has_value());
  EXPECT_EQ((*filter_->find(address("b@example.org")))->language, "");
}

}  // namespace
}  // namespace phimilter::escrow
