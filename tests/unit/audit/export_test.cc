// SPDX-License-Identifier: Apache-2.0
#include "audit/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "audit/csv_writer.h"
#include "audit/records.h"
#include "base/files.h"
#include "support/run_program.h"
#include "support/temp_folder.h"

namespace phimilter::audit {
namespace {

using phimilter::test::run_program;
using test::fault_of;

class ExportTest : public ::testing::Test {
 protected:
  ExportTest() {
    for (const std::string& folder : folders_) {
      EXPECT_EQ(fault_of(make_folder(folder, 0750)), "");
    }
    filter_journal_ = std::move(*open_journal(folders_[0], "filter", clock_));
    portal_journal_ = std::move(*open_journal(folders_[1], "portal", clock_));
  }
  void append(Journal& journal, const char* time, const Record& record) {
    clock_ = FixedClock(test::at(time));
    ASSERT_EQ(fault_of(journal.append(record)), "");
  }
  std::string exported(ExportFormat format, const ExportFilter& filter = {}) {
    std::ostringstream out;
    const auto rows = export_journals(folders_, format, filter, out);
    EXPECT_EQ(fault_of(rows), "");
    rows_ = rows.value_or(0);
    return out.str();
  }
  // What Python's csv reads: the wanted columns of each row, one row a line.
  std::string columns(const std::string& csv, const std::string& names) {
    return run_program(
               "python3 -c 'import csv,sys\n"
               "sys.stdin.reconfigure(newline=\"\")\n"
               "for row in csv.DictReader(sys.stdin, strict=True):\n"
               "    print(*[row[n] for n in sys.argv[1].split()], sep=\"|\")' '" +
                   names + "'",
               csv)
        .output;
  }
  static Record simple(const std::string& sender, const std::string& recipient) {
    Record record;
    record.sender = sender;
    RecipientRecord one;
    one.address = recipient;
    record.recipients = {one};
    return record;
  }

