// SPDX-License-Identifier: Apache-2.0
#include "delivery/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/limits.h"
#include "delivery/batch_book.h"
#include "delivery/batch_summary.h"
#include "support/temp_folder.h"

namespace phimilter::delivery {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Standing = BatchBook::Standing;

mail::CapturedMessage message(const std::string& text) {
  return mail::parse_message(text, "/tmp").value();
}

mail::Address address(const std::string& text) {
  return mail::Address::parse(text).value();
}

TEST(BatchMark, IsReadAndNothingElseIs) {
  const struct {
    const char* value;
    const char* id;  // nullptr: refused
    const char* item;
    bool end;
  } cases[] = {
      {"id=2026-11-22-labs; item=4711", "2026-11-22-labs", "4711", false},
      {"ID=\"a.b_c\"; end=yes", "a.b_c", "", true},
      {"item=1", nullptr, "", false},
      {"id=", nullptr, "", false},
      {"id=a b", nullptr, "", false},
      {"id=a; id=b", nullptr, "", false},
      {"id=a; end=no", nullptr, "", false},
      {"id=\"a/b\"", nullptr, "", false},
      {"id=a; item=\"x y\"", nullptr, "", false},
      {"2026-11-22", nullptr, "", false},
      {"id=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", nullptr, "", false},
  };
  for (const auto& test : cases) {
    const auto mark = parse_batch_mark(test.value);
    ASSERT_EQ(mark.has_value(), test.id != nullptr) << test.value;
    if (!mark) {
      EXPECT_EQ(mark.error().id, "batch.header") << test.value;
      continue;
    }
    EXPECT_EQ(mark->id, test.id);
    EXPECT_EQ(mark->item, test.item);
    EXPECT_EQ(mark->end, test.end);
  }
}

std::string multipart(const std::string& boundary, const std::string& text,
                      const std::string& more = "") {
  return "From: lab@clinic.example\r\nTo: a@x.example\r\nSubject: result\r\n" + more +
         "Content-Type: multipart/mixed;\r\n boundary=\"" + boundary + "\"\r\n\r\n--" + boundary +
         "\r\nContent-Type: text/plain\r\n\r\n" + text + "\r\n--" + boundary + "--\r\n";
}

TEST(BatchContent, IsWhatAPersonReads) {
  const DigestId first = content_digest(message(multipart("===1==", "one"))).value();
  const struct {
    const char* what;
    std::string text;
    bool same;
  } cases[] = {
      {"the same again", multipart("===1==", "one"), true},
      {"another boundary", multipart("===2222==", "one"), true},
      {"another Date and Message-ID",
       multipart("===1==", "one", "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\nMessage-ID: <9@x>\r\n"),
       true},
      {"another text", multipart("===1==", "two"), false},
      {"another subject", multipart("===1==", "one", "Subject: more\r\n"), false},
      {"a boundary that is text", multipart("===1==", "one\r\n--===3=="), false},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(content_digest(message(test.text)).value() == first, test.same) << test.what;
  }
}

// A book over files in a folder; "dies" and is read again.
struct Book {
  Book() { open(); }
  void open() {
    book.reset();
    files = open_batch_files(folder.path() + "/batches").value();
    book = std::make_unique<BatchBook>(
        *files, BatchOptions{std::chrono::minutes(15), std::chrono::hours(24 * 30)}, clock);
    ASSERT_TRUE(book->load_untold());
  }
  Result<BatchBook::Claim> claim(const BatchMark& mark, const std::string& recipient,
                                 char content = 'c') {
    const std::vector<std::string> keys = {recipient};
    return book->claim(mark, envelope, *DigestId::parse(std::string(64, content)), keys);
  }
  void send(const BatchMark& mark, const std::string& recipient,
            BatchOutcome outcome = BatchOutcome::sent, const char* method = "portal") {
    auto claimed = claim(mark, recipient);
    ASSERT_TRUE(claimed);
    ASSERT_TRUE(claimed->note(address(recipient), outcome, method));
  }
  Standing standing(const BatchMark& mark, const std::string& recipient, char content = 'c') {
    return claim(mark, recipient, content)->standing(recipient);
  }

