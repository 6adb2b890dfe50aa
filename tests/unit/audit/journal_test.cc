// SPDX-License-Identifier: Apache-2.0
#include "audit/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <set>
#include <sstream>
#include <thread>

#include "audit/journal_disk.h"
#include "audit/records.h"
#include "support/run_program.h"
#include "support/temp_folder.h"

namespace phimilter::audit {
namespace {

using phimilter::test::run_program;
using phimilter::test::TempFolder;
using test::fault_of;
using test::numbered;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kFirstFile = "journal-0000000001.jsonl";
constexpr const char* kDocument = PHIMILTER_SOURCE_DIR "/docs/decision-record.md";

// The block that follows a marker in the document.
std::string documented(const std::string& marker) {
  std::ifstream file(kDocument);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto start = text.find('\n', text.find("```", text.find("<!-- " + marker + " -->"))) + 1;
  return text.substr(start, text.find("```", start) - start);
}

class JournalTest : public ::testing::Test {
 protected:
  std::unique_ptr<Journal> open(std::uint64_t rotate_bytes = 64 * 1024 * 1024) {
    auto journal = open_journal(folder_.path(), "filter", clock_, std::make_unique<JournalDisk>(),
                                JournalOptions{rotate_bytes});
    EXPECT_EQ(fault_of(journal), "");
    return journal ? std::move(*journal) : nullptr;
  }
  void fill(std::size_t records, std::uint64_t rotate_bytes = 64 * 1024 * 1024) {
    const auto journal = open(rotate_bytes);
    for (std::size_t i = 1; i <= records; ++i) {
      ASSERT_EQ(fault_of(journal->append(numbered(i))), "");
    }
  }
  std::vector<std::string> problems() {
    const auto report = verify_journal(folder_.path());
    EXPECT_EQ(fault_of(report), "");
    return report ? report->problems : std::vector<std::string>{"no report"};
  }
  phimilter::test::ProgramResult python() {
    return run_program("python3 - " + folder_.path(), documented("verifier"));
  }
  std::vector<std::string> queue_ids(std::uint64_t from = 1) {
    std::vector<std::string> out;
    const auto read = read_journal(folder_.path(), from, [&](const JournalLine& line) {
      out.push_back(record_from_json(line.json)->queue_id);
      return true;
    });
    EXPECT_EQ(fault_of(read), "");
    return out;
  }
  std::vector<std::string> lines() {
    std::istringstream text(folder_.read(kFirstFile));
    std::vector<std::string> out;
    for (std::string line; std::getline(text, line);) {
      out.push_back(line + "\n");
    }
    return out;
  }
  void write_lines(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
      text += line;
    }
    folder_.write(kFirstFile, text);
  }

