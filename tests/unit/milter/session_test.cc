// SPDX-License-Identifier: Apache-2.0
#include "milter/session.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "milter/memory_filter.h"

namespace phimilter::milter {
namespace {

// A pipeline that lets everything pass, and shows what was captured by what the extractor was
// given.
struct Bench {
  Bench() {
    Ports ports;
    ports.extractor = &extractor;
    ports.policy = &slot;
    ports.ledger = &ledger;
    ports.sender = &sender;
    ports.journal = &journal;
    ports.clock = &system_clock();
    ports.facts.own_domains = {"clinic.example"};
    context.learn_listeners = {"INBOUND"};
    context.live.set(std::make_shared<LivePipeline>(ports, PipelineOptions{},
                                                    std::vector<std::string>{"REINJECT"}));
    context.clock = &system_clock();
    context.spool_folder = "/tmp";
  }
  Answer end(Session& session) { return session.end("4F2A1B", editor); }

  test::FakeExtractor extractor;
  PolicySlot slot{std::make_shared<test::FakePolicy>()};
  delivery::Ledger ledger;
  test::FakeSender sender;
  test::FakeJournal journal;
  test::FakeEditor editor;
  SessionContext context;
};

mail::Client from(const std::string& listener, const std::string& address) {
  return {listener, address, "host", "", "", "mx.clinic.example"};
}

bool is_reply(const Answer& answer, Reply reply) {
  return answer.kind == Answer::Kind::reply && answer.reply == reply;
}

TEST(Session, ListenersForReentryLetLoopbackThroughOnly) {
  Bench bench;
  Session session(bench.context);
  EXPECT_EQ(session.connect(from("OUTBOUND", "192.0.2.7")), ConnectAnswer::go_on);
  EXPECT_EQ(session.connect(from("REINJECT", "127.0.0.1")), ConnectAnswer::accept_all);
  EXPECT_EQ(session.connect(from("REINJECT", "192.0.2.7")), ConnectAnswer::try_later);
  EXPECT_EQ(session.connect(from("REINJECT", "")), ConnectAnswer::try_later);
}

TEST(Session, CapturesWhatTheMtaShowed) {
  Bench bench;
  Session session(bench.context);
  session.connect(from("OUTBOUND", "192.0.2.7"));
  session.helo("ward");
  EXPECT_FALSE(session.mail("<lab@clinic.example>", {"SIZE=10"}, "alice"));
  session.recipient("<pat@x.example>", {});
  session.header("Subject", " a\n\tb");
  session.header("X", "none");
  session.body("one\r\n");
  session.body("two\r\n");
  EXPECT_EQ(bench.end(session).kind, Answer::Kind::accept);
  EXPECT_EQ(bench.extractor.seen, "Subject: a\r\n\tb\r\nX:none\r\n\r\none\r\ntwo\r\n");
  ASSERT_EQ(bench.journal.records.size(), 1U);
  const audit::Record& record = bench.journal.records[0];
  EXPECT_EQ(record.queue_id, "4F2A1B");
  EXPECT_EQ(record.sender, "lab@clinic.example");
  EXPECT_EQ(record.login, "alice");
  EXPECT_EQ(record.client, "192.0.2.7");
  EXPECT_EQ(record.listener, "OUTBOUND");
  EXPECT_EQ(record.recipients[0].address, "pat@x.example");
}

TEST(Session, AddressesAsLocalSubmissionGivesThem) {
  Bench bench;
  Session session(bench.context);
  session.connect(from("PICKUP", "127.0.0.1"));
  EXPECT_FALSE(session.mail("root", {}, ""));
  session.recipient("pat@x.example", {});
  session.header("Subject", " s");
  EXPECT_EQ(bench.end(session).kind, Answer::Kind::accept);
  EXPECT_EQ(bench.journal.records[0].sender, "root@mx.clinic.example");
}

TEST(Session, NullReversePathIsInspectedToo) {
  for (const char* path : {"<>", ""}) {
    Bench bench;
    Session session(bench.context);
    session.connect(from("OUTBOUND", "192.0.2.7"));
    EXPECT_FALSE(session.mail(path, {}, ""));
    session.recipient("<pat@x.example>", {});
    session.header("Subject", " s");
    EXPECT_EQ(bench.end(session).kind, Answer::Kind::accept);
    EXPECT_EQ(bench.journal.records[0].sender, "");
  }
}

TEST(Session, MailBeginsAnew) {
  Bench bench;
  Session session(bench.context);
  session.connect(from("OUTBOUND", "192.0.2.7"));
  EXPECT_FALSE(session.mail("<a@clinic.example>", {}, "alice"));
  session.recipient("<first@x.example>", {});
  session.header("Subject", " first");
  session.body("first");
  EXPECT_FALSE(session.mail("<b@clinic.example>", {}, ""));
  session.recipient("<second@x.example>", {});
  session.header("Subject", " second");
  EXPECT_EQ(bench.end(session).kind, Answer::Kind::accept);
  EXPECT_EQ(bench.extractor.seen, "Subject: second\r\n\r\n");
  EXPECT_EQ(bench.journal.records[0].login, "");
  ASSERT_EQ(bench.journal.records[0].recipients.size(), 1U);
}

TEST(Session, EndWithoutAMessageIsDeferred) {
  Bench bench;
  Session session(bench.context);
  EXPECT_TRUE(is_reply(bench.end(session), Reply::try_later));
  EXPECT_FALSE(session.mail("<a@clinic.example>", {}, ""));
  session.abort();
  EXPECT_TRUE(is_reply(bench.end(session), Reply::try_later));
  EXPECT_FALSE(session.mail("<a@clinic.example>", {}, ""));
  EXPECT_TRUE(is_reply(bench.end(session), Reply::try_later));
}

// What somebody of ours hands in where mail comes in is read like any other.
TEST(Session, ListenerOfMailThatComesInReadsWhatGoesOut) {
  struct Case {
    const char* name;
    const char* login;
    std::vector<std::string> recipients;
    bool read;
    bool refused = false;
    const char* sender = "<a@x.example>";
  };
  const Case cases[] = {
      {"in", "", {"<nurse@clinic.example>"}, false},
      {"in, from no address", "", {"<nurse@clinic.example>"}, false, false, "<a@>"},
      {"in, to the postmaster", "", {"<postmaster>", "<nurse@clinic.example>"}, false},
      {"in, to no address", "", {"<nurse@clinic.example>", "<@>"}, false},
      {"with a login", "alice", {"<nurse@clinic.example>"}, true},
      {"out", "", {"<pat@x.example>"}, true},
      {"out, from no address", "", {"<pat@x.example>"}, true, true, "<a@>"},
      {"in and out", "", {"<nurse@clinic.example>", "<pat@x.example>"}, true},
      {"in, to no address, and out", "", {"<@>", "<pat@x.example>"}, true, true},
      {"out and to no address", "", {"<pat@x.example>", "<@>"}, true, true},
  };
  for (const Case& test : cases) {
    Bench bench;
    Session session(bench.context);
    EXPECT_EQ(session.connect(from("INBOUND", "192.0.2.7")), ConnectAnswer::go_on);
    EXPECT_FALSE(session.mail(test.sender, {}, test.login)) << test.name;
    for (const std::string& recipient : test.recipients) {
      session.recipient(recipient, {});
    }
    session.header("Subject", " s");
    EXPECT_EQ(session.learning(), !test.read) << test.name;
    const Answer answer = bench.end(session);
    EXPECT_EQ(answer.kind == Answer::Kind::reply, test.refused) << test.name;
    EXPECT_EQ(!bench.extractor.seen.empty(), test.read && !test.refused) << test.name;
  }
}

// The MTA goes on, on the same connection: what it was told before, it has read.
TEST(Session, NextMailOrTheEndCompletesTheOneBefore) {
  for (const bool next_mail : {true, false}) {
    test::MemoryFilter filter;
    SessionContext context;
    context.live.set(
        std::make_shared<LivePipeline>(filter.ports(), filter.options, std::vector<std::string>{}));
    context.clock = &system_clock();
    context.spool_folder = "/tmp";
    context.outcomes = std::make_unique<OpenOutcomes>(
        filter.journal, [](SteadyTime) { return false; }, 3'600'000);
    auto session = std::make_unique<Session>(context);
    session->connect(from("OUTBOUND", "192.0.2.7"));
    EXPECT_FALSE(session->mail("<lab@clinic.example>", {}, ""));
    session->recipient("<pat@x.example>", {});
    session->recipient("<a@x.example>", {});
    session->header("From", " lab@clinic.example");
    session->body("PHI is here\r\n");
    EXPECT_EQ(session->end("4F2A1B", filter.editor).kind, Answer::Kind::discard);
    EXPECT_EQ(filter.ledger->unfinished(), 1U);
    if (next_mail) {
      EXPECT_FALSE(session->mail("<lab@clinic.example>", {}, ""));
    } else {
      session.reset();
    }
    context.outcomes->drain(std::chrono::minutes(1));
    EXPECT_EQ(filter.ledger->unfinished(), 0U);
    EXPECT_EQ(filter.events().back(), audit::Event::completed);
  }
}

struct Limit {
  const char* name;
  std::function<void(Session&)> exceed;
  Reply reply;
};

TEST(Session, LimitsAreSaidAtTheEnd) {
  const Limit cases[] = {
      {"header fields",
       [](Session& s) {
         for (std::size_t i = 0; i <= limits::kHeaderFields; ++i) {
           s.header("X", " y");
         }
       },
       Reply::too_large},
      {"header bytes", [](Session& s) { s.header("X", std::string(limits::kHeaderBytes, 'y')); },
       Reply::too_large},
      {"message bytes",
       [](Session& s) {
         const std::string piece(limits::kMiB, 'x');
         for (std::size_t sent = 0; sent <= limits::kMessageBytes; sent += piece.size()) {
           s.body(piece);
         }
       },
       Reply::too_large},
      {"recipients",
       [](Session& s) {
         for (std::size_t i = 0; i <= limits::kRecipients; ++i) {
           s.recipient("<r" + std::to_string(i) + "@x.example>", {});
         }
       },
       Reply::too_many_recipients},
      {"no address", [](Session& s) { s.recipient("<@>", {}); }, Reply::try_later},
  };
  for (const Limit& test : cases) {
    Bench bench;
    Session session(bench.context);
    session.connect(from("OUTBOUND", "192.0.2.7"));
    EXPECT_FALSE(session.mail("<a@clinic.example>", {}, ""));
    session.recipient("<pat@x.example>", {});
    test.exceed(session);
    session.body("behind the limit");
    EXPECT_TRUE(is_reply(bench.end(session), test.reply)) << test.name;
    EXPECT_TRUE(bench.journal.records.empty()) << test.name;
    EXPECT_EQ(bench.extractor.seen, "") << test.name;
  }
}

TEST(Session, SaysNoAtOnceWhereItCan) {
  Bench bench;
  Session session(bench.context);
  EXPECT_EQ(session.mail("<a@clinic.example>", {"SIZE=999999999999"}, ""), Reply::too_large);
  bench.context.admission.close();
  EXPECT_EQ(session.mail("<a@clinic.example>", {}, ""), Reply::try_later_busy);
}

TEST(Session, SpoolThatCannotBeWrittenDefers) {
  Bench bench;
  bench.context.spool_folder = "/nonexistent";
  Session session(bench.context);
  EXPECT_FALSE(session.mail("<a@clinic.example>", {}, ""));
  session.recipient("<pat@x.example>", {});
  session.header("Subject", " s");
  session.body(std::string(limits::kBodyInMemory + 1, 'x'));
  EXPECT_TRUE(is_reply(bench.end(session), Reply::try_later_storage));
}

}  // namespace
}  // namespace phimilter::milter