  test::TempFolder folder;
  FixedClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  mail::Envelope envelope{address("lab@clinic.example"), {}, {}, {"", "", "", "", "", "mx.x"}};
  std::unique_ptr<BatchFiles> files;
  std::unique_ptr<BatchBook> book;
};

const BatchMark kItem{"b1", "4711", false};

TEST(BatchBook, RemembersWhatWasSentAlsoAfterARestart) {
  Book book;
  EXPECT_EQ(book.standing(kItem, "a@x.example"), Standing::fresh);
  book.send(kItem, "a@x.example");
  book.send({"b1", "held", false}, "a@x.example", BatchOutcome::held, "hold");
  book.send({"b1", "bad", false}, "a@x.example", BatchOutcome::failed, "pgp");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(book.standing(kItem, "a@x.example"), Standing::sent);
    EXPECT_EQ(book.standing(kItem, "a@x.example", 'd'), Standing::other_content);
    EXPECT_EQ(book.standing({"b1", "held", false}, "a@x.example"), Standing::held);
    EXPECT_EQ(book.standing({"b1", "bad", false}, "a@x.example"), Standing::fresh);
    EXPECT_EQ(book.standing(kItem, "b@x.example"), Standing::fresh);
    EXPECT_EQ(book.standing({"b2", "4711", false}, "a@x.example"), Standing::fresh);
    // Without a name the content is the item, and another content another item.
    EXPECT_EQ(book.standing({"b1", "", false}, "a@x.example"), Standing::fresh);
    book.envelope.reverse_path = address("other@clinic.example");
    EXPECT_EQ(book.standing(kItem, "a@x.example"), Standing::fresh);
    book.envelope.reverse_path = address("LAB@clinic.example");
    book.open();
  }
}

TEST(BatchBook, AnItemThatIsInWorkIsBusy) {
  Book book;
  {
    const auto first = book.claim(kItem, "a@x.example");
    const auto second = book.claim(kItem, "a@x.example");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().id, "batch.busy");
    EXPECT_EQ(second.error().kind, FaultKind::transient);
    EXPECT_TRUE(book.claim(kItem, "b@x.example"));
  }
  EXPECT_TRUE(book.claim(kItem, "a@x.example"));
}

TEST(BatchBook, IsExactWithTwoRunsAtOnce) {
  Book book;
  std::atomic<int> sent{0};
  const auto run = [&] {
    for (int item = 0; item < 200; ++item) {
      const BatchMark mark{"b1", std::to_string(item), false};
      for (;;) {
        auto claimed = book.claim(mark, "a@x.example");
        if (!claimed) {
          std::this_thread::yield();
          continue;
        }
        if (claimed->standing("a@x.example") == Standing::fresh) {
          ++sent;
          ASSERT_TRUE(claimed->note(address("a@x.example"), BatchOutcome::sent, "pgp"));
        }
        break;
      }
    }
  };
  std::thread one(run), two(run), three(run);
  one.join();
  two.join();
  three.join();
  EXPECT_EQ(sent, 200);
  book.open();
  EXPECT_EQ(book.standing({"b1", "199", false}, "a@x.example"), Standing::sent);
}