  phimilter::test::TempFolder folder_;
  std::vector<std::string> folders_{folder_.path("filter"), folder_.path("portal")};
  FixedClock clock_{test::at("2026-11-21T08:00:00Z")};
  std::unique_ptr<Journal> filter_journal_, portal_journal_;
  std::uint64_t rows_ = 0;
};

TEST_F(ExportTest, OneRowARecipientAndNothingLost) {
  append(*filter_journal_, "2026-11-21T08:00:00Z", test::lab_result());
  append(*filter_journal_, "2026-11-21T08:00:01Z", Record{});
  const std::string csv = exported(ExportFormat::csv);
  EXPECT_EQ(rows_, 3u);
  EXPECT_EQ(
      columns(csv, "time writer sequence event sender recipient method reasons findings"),
      "2026-11-21T08:00:00.000000Z|filter|1|intended|lab@clinic.example|dr.lee@practice.example|"
      "pgp|"
      "rule:lab-result; key:valid|health.test=3; id.mrn=1\n"
      "2026-11-21T08:00:00.000000Z|filter|1|intended|lab@clinic.example|pat@example.org|portal|"
      "rule:lab-result; key:none|health.test=3; id.mrn=1\n"
      "2026-11-21T08:00:01.000000Z|filter|2|completed|||||\n");
  EXPECT_EQ(columns(csv, "queue_id digest instance login client listener status algorithms"),
            "4Yb1xJ2zPQ|" + std::string(64, 'd') +
                "|1763716113123456|lab|192.0.2.7|smtpd||AES256; RSA3072\n"
                "4Yb1xJ2zPQ|" +
                std::string(64, 'd') +
                "|1763716113123456|lab|192.0.2.7|smtpd||AES-256-GCM; X25519\n"
                "|||||||\n");
  EXPECT_EQ(
      columns(csv, "key escrow_id token rules scope policy_version sensitive size route fault"),
      std::string(40, 'a') + "||" + std::string(64, '1') +
          "|lab-result|phi|hipaa 1|no|20480|re-entry|\n|" + std::string(32, 'e') + "|" +
          std::string(64, '2') + "|lab-result|phi|hipaa 1|no|20480|re-entry|\n||||||no|0||\n");
}

TEST_F(ExportTest, JournalsAreMergedByTime) {
  append(*filter_journal_, "2026-11-21T08:00:00Z", simple("a", "r1"));
  append(*portal_journal_, "2026-11-21T08:00:01Z", simple("b", "r2"));
  append(*portal_journal_, "2026-11-21T08:00:02Z", simple("c", "r3"));
  append(*filter_journal_, "2026-11-21T08:00:03Z", simple("d", "r4"));
  EXPECT_EQ(columns(exported(ExportFormat::csv), "sender writer"),
            "a|filter\nb|portal\nc|portal\nd|filter\n");
  EXPECT_EQ(run_program("python3 -c 'import json,sys\n"
                        "for line in sys.stdin: print(json.loads(line)[\"sender\"], end=\"\")'",
                        exported(ExportFormat::jsonl))
                .output,
            "abcd");
  EXPECT_EQ(rows_, 4u);
}

TEST_F(ExportTest, ByTimeAndAddress) {
  append(*filter_journal_, "2026-11-21T08:00:00Z", simple("lab@clinic.example", "pat@example.org"));
  append(*filter_journal_, "2026-11-21T09:00:00Z", test::lab_result());
  append(*filter_journal_, "2026-11-21T10:00:00Z", simple("pat@example.org", "lab@clinic.example"));
  const auto nine = test::at("2026-11-21T09:00:00Z"), ten = test::at("2026-11-21T10:00:00Z");
  const struct {
    const char* what;
    ExportFilter filter;
    std::uint64_t csv, jsonl;
  } cases[] = {
      {"all", {}, 4, 3},
      {"from", {nine, {}, ""}, 3, 2},
      {"until", {{}, ten, ""}, 3, 2},
      {"from and until", {nine, ten, ""}, 2, 1},
      {"nothing between", {nine, nine, ""}, 0, 0},
      {"address as sender and as recipient", {{}, {}, "PAT@example.org"}, 3, 3},
      {"a sender has all rows", {nine, ten, "lab@clinic.example"}, 2, 1},
      {"a recipient has its own row", {nine, ten, "dr.lee@practice.example"}, 1, 1},
      {"half an address is none", {{}, {}, "pat"}, 0, 0},
  };
  for (const auto& test : cases) {
    exported(ExportFormat::csv, test.filter);
    EXPECT_EQ(rows_, test.csv) << test.what;
    exported(ExportFormat::jsonl, test.filter);
    EXPECT_EQ(rows_, test.jsonl) << test.what;
  }
}

TEST_F(ExportTest, CellsThatASpreadsheetWouldRunAreHeldBack) {
  const struct {
    const char* text;
    const char* cell;
  } cases[] = {
      {"=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
      {"+1", "'+1"},
      {"-1+1", "'-1+1"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {"\t=1", "'\t=1"},
      {"\r=1", "\"'\r=1\""},
      {"=1,2", "\"'=1,2\""},
      {"say \"x\"", "\"say \"\"x\"\"\""},
      {"a\r\nb", "\"a\r\nb\""},
      {"a=1", "a=1"},
      {"", ""},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(csv_cell(test.text), test.cell) << test.text;
  }
  append(*filter_journal_, "2026-11-21T08:00:00Z",
         simple("=1+1@evil.example", "\"a,b\"@example.org"));
  EXPECT_EQ(columns(exported(ExportFormat::csv), "sender recipient"),
            "'=1+1@evil.example|\"a,b\"@example.org\n");
  EXPECT_EQ(csv_row({"", "", "x"}), ",,x\r\n");
}

TEST_F(ExportTest, FaultsAreSaid) {
  append(*filter_journal_, "2026-11-21T08:00:00Z", test::lab_result());
  std::ostringstream closed;
  closed.setstate(std::ios::badbit);
  EXPECT_EQ(export_journals(folders_, ExportFormat::csv, {}, closed).error().kind,
            FaultKind::transient);
  std::ostringstream out;
  EXPECT_EQ(export_journals({folder_.path("absent")}, ExportFormat::csv, {}, out).error().kind,
            FaultKind::transient);
  std::ofstream(folders_[0] + "/journal-0000000001.jsonl", std::ios::app) << "rubbish\n";
  EXPECT_EQ(export_journals(folders_, ExportFormat::csv, {}, out).error().kind,
            FaultKind::permanent);
}

}  // namespace
}  // namespace phimilter::audit