  TempFolder folder_;
  FixedClock clock_{test::at("2026-11-21T21:08:33.123456Z")};
};

TEST_F(JournalTest, GivesSequenceWriterAndTimeAndGoesOnAfterReopening) {
  {
    const auto journal = open();
    EXPECT_EQ(journal->last_sequence(), 0u);
    EXPECT_EQ(*journal->append(test::lab_result()), 1u);
    const std::vector<Record> two = {numbered(2), numbered(3)};
    clock_.advance(std::chrono::seconds(1));
    EXPECT_EQ(*journal->append(two), 3u);
    EXPECT_EQ(*journal->append(std::span<const Record>()), 3u);
  }
  const auto journal = open();
  EXPECT_EQ(journal->last_sequence(), 3u);
  EXPECT_EQ(*journal->append(numbered(4)), 4u);
  std::vector<Record> records;
  ASSERT_EQ(fault_of(read_journal(folder_.path(), 1,
                                  [&](const JournalLine& line) {
                                    records.push_back(*record_from_json(line.json));
                                    EXPECT_EQ(line.file, kFirstFile);
                                    return true;
                                  })),
            "");
  ASSERT_EQ(records.size(), 4u);
  Record first = test::lab_result();
  first.sequence = 1;
  first.writer = "filter";
  first.time = test::at("2026-11-21T21:08:33.123456Z");
  EXPECT_EQ(records[0], first);
  EXPECT_EQ(records[3].sequence, 4u);
  EXPECT_EQ(records[3].time, test::at("2026-11-21T21:08:34.123456Z"));
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(JournalTest, IsVerifiedByTheDocumentedPython) {
  fill(50, 5'000);
  EXPECT_GT(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 5);
  const auto report = verify_journal(folder_.path());
  ASSERT_EQ(fault_of(report), "");
  EXPECT_THAT(report->problems, IsEmpty());
  EXPECT_EQ(report->records, 50u);
  EXPECT_EQ(report->first, 1u);
  EXPECT_EQ(report->last, 50u);
  const auto judged = python();
  EXPECT_EQ(judged.status, 0) << judged.output;
  EXPECT_EQ(judged.output, "50 records, last hash " + report->last_hash + "\n");
  const auto by_hand = run_program("sed -n 3p " + folder_.path(kFirstFile) +
                                   " | sed 's/,\"hash\":.*//' | tr -d '\\n' | sha256sum");
  EXPECT_THAT(lines()[2], HasSubstr("\"hash\":\"" + by_hand.output.substr(0, 64) + "\"}"));
}

TEST_F(JournalTest, TheDocumentedExampleIsWhatTheProgramWrites) {
  ASSERT_EQ(fault_of(open()->append(test::lab_result())), "");
  EXPECT_EQ(documented("example"), folder_.read(kFirstFile));
}

TEST_F(JournalTest, TamperingIsFoundByUsAndByPython) {
  fill(6);
  const std::vector<std::string> good = lines();
  const auto changed = [&good](std::size_t line, const std::string& from, const std::string& to) {
    auto out = good;
    out[line].replace(out[line].find(from), from.size(), to);
    return out;
  };
  auto deleted = good, swapped = good, doubled = good, inserted = good, no_first = good;
  deleted.erase(deleted.begin() + 2);
  std::swap(swapped[1], swapped[2]);
  doubled.push_back(good.back());
  inserted.insert(inserted.begin() + 3, good[1]);
  no_first.erase(no_first.begin());
  struct Case {
    const char* what;
    std::vector<std::string> lines;
    const char* problem;
  };
  std::vector<Case> cases = {
      {"deleted", deleted, "line 3: sequence 4 follows 2"},
      {"swapped", swapped, "line 2: sequence 3 follows 1"},
      {"appended", doubled, "line 7: sequence 6 follows 6"},
      {"inserted", inserted, "line 4: sequence 2 follows 3"},
      {"first deleted", no_first, "line 1: sequence 2 follows 0"},
      {"not JSON", changed(3, "{\"seq\"", "{\"sep\""), "line 4: not a line of a journal"},
      {"an empty line", changed(3, "}\n", "}\n\n"), "line 5: not a line of a journal"},
      {"another hash", changed(3, "\"hash\":\"", "\"hash\":\"0"), "line 4"},
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    cases.push_back({"changed", changed(i, "clinic", "klinic"), "hash does not match"});
  }
  for (const Case& test : cases) {
    write_lines(test.lines);
    EXPECT_THAT(::testing::PrintToString(problems()), HasSubstr(test.problem)) << test.what;
    EXPECT_NE(python().status, 0) << test.what;
  }
  write_lines(good);
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(JournalTest, MissingLinesAtTheEndAreFound) {
  fill(6);
  auto shorter = lines();
  shorter.pop_back();
  write_lines(shorter);
  EXPECT_THAT(::testing::PrintToString(problems()),
              HasSubstr("ends with sequence 5, but sequence 6 was written"));
  const auto opened = open_journal(folder_.path(), "filter", clock_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().kind, FaultKind::configuration);
  folder_.write(kFirstFile, "");
  EXPECT_THAT(problems(), ::testing::Not(IsEmpty()));
  std::filesystem::remove(folder_.path(kFirstFile));
  EXPECT_THAT(problems(), ::testing::Not(IsEmpty()));
  EXPECT_FALSE(open_journal(folder_.path(), "filter", clock_).has_value());
}

TEST_F(JournalTest, AMissingFileIsFound) {
  fill(60, 5'000);
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
    names.push_back(file.path().filename());
  }
  std::sort(names.begin(), names.end());
  ASSERT_GT(names.size(), 6u);
  std::filesystem::rename(folder_.path(names[2]), folder_.path("elsewhere"));
  EXPECT_THAT(::testing::PrintToString(problems()), HasSubstr("follows"));
  std::filesystem::rename(folder_.path("elsewhere"), folder_.path(names[2]));
  std::filesystem::remove(folder_.path(names[0]));
  EXPECT_THAT(::testing::PrintToString(problems()), HasSubstr("the files before are missing"));
  // Archiving the oldest files does not keep the journal from being written and read.
  EXPECT_EQ(*open()->append(numbered(61)), 61u);
  EXPECT_EQ(queue_ids(58).size(), 4u);
}

TEST_F(JournalTest, ATornLastLineIsCutOffAndNothingElse) {
  fill(3);
  const std::string whole = folder_.read(kFirstFile);
  for (const std::string& torn :
       {std::string("{"), lines()[2].substr(0, lines()[2].size() - 1), std::string(4096, '\0')}) {
    folder_.write(kFirstFile, whole + torn);
    EXPECT_THAT(::testing::PrintToString(problems()), HasSubstr("are no line"));
    EXPECT_EQ(queue_ids().size(), 3u);
    EXPECT_EQ(open()->last_sequence(), 3u);
    EXPECT_EQ(folder_.read(kFirstFile), whole);
    EXPECT_THAT(problems(), IsEmpty());
  }
}

TEST_F(JournalTest, ADurableLineThatIsTornIsNotCutOff) {
  fill(3);
  const std::string whole = folder_.read(kFirstFile);
  folder_.write(kFirstFile, whole.substr(0, whole.size() - 5));
  const auto opened = open_journal(folder_.path(), "filter", clock_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().kind, FaultKind::configuration);
  EXPECT_EQ(folder_.read(kFirstFile), whole.substr(0, whole.size() - 5));
}

TEST_F(JournalTest, ABrokenMiddleIsAConfigurationFaultThatNamesTheLine) {
  fill(5);
  auto changed = lines();
  changed[2].replace(changed[2].find("clinic"), 6, "klinic");
  write_lines(changed);
  const auto opened = open_journal(folder_.path(), "filter", clock_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().kind, FaultKind::configuration);
  EXPECT_THAT(opened.error().describe(), HasSubstr("journal-0000000001.jsonl"));
  EXPECT_THAT(opened.error().describe(), HasSubstr("line=3"));
}

// Who cuts lines off and takes the head away, or spoils it, is told of for ever.
TEST_F(JournalTest, AJournalThatLostItsHeadSaysSoFromThenOn) {
  struct Case {
    const char* what;
    std::size_t kept;
    bool garbled;
    const char* before;
  };
  const Case cases[] = {{"gone", 5, false, "journal.head: is missing"},
                        {"gone, and lines", 3, false, "journal.head: is missing"},
                        {"gone, and all but one line", 1, false, "journal.head: is missing"},
                        {"garbled, and lines", 2, true, "journal.head: does not parse"},
                        {"garbled, and all lines", 0, true, "journal.head: does not parse"}};
  for (const Case& test : cases) {
    std::filesystem::remove_all(folder_.path());
    std::filesystem::create_directory(folder_.path());
    fill(5);
    auto kept = lines();
    kept.resize(test.kept);
    write_lines(kept);
    if (test.garbled) {
      folder_.write("journal.head", "rubbish");
    } else {
      std::filesystem::remove(folder_.path("journal.head"));
    }
    EXPECT_THAT(::testing::PrintToString(problems()), HasSubstr(test.before)) << test.what;
    for (int start = 0; start < 2; ++start) {
      EXPECT_EQ(open()->last_sequence(), test.kept + 1) << test.what;
      EXPECT_THAT(problems(), ::testing::ElementsAre(HasSubstr("may have been cut off")));
      EXPECT_THAT(lines().back(), HasSubstr(R"("event":"head_lost")"));
    }
    ASSERT_EQ(fault_of(open()->append(numbered(9))), "");
    EXPECT_THAT(problems(), ::testing::ElementsAre(HasSubstr("may have been cut off")));
    EXPECT_EQ(python().status, 0) << test.what;
  }
}

// Neither a first start nor one after it, before anything is written, has lost anything.
TEST_F(JournalTest, AJournalWithoutLinesHasLostNothing) {
  EXPECT_EQ(open()->last_sequence(), 0u);
  EXPECT_EQ(open()->last_sequence(), 0u);
  std::filesystem::remove(folder_.path("journal.head"));
  EXPECT_EQ(open()->last_sequence(), 0u);
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(JournalTest, OnlyOneWriterAtATime) {
  const auto journal = open();
  const auto second = open_journal(folder_.path(), "filter", clock_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().id, "audit.journal_locked");
  EXPECT_EQ(second.error().kind, FaultKind::configuration);
  ASSERT_EQ(fault_of(journal->append(numbered(1))), "");
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(JournalTest, DoesNotOpenWhereItCannotWrite) {
  const std::string below_a_file = folder_.write("file", "") + "/journal";
  EXPECT_EQ(open_journal(below_a_file, "filter", clock_).error().kind, FaultKind::configuration);
  EXPECT_EQ(read_journal(below_a_file, 1, [](const JournalLine&) { return true; }).error().kind,
            FaultKind::transient);
  EXPECT_EQ(verify_journal(below_a_file).error().kind, FaultKind::transient);
}

TEST_F(JournalTest, ThirtyTwoThreadsAllPresentOnceAndInOrder) {
  constexpr std::size_t kThreads = 32, kEach = 40;
  std::atomic<std::size_t> failed{0};
  {
    const auto journal = open(20'000);
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        std::uint64_t last = 0;
        for (std::size_t i = 0; i < kEach; ++i) {
          const auto appended = journal->append(numbered(thread * 1000 + i));
          failed += !appended || *appended <= last || journal->last_sequence() < *appended ? 1 : 0;
          last = appended.value_or(0);
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  }
  EXPECT_EQ(failed, 0u);
  const auto ids = queue_ids();
  EXPECT_EQ(ids.size(), kThreads * kEach);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), kThreads * kEach);
  EXPECT_THAT(problems(), IsEmpty());
  EXPECT_EQ(python().status, 0);
}

TEST_F(JournalTest, ReadersFollowAWriterAcrossFiles) {
  constexpr std::uint64_t kRecords = 300;
  const auto journal = open(4'000);
  std::thread writer([&journal] {
    for (std::size_t i = 1; i <= kRecords; ++i) {
      EXPECT_EQ(fault_of(journal->append(numbered(i))), "");
    }
  });
  std::uint64_t seen = 0;
  while (seen < kRecords) {
    const std::uint64_t durable = journal->wait_for_more(seen, 10'000);
    ASSERT_GT(durable, seen);
    EXPECT_EQ(fault_of(read_journal(folder_.path(), seen + 1,
                                    [&](const JournalLine& line) {
                                      EXPECT_EQ(line.sequence, ++seen);
                                      return line.sequence < durable;
                                    })),
              "");
    EXPECT_GE(seen, durable);
  }
  writer.join();
  EXPECT_EQ(journal->wait_for_more(kRecords, 1), kRecords);
}

TEST_F(JournalTest, ReadingBeginsAnywhereAndStopsWhenToldTo) {
  fill(100, 5'000);
  EXPECT_EQ(queue_ids(100), std::vector<std::string>{"q100"});
  EXPECT_THAT(queue_ids(101), IsEmpty());
  EXPECT_EQ(queue_ids(37).front(), "q37");
  std::size_t calls = 0;
  ASSERT_EQ(
      fault_of(read_journal(folder_.path(), 1, [&](const JournalLine&) { return ++calls < 7; })),
      "");
  EXPECT_EQ(calls, 7u);
}

}  // namespace
}  // namespace phimilter::audit