TEST(BatchBook, OneSummaryWhenItIsQuietAlsoAfterARestart) {
  Book book;
  book.send(kItem, "a@x.example");
  book.send({"b1", "2", false}, "a@x.example", BatchOutcome::sent, "pgp");
  book.send({"b1", "3", false}, "a@x.example", BatchOutcome::held, "hold");
  book.send({"b1", "4", false}, "zoe@x.example", BatchOutcome::failed, "portal");
  book.send({"b1", "", false}, "zoe@x.example", BatchOutcome::failed, "portal");
  book.send(kItem, "a@x.example", BatchOutcome::skipped);
  EXPECT_TRUE(book.book->due().empty());
  book.clock.advance(std::chrono::minutes(14));
  EXPECT_TRUE(book.book->due().empty());
  book.open();
  book.clock.advance(std::chrono::minutes(1));
  {
    const auto in_work = book.claim({"b1", "5", false}, "a@x.example");
    EXPECT_TRUE(book.book->due().empty());
  }
  const auto due = book.book->due();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].id, "b1");
  EXPECT_EQ(due[0].sender, "lab@clinic.example");
  EXPECT_EQ(due[0].sent, (std::map<std::string, std::size_t>{{"portal", 1}, {"pgp", 1}}));
  EXPECT_EQ(due[0].held, 1U);
  EXPECT_EQ(due[0].failed, 2U);
  EXPECT_EQ(due[0].skipped, 1U);
  EXPECT_THAT(due[0].held_items, ::testing::ElementsAre("3"));
  EXPECT_THAT(due[0].failed_items, ::testing::ElementsAre("4", "z***@x.example"));
  ASSERT_TRUE(book.book->told(due[0]));
  EXPECT_TRUE(book.book->due().empty());
  book.open();
  EXPECT_TRUE(book.book->due().empty());
  EXPECT_EQ(book.standing(kItem, "a@x.example"), Standing::sent);
  // A later run is told of, and of that run alone.
  book.send(kItem, "a@x.example", BatchOutcome::skipped);
  book.open();
  book.clock.advance(std::chrono::minutes(15));
  ASSERT_EQ(book.book->due().size(), 1U);
  EXPECT_TRUE(book.book->due()[0].sent.empty());
  EXPECT_EQ(book.book->due()[0].skipped, 1U);
}

TEST(BatchBook, AnEndMarkBringsTheSummaryAtOnce) {
  Book book;
  {
    auto claimed = book.claim(kItem, "a@x.example");
    ASSERT_TRUE(claimed->note(address("a@x.example"), BatchOutcome::sent, "tls"));
    ASSERT_TRUE(claimed->note_end());
    EXPECT_TRUE(book.book->due().empty());
  }
  EXPECT_EQ(book.book->due().size(), 1U);
  book.open();
  ASSERT_EQ(book.book->due().size(), 1U);
  book.book->put_off(book.book->due()[0], std::chrono::seconds(60));
  EXPECT_TRUE(book.book->due().empty());
  book.clock.advance(std::chrono::seconds(60));
  ASSERT_EQ(book.book->due().size(), 1U);
  ASSERT_TRUE(book.book->told(book.book->due()[0]));
  EXPECT_TRUE(book.book->due().empty());
}

TEST(BatchBook, ALineThatAPowerCutLeftHalfIsCutOff) {
  Book book;
  book.send(kItem, "a@x.example");
  const std::string folder = book.folder.path() + "/batches";
  const auto file = std::filesystem::directory_iterator(folder)->path();
  std::ofstream(file, std::ios::app) << "item abc";
  book.open();
  EXPECT_EQ(book.standing(kItem, "a@x.example"), Standing::sent);
  book.send({"b1", "2", false}, "a@x.example");
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(line.find("item abc"), std::string::npos);
  }
  book.open();
  EXPECT_EQ(book.standing({"b1", "2", false}, "a@x.example"), Standing::sent);
}

TEST(BatchBook, WhatIsNoBookInTheFolderIsLetBe) {
  Book book;
  const std::string folder = book.folder.path() + "/batches";
  std::filesystem::create_directory(folder + "/lost+found");
  std::filesystem::create_directory(folder + "/odd.batch");
  ASSERT_EQ(mkfifo((folder + "/pipe.batch").c_str(), 0600), 0);
  std::ofstream(folder + "/notes") << "a line\nand half a";
  book.open();
  book.send(kItem, "a@x.example");
  EXPECT_EQ(book.standing(kItem, "a@x.example"), Standing::sent);
  book.clock = FixedClock(system_clock().now() + std::chrono::hours(24 * 60));
  book.book->forget_old();
  EXPECT_EQ(std::filesystem::file_size(folder + "/notes"), 17U);
  EXPECT_TRUE(std::filesystem::exists(folder + "/pipe.batch"));
}

TEST(BatchBook, ABookThatIsTooLongFaultsItsOwnBatchAlone) {
  Book book;
  book.send(kItem, "a@x.example");
  const auto file = std::filesystem::directory_iterator(book.folder.path() + "/batches")->path();
  std::filesystem::resize_file(file, 257 * limits::kMiB);
  book.open();
  const auto full = book.claim(kItem, "a@x.example");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().id, "batch.full");
  EXPECT_EQ(full.error().kind, FaultKind::permanent);
  book.send({"b2", "1", false}, "a@x.example");
  EXPECT_EQ(book.standing({"b2", "1", false}, "a@x.example"), Standing::sent);
}

