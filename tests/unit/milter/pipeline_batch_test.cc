// SPDX-License-Identifier: Apache-2.0
//
// A batch that is run again makes no second message, whenever the first run stopped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/limits.h"
#include "milter/batch_teller.h"
#include "milter/memory_filter.h"
#include "milter/pipeline.h"
#include "support/temp_folder.h"

namespace phimilter::milter {
namespace {

using audit::Event;
using policy::Method;
using test::is_reply;
using test::kMixed;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// The filter with its book, which dies with it.
struct BatchFilter : test::MemoryFilter {
  BatchFilter() { open(); }
  void open() {
    book.reset();
    files = delivery::open_batch_files(folder.path() + "/batches").value();
    book = std::make_unique<delivery::BatchBook>(
        *files, delivery::BatchOptions{std::chrono::minutes(15), std::chrono::hours(720)}, clock);
    ASSERT_TRUE(book->load_untold());
  }
  void die_all() {
    die();
    open();
  }
  // One mail of a run, as its program writes it anew: another Date, another Message-ID.
  Answer run_item(const std::string& mark, const std::vector<std::string>& recipients,
                  const std::string& body = "PHI is here\r\n",
                  const std::string& client = "192.0.2.7") {
    auto one = message(recipients, body, mark.empty() ? "" : "X-PHI-batch: " + mark + "\r\n");
    one.headers.remove("Date");
    one.headers.remove("Message-ID");
    one.headers.append("Date",
                       " Sat, 21 Nov 2026 1" + std::to_string(++runs % 10) + ":00:00 +0000");
    one.headers.append("Message-ID", " <" + std::to_string(runs) + "@lab>");
    one.headers.append("X-Mailer", " lab");
    one.envelope.client.address = client;
    Ports with_book = ports();
    with_book.batches = book.get();
    Answer answer = Pipeline(std::move(with_book), options).run(std::move(one), editor);
    OpenOutcome* open_outcome[] = {answer.open.get()};
    if (answer.open && complete(open_outcome, journal)) {
      answer.open.reset();
    }
    return answer;
  }