TEST(BatchBook, DoesNotGrowByRunsOfWhichNobodyIsToldYet) {
  Book book;
  book.send(kItem, "a@x.example");
  const auto file = std::filesystem::directory_iterator(book.folder.path() + "/batches")->path();
  book.send(kItem, "a@x.example", BatchOutcome::skipped);
  const auto once = std::filesystem::file_size(file);
  book.clock.advance(std::chrono::minutes(10));
  book.send(kItem, "a@x.example", BatchOutcome::skipped);
  EXPECT_EQ(std::filesystem::file_size(file), once);
  book.clock.advance(std::chrono::minutes(10));
  EXPECT_TRUE(book.book->due().empty());  // the second run was just now
  book.open();
  book.send(kItem, "a@x.example", BatchOutcome::skipped);
  EXPECT_EQ(std::filesystem::file_size(file), once);
  book.clock.advance(std::chrono::minutes(15));
  ASSERT_EQ(book.book->due().size(), 1U);
  EXPECT_EQ(book.book->due()[0].skipped, 1U);
  ASSERT_TRUE(book.book->told(book.book->due()[0]));
  book.send(kItem, "a@x.example", BatchOutcome::skipped);
  book.clock.advance(std::chrono::minutes(15));
  ASSERT_EQ(book.book->due().size(), 1U);
}

TEST(BatchBook, IsForgottenAfterTheWindow) {
  Book book;
  book.send(kItem, "a@x.example");
  // Files have the time of this machine.
  book.clock =
      FixedClock(std::max(book.clock.now(), system_clock().now() + std::chrono::hours(24 * 31)));
  book.clock.advance(std::chrono::hours(1));
  book.book->forget_old();
  EXPECT_EQ(book.standing(kItem, "a@x.example"), Standing::sent);  // not told yet
  ASSERT_TRUE(book.book->told(book.book->due()[0]));
  book.clock.advance(std::chrono::hours(2));
  book.book->forget_old();
  EXPECT_TRUE(std::filesystem::is_empty(book.folder.path() + "/batches"));
  EXPECT_EQ(book.standing(kItem, "a@x.example"), Standing::fresh);
}

TEST(BatchBook, SaysThatItCannotBeWritten) {
  Book book;
  auto claimed = book.claim(kItem, "a@x.example");
  std::filesystem::remove_all(book.folder.path() + "/batches");
  const auto noted = claimed->note(address("a@x.example"), BatchOutcome::sent, "pgp");
  ASSERT_FALSE(noted);
  EXPECT_EQ(noted.error().kind, FaultKind::transient);
  EXPECT_EQ(claimed->standing("a@x.example"), Standing::fresh);
}

TEST(BatchSummary, SaysNumbersAndNames) {
  BatchSummary summary;
  summary.file = "f";
  summary.id = "b1";
  summary.sender = "lab@clinic.example";
  summary.mta_name = "mx.clinic.example";
  summary.sent = {{"portal", 298}, {"smime", 2}};
  summary.held = 1;
  summary.held_items = {"4711"};
  summary.failed = 102;
  summary.failed_items.assign(100, "x");
  summary.skipped = 7;
  const BatchMail mail = batch_mail(summary, Timestamp{});
  const std::string header = mail.headers.text();
  EXPECT_THAT(header,
              HasSubstr("Subject: Batch b1: 300 sent, 1 held, 102 not delivered, 7 left out\r\n"));
  EXPECT_THAT(header, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(mail.body, HasSubstr("  298 by the portal: a notice with a link\r\n"));
  EXPECT_THAT(mail.body, HasSubstr("Held:\r\n  4711\r\n"));
  EXPECT_THAT(mail.body, HasSubstr("  and 2 more\r\n"));
  EXPECT_EQ(mail.outgoing().reverse_path, "<>");
  EXPECT_EQ(
      batch_mail(summary, Timestamp(std::chrono::hours(9))).headers.first("Message-ID")->value,
      mail.headers.first("Message-ID")->value);
}

}  // namespace
}  // namespace phimilter::delivery