  int runs = 0;
  phimilter::test::TempFolder folder;
  std::unique_ptr<delivery::BatchFiles> files;
  std::unique_ptr<delivery::BatchBook> book;
};

void expect_one_copy_each(const BatchFilter& filter, const std::string& name) {
  for (const std::string& recipient : kMixed) {
    EXPECT_EQ(filter.sender.count('<' + recipient + '>'), 1U) << name << ' ' << recipient;
  }
  EXPECT_EQ(filter.vault.entries.size(), 1U) << name;
}

TEST(PipelineBatch, RunAgainMakesNoSecondMessage) {
  for (const char* mark : {"id=b1; item=1", "id=b1"}) {
    BatchFilter filter;
    EXPECT_EQ(filter.run_item(mark, kMixed).kind, Answer::Kind::discard);
    EXPECT_EQ(filter.run_item(mark, kMixed).kind, Answer::Kind::discard);
    filter.die_all();
    EXPECT_EQ(filter.run_item(mark, kMixed).kind, Answer::Kind::discard);
    expect_one_copy_each(filter, mark);
    EXPECT_EQ(filter.journal.records.back().event, Event::completed);
    EXPECT_THAT(filter.journal.records.back().rules, Contains("batch:b1"));
    EXPECT_THAT(filter.journal.records.back().recipients[0].status, HasSubstr("left out"));
    EXPECT_EQ(filter.journal.records.back().recipients[2].escrow_id, "");
    for (const auto& copy : filter.sender.sent) {
      EXPECT_THAT(copy.headers, Not(HasSubstr("atch: id")));
    }
  }
}

TEST(PipelineBatch, WithoutAMarkOrFromSomebodyElseEachMailIsAMail) {
  for (const char* client : {"192.0.2.7", "203.0.113.9"}) {
    BatchFilter filter;
    const std::string mark = std::string(client) == "192.0.2.7" ? "" : "id=b1; item=1";
    for (int run = 0; run < 2; ++run) {
      EXPECT_EQ(filter.run_item(mark, {"pat@x.example"}, "PHI\r\n", client).kind,
                Answer::Kind::accept);
    }
    EXPECT_EQ(filter.vault.entries.size(), 2U) << client;
  }
}

// A result of one mail that stops anywhere, run again in this process or after its death.
TEST(PipelineBatch, WhereverTheFirstRunStoppedEverybodyHasOneCopy) {
  for (int n = 1; n <= 6; ++n) {
    for (const bool restarted : {false, true}) {
      for (const bool in_journal : {false, true}) {
        BatchFilter filter;
        (in_journal ? filter.journal.failing : filter.sender.failing).fail_at = n;
        filter.run_item("id=b1; item=1", kMixed);
        // What the process knew of an acceptance whose record failed dies with it.
        if (restarted && !in_journal) {
          filter.die_all();
        }
        filter.journal.failing = filter.sender.failing = {};
        EXPECT_EQ(filter.run_item("id=b1; item=1", kMixed).kind, Answer::Kind::discard);
        EXPECT_EQ(filter.run_item("id=b1; item=1", kMixed).kind, Answer::Kind::discard);
        expect_one_copy_each(filter, "stop " + std::to_string(n));
      }
    }
  }
}

TEST(PipelineBatch, ARecipientWhoIsNewGetsACopyBesideOneWhoHasIt) {
  BatchFilter filter;
  filter.run_item("id=b1; item=1", {"a@x.example"});
  EXPECT_EQ(filter.run_item("id=b1; item=1", {"a@x.example", "b@x.example"}).kind,
            Answer::Kind::discard);
  EXPECT_EQ(filter.sender.count("<a@x.example>"), 1U);
  EXPECT_EQ(filter.sender.count("<b@x.example>"), 1U);
}

TEST(PipelineBatch, AnotherContentUnderTheSameItemIsRefused) {
  BatchFilter filter;
  filter.run_item("id=b1; item=1", {"pat@x.example"});
  EXPECT_TRUE(is_reply(filter.run_item("id=b1; item=1", {"pat@x.example"}, "PHI, corrected\r\n"),
                       Reply::batch_item_differs));
  EXPECT_EQ(filter.run_item("id=b1; item=1b", {"pat@x.example"}, "PHI, corrected\r\n").kind,
            Answer::Kind::discard);
  EXPECT_EQ(filter.vault.entries.size(), 2U);
}

TEST(PipelineBatch, OneThatHasNoMoreRoomIsRefusedForGood) {
  BatchFilter filter;
  filter.run_item("id=b1; item=1", {"pat@x.example"});
  const auto file = std::filesystem::directory_iterator(filter.folder.path() + "/batches")->path();
  std::filesystem::resize_file(file, 257 * limits::kMiB);
  filter.open();
  EXPECT_TRUE(is_reply(filter.run_item("id=b1; item=2", {"a@x.example"}), Reply::batch_full));
  EXPECT_EQ(filter.run_item("id=b2; item=2", {"a@x.example"}).kind, Answer::Kind::discard);
}

TEST(PipelineBatch, OneThatFailedForGoodIsTriedAgain) {
  BatchFilter filter;
  filter.sender.codes["<pat@x.example>"] = 550;
  EXPECT_EQ(filter.run_item("id=b1; item=1", {"pat@x.example"}).kind, Answer::Kind::discard);
  filter.sender.codes.clear();
  EXPECT_EQ(filter.run_item("id=b1; item=1", {"pat@x.example"}).kind, Answer::Kind::discard);
  EXPECT_EQ(filter.sender.count("<pat@x.example>"), 1U);
}

// Whatever held it, a person has it: a later run is no second message.
TEST(PipelineBatch, WhatWasHeldAfterManyTriesIsHeldOnce) {
  BatchFilter filter;
  filter.options.hold.tries = 1;
  filter.options.hold.minutes = 0;
  filter.policy->fault = transient_fault("policy.undecided", "made to fail");
  filter.policy->undecidable = true;
  for (int run = 0; run < 4; ++run) {
    filter.run_item("id=b1; item=1", {"pat@x.example"});
  }
  EXPECT_EQ(filter.held.entries.size(), 1U);
  EXPECT_EQ(filter.events().back(), Event::completed);
}

TEST(PipelineBatch, AMarkThatCannotBeUsedIsSaid) {
  BatchFilter filter;
  EXPECT_TRUE(is_reply(filter.run_item("item=1", {"pat@x.example"}), Reply::bad_batch_header));
  EXPECT_TRUE(is_reply(filter.run_item("id=a\r\nX-Phi-Batch: id=a", {"pat@x.example"}),
                       Reply::bad_batch_header));
  filter.book.reset();
  EXPECT_TRUE(is_reply(filter.run_item("id=b1", {"pat@x.example"}), Reply::misconfigured));
  EXPECT_TRUE(filter.sender.sent.empty());
}

TEST(PipelineBatch, WatchingChangesNothing) {
  BatchFilter filter;
  filter.policy->scope = policy::Scope::monitor;
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(filter.run_item("id=b1; item=1", {"pat@x.example"}).kind, Answer::Kind::accept);
  }
  EXPECT_TRUE(filter.book->due().empty());
}

TEST(PipelineBatch, TheSenderIsToldOnce) {
  BatchFilter filter;
  filter.sender.codes["<b@x.example>"] = 550;
  filter.run_item("id=b1; item=1", {"pat@x.example"});
  filter.run_item("id=b1; item=2", {"held@x.example"});
  filter.run_item("id=b1; item=3", {"b@x.example"});
  filter.run_item("id=b1; item=4", {"nurse@clinic.example"}, "lunch\r\n");
  filter.run_item("id=b1; item=1", {"pat@x.example"});
  filter.run_item("id=b1; item=5; end=yes", {"a@x.example"});
  const std::size_t before = filter.sender.sent.size();
  filter.sender.failing.fail_from = 1;
  tell_due(*filter.book, filter.sender, filter.clock);
  EXPECT_EQ(filter.sender.sent.size(), before);
  filter.sender.failing = {};
  filter.clock.advance(std::chrono::minutes(1));
  filter.open();
  tell_due(*filter.book, filter.sender, filter.clock);
  tell_due(*filter.book, filter.sender, filter.clock);
  ASSERT_EQ(filter.sender.sent.size(), before + 1);
  const auto& told = filter.sender.sent.back();
  EXPECT_EQ(told.recipients, std::vector<std::string>{"<lab@clinic.example>"});
  EXPECT_THAT(told.headers,
              HasSubstr("Subject: Batch b1: 3 sent, 1 held, 1 not delivered, 1 left out\r\n"));
  EXPECT_THAT(told.body, HasSubstr("Held:\r\n  2\r\n"));
  EXPECT_THAT(told.body, HasSubstr("Not delivered:\r\n  3\r\n"));
  EXPECT_THAT(told.body, Not(HasSubstr("PHI is")));
}

}  // namespace
}  // namespace phimilter::milter
