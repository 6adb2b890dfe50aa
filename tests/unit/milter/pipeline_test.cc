// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/memory_filter.h"
#include "milter/pipeline.h"

namespace phimilter::milter {
namespace {

using audit::Event;
using policy::Method;
using test::is_reply;
using test::kMixed;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Filter = test::MemoryFilter;

TEST(Pipeline, CleanMailLeavesUntouchedWithOneRecord) {
  Filter filter;
  const Answer answer =
      filter.run(filter.message({"a@x.example", "hidden@x.example"}, "hello\r\n"));
  EXPECT_EQ(answer.kind, Answer::Kind::accept);
  EXPECT_FALSE(filter.editor.applied);
  EXPECT_TRUE(filter.sender.sent.empty());
  EXPECT_EQ(filter.pgp.look_ups, 0);
  ASSERT_THAT(filter.events(), ElementsAre(Event::completed));
  const audit::Record& record = filter.journal.records[0];
  EXPECT_EQ(record.route, "untouched");
  EXPECT_EQ(record.recipients[0].token, "");
  EXPECT_EQ(record.recipients[0].status, "pass");
}

TEST(Pipeline, OneFormForAllIsEditedInPlace) {
  Filter filter;
  const Answer answer = filter.run_for({"a@x.example", "b@x.example"});
  EXPECT_EQ(answer.kind, Answer::Kind::accept);
  EXPECT_TRUE(filter.editor.plan.replace_body);
  EXPECT_THAT(filter.editor.new_body, HasSubstr("BEGIN PGP MESSAGE"));
  EXPECT_THAT(filter.pgp.key_counts, ElementsAre(2U));
  EXPECT_TRUE(filter.sender.sent.empty());
  EXPECT_THAT(filter.events(), ElementsAre(Event::intended, Event::completed));
}

TEST(Pipeline, EveryVariantReenters) {
  Filter filter;
  const Answer answer = filter.run_for(kMixed);
  EXPECT_EQ(answer.kind, Answer::Kind::discard);
  EXPECT_FALSE(filter.editor.applied);
  for (const std::string& recipient : kMixed) {
    EXPECT_EQ(filter.sender.count('<' + recipient + '>'), 1U) << recipient;
  }
  ASSERT_EQ(filter.sender.sent.size(), 5U);
  EXPECT_THAT(filter.sender.sent[0].recipients, ElementsAre("<a@x.example>", "<b@x.example>"));
  EXPECT_THAT(filter.sender.sent[3].recipients, ElementsAre("<hidden@x.example>"));
  EXPECT_THAT(filter.pgp.key_counts, ElementsAre(2U, 1U));
  for (const auto& copy : filter.sender.sent) {
    const bool clear = copy.body.find("PHI") != std::string::npos;
    const bool may_be_clear =
        copy.recipients[0] == "<nurse@clinic.example>" ||
        (copy.recipients[0] == "<hospital@x.example>" && copy.way == delivery::Way::secure);
    EXPECT_EQ(clear, may_be_clear) << copy.recipients[0];
    EXPECT_EQ(copy.headers.find("secret result") == std::string::npos, !may_be_clear);
    EXPECT_EQ(copy.headers.find("hidden"), std::string::npos);
  }
  EXPECT_THAT(filter.events(),
              ElementsAre(Event::intended, Event::accepted, Event::accepted, Event::accepted,
                          Event::accepted, Event::accepted, Event::completed));
}

TEST(Pipeline, PortalMessageIsSealedBeforeItsNotice) {
  Filter filter;
  const std::string proof =
      "X-Phi-Proof: question=\"Date of birth\"; answer=\"1961-03-07\"; rcpt=\"pat@x.example\"\r\n";
  filter.options.reentry_always = true;
  const Answer answer = filter.run(filter.message({"pat@x.example"}, "PHI is here\r\n", proof));
  EXPECT_EQ(answer.kind, Answer::Kind::discard);
  ASSERT_EQ(filter.vault.entries.size(), 1U);
  const auto& [id, entry] = *filter.vault.entries.begin();
  EXPECT_EQ(entry.recipient, "pat@x.example");
  EXPECT_EQ(entry.question, "Date of birth");
  EXPECT_EQ(entry.answer, "1961-03-07");
  EXPECT_TRUE(entry.noticed);
  EXPECT_THAT(entry.message, HasSubstr("secret result"));
  EXPECT_THAT(entry.message, HasSubstr("PHI is here"));
  EXPECT_THAT(entry.message, Not(HasSubstr("X-Phi")));
  ASSERT_EQ(filter.sender.sent.size(), 1U);
  const std::string notice = filter.sender.sent[0].headers + filter.sender.sent[0].body;
  EXPECT_THAT(notice, Not(HasSubstr("secret")));
  EXPECT_THAT(notice, Not(HasSubstr("1961-03")));
  EXPECT_EQ(filter.journal.records.back().recipients[0].escrow_id, id);
  for (const audit::Record& record : filter.journal.records) {
    EXPECT_THAT(audit::to_json(record), Not(HasSubstr("1961-03")));
  }
  EXPECT_THAT(filter.extractor.seen, Not(HasSubstr("1961-03")));
}

TEST(Pipeline, MessageForOnePersonBecomesItsNotice) {
  Filter filter;
  EXPECT_EQ(filter.run_for({"pat@x.example"}).kind, Answer::Kind::accept);
  EXPECT_TRUE(filter.sender.sent.empty());
  ASSERT_EQ(filter.vault.entries.size(), 1U);
  const auto& [id, entry] = *filter.vault.entries.begin();
  EXPECT_TRUE(entry.noticed);
  EXPECT_THAT(entry.message, HasSubstr("PHI is here"));
  EXPECT_THAT(filter.editor.new_body, HasSubstr("https://portal.clinic.example/m/"));
  EXPECT_THAT(filter.editor.new_body, Not(HasSubstr("PHI is here")));
  for (const mail::HeaderChange& change : filter.editor.plan.changes) {
    EXPECT_THAT(change.value, Not(HasSubstr("secret"))) << change.name;
  }
  EXPECT_THAT(filter.events(), ElementsAre(Event::intended, Event::completed));
}

// Sealing, marking or editing fails: the MTA keeps its client's message, and the next try makes one
// entry of it and one notice.
TEST(Pipeline, NoticeInPlaceIsTriedAgainWhole) {
  using Arrange = void (*)(Filter&);
  const Arrange cases[] = {[](Filter& f) { f.vault.sealing.fail_at = 1; },
                           [](Filter& f) { f.vault.marking.fail_at = 1; },
                           [](Filter& f) { f.editor.failing.fail_at = 1; },
                           [](Filter& f) { f.journal.failing.fail_at = 2; }};
  for (const Arrange& arrange : cases) {
    for (const bool restarted : {false, true}) {
      Filter filter;
      arrange(filter);
      EXPECT_EQ(filter.run_for({"pat@x.example"}).kind, Answer::Kind::reply);
      if (restarted) {
        filter.die();
      }
      EXPECT_EQ(filter.run_for({"pat@x.example"}).kind, Answer::Kind::accept);
      ASSERT_EQ(filter.vault.entries.size(), 1U);
      EXPECT_TRUE(filter.vault.entries.begin()->second.noticed);
    }
  }
}

TEST(Pipeline, ProofHeadersOfStrangersAreStrippedUnread) {
  for (const char* header : {"X-Phi-Proof: nonsense\r\n", "x-phi-anything: 1\r\n",
                             "X-Phi-Proof: question=\"q\"; answer=\"a\"\r\n"}) {
    Filter filter;
    filter.options.trusted = {};
    const Answer answer = filter.run(filter.message({"pat@x.example"}, "hello\r\n", header));
    EXPECT_EQ(answer.kind, Answer::Kind::accept) << header;
    ASSERT_EQ(filter.editor.plan.changes.size(), 1U) << header;
    EXPECT_TRUE(filter.editor.plan.changes[0].removed);
    EXPECT_FALSE(filter.editor.plan.replace_body);
  }
}

TEST(Pipeline, BadProofHeaderOfABelievedSenderIsRefused) {
  for (const char* header : {"X-Phi-Proof: nonsense\r\n",
                             "X-Phi-Proof: question=\"q\"; answer=\"a\"; rcpt=\"nobody\"\r\n",
                             "X-Phi-Proof: question=\"q\"; answer=\"a\"\r\nX-Phi-Proof: "
                             "question=\"q\"; answer=\"b\"\r\n"}) {
    Filter filter;
    EXPECT_TRUE(is_reply(filter.run(filter.message({"pat@x.example"}, "hello\r\n", header)),
                         Reply::bad_proof_header))
        << header;
  }
}

TEST(Pipeline, MonitorRecordsAndChangesNothing) {
  Filter filter;
  filter.policy->scope = policy::Scope::monitor;
  const Answer answer = filter.run_for(kMixed);
  EXPECT_EQ(answer.kind, Answer::Kind::accept);
  EXPECT_FALSE(filter.editor.applied);
  EXPECT_TRUE(filter.sender.sent.empty());
  ASSERT_THAT(filter.events(), ElementsAre(Event::completed));
  EXPECT_THAT(filter.journal.records[0].recipients[2].reasons,
              ::testing::Contains("would have: portal"));
}

TEST(Pipeline, HeldMessageWaitsAndNothingLeaves) {
  Filter filter;
  EXPECT_EQ(filter.run_for({"held@x.example"}).kind, Answer::Kind::discard);
  EXPECT_EQ(filter.held.entries.size(), 1U);
  EXPECT_TRUE(filter.vault.entries.empty());
  ASSERT_EQ(filter.sender.sent.size(), 1U);
  EXPECT_THAT(filter.sender.sent[0].recipients, ElementsAre("<lab@clinic.example>"));
  EXPECT_EQ(filter.journal.records.back().recipients[0].status, "held");
}

TEST(Pipeline, RejectedForAllIsRefusedToTheSender) {
  Filter filter;
  EXPECT_TRUE(is_reply(filter.run_for({"no@x.example"}), Reply::rejected_by_policy));
  EXPECT_TRUE(filter.sender.sent.empty());
  ASSERT_THAT(filter.events(), ElementsAre(Event::failed));
  EXPECT_EQ(filter.journal.records[0].recipients[0].status, "rejected");
}

TEST(Pipeline, RejectedForOneIsToldToTheSenderByMail) {
  Filter filter;
  EXPECT_EQ(filter.run_for({"a@x.example", "no@x.example"}).kind, Answer::Kind::discard);
  ASSERT_EQ(filter.sender.sent.size(), 2U);
  EXPECT_THAT(filter.sender.sent[1].recipients, ElementsAre("<lab@clinic.example>"));
  EXPECT_EQ(filter.sender.sent[1].reverse_path, "<>");
  EXPECT_THAT(filter.sender.sent[1].headers + filter.sender.sent[1].body, Not(HasSubstr("secret")));
}

TEST(Pipeline, RecipientRefusedForGoodIsToldToTheSenderOnce) {
  Filter filter;
  filter.sender.codes["<pat@x.example>"] = 550;
  filter.sender.codes["<hospital@x.example>"] = 451;
  EXPECT_TRUE(is_reply(filter.run_for(kMixed), Reply::try_later));
  EXPECT_EQ(filter.sender.count("<lab@clinic.example>"), 1U);
  filter.sender.codes["<hospital@x.example>"] = 250;
  EXPECT_EQ(filter.run_for(kMixed).kind, Answer::Kind::discard);
  EXPECT_EQ(filter.sender.count("<lab@clinic.example>"), 1U);
  EXPECT_EQ(filter.sender.count("<pat@x.example>"), 0U);
  for (const char* path : {"<a@x.example>", "<nurse@clinic.example>", "<hospital@x.example>"}) {
    EXPECT_EQ(filter.sender.count(path), 1U) << path;
  }
}

class OneAlias final : public delivery::AliasMaps {
 public:
  bool leads_outside(const mail::Address& address) override {
    return address.key() == "study@clinic.example";
  }
};

// Nothing was found, and the sender asked for the portal: who is outside must be known to the end.
TEST(Pipeline, MarkedMailToAnAliasThatLeadsOutsideIsProtected) {
  Filter filter;
  filter.policy->marked = true;
  filter.aliases = std::make_unique<OneAlias>();
  EXPECT_EQ(filter.run(filter.message({"study@clinic.example"}, "hello\r\n")).kind,
            Answer::Kind::discard);
  EXPECT_EQ(filter.vault.entries.size(), 1U);
}

struct Failure {
  const char* name;
  std::function<void(Filter&)> arrange;
  std::size_t sent = 0;
};

// Whatever fails: 4xx, and nothing has left but whole copies of others, who get no second one.
TEST(Pipeline, EveryFailedStepDefersAndKeepsNoOtherCopy) {
  const Failure cases[] = {
      {"extract", [](Filter& f) { f.extractor.failing.fail_at = 1; }},
      {"decide", [](Filter& f) { f.policy->undecidable = true; }},
      {"intent", [](Filter& f) { f.journal.failing.fail_at = 1; }},
      {"protect", [](Filter& f) { f.pgp.failing.fail_at = 1; }, 4},
      {"protect the second group", [](Filter& f) { f.pgp.failing.fail_at = 2; }, 4},
      {"seal", [](Filter& f) { f.vault.sealing.fail_at = 1; }, 4},
      {"first copy", [](Filter& f) { f.sender.failing.fail_at = 1; }, 4},
  };
  for (const Failure& test : cases) {
    Filter filter;
    test.arrange(filter);
    const Answer answer = filter.run_for(kMixed);
    EXPECT_EQ(answer.kind, Answer::Kind::reply) << test.name;
    EXPECT_LT(smtp_reply(answer.reply).code, 500) << test.name;
    EXPECT_EQ(filter.sender.sent.size(), test.sent) << test.name;
    EXPECT_FALSE(filter.editor.applied) << test.name;
    EXPECT_THAT(filter.events(), Not(::testing::Contains(Event::completed))) << test.name;
    filter.policy->undecidable = false;
    EXPECT_EQ(filter.run_for(kMixed).kind, Answer::Kind::discard) << test.name;
    for (const std::string& recipient : kMixed) {
      EXPECT_EQ(filter.sender.count('<' + recipient + '>'), 1U) << test.name << ' ' << recipient;
    }
  }
}

// "There is no such entry" is for good in the vault's eyes, and no fault of the sender's.
TEST(Pipeline, PermanentFaultsOfRoomsDefer) {
  const Failure cases[] = {
      {"seal",
       [](Filter& f) {
         f.vault.sealing.fail_at = 1;
         f.vault.fault = permanent_fault("escrow.facts_size", "made to fail");
       }},
      {"mark",
       [](Filter& f) {
         f.vault.marking.fail_at = 1;
         f.vault.fault = permanent_fault("escrow.no_entry", "made to fail");
       }},
      {"record",
       [](Filter& f) {
         f.journal.failing.fail_at = 1;
         f.journal.fault = permanent_fault("audit.record_size", "made to fail");
       }},
  };
  for (const Failure& test : cases) {
    Filter filter;
    test.arrange(filter);
    const Answer answer = filter.run_for({"pat@x.example"});
    EXPECT_EQ(answer.kind, Answer::Kind::reply) << test.name;
    EXPECT_LT(smtp_reply(answer.reply).code, 500) << test.name;
    EXPECT_EQ(filter.run_for({"pat@x.example"}).kind, Answer::Kind::accept) << test.name;
  }
}

// The vault's facts are small, and a subject is as long as its sender likes: the message itself
// keeps all of it.
TEST(Pipeline, LongSubjectIsCutForThePortalAtACharacter) {
  for (const char* fill : {"x", "\xc3\xa9", "\xe2\x82\xac"}) {
    Filter filter;
    auto message = filter.message({"pat@x.example"});
    std::string subject;
    while (subject.size() < 100'000) {
      subject += fill;
    }
    message.headers.remove("Subject");
    message.headers.append("Subject", ' ' + subject);
    EXPECT_EQ(filter.run(std::move(message)).kind, Answer::Kind::accept);
    ASSERT_EQ(filter.vault.entries.size(), 1U);
    const test::FakeVault::Entry& entry = filter.vault.entries.begin()->second;
    EXPECT_THAT(entry.message, HasSubstr(subject));
    EXPECT_GT(entry.subject.size(), 500U);
    EXPECT_LE(entry.subject.size(), 1000U);
    EXPECT_EQ(entry.subject.size() % std::string_view(fill).size(), 0U);
  }
}

// The policy decides for each message, and the settings where it says nothing.
TEST(Pipeline, WhomAReaderMayWriteToIsSealedWithTheMessage) {
  struct Case {
    bool set;
    std::optional<bool> asked;
    bool sealed;
  };
  for (const Case& each : {Case{false, {}, false}, Case{true, {}, true}, Case{false, true, true},
                           Case{true, false, false}}) {
    for (const bool all : {true, false}) {
      Filter filter;
      (all ? filter.options.may_reply_all : filter.options.may_forward) = each.set;
      (all ? filter.policy->terms.reply_all : filter.policy->terms.forward) = each.asked;
      EXPECT_EQ(filter.run_for({"pat@x.example"}).kind, Answer::Kind::accept);
      ASSERT_EQ(filter.vault.entries.size(), 1U);
      const test::FakeVault::Entry& entry = filter.vault.entries.begin()->second;
      EXPECT_EQ(all ? entry.may_reply_all : entry.may_forward, each.sealed);
      EXPECT_FALSE(all ? entry.may_forward : entry.may_reply_all);
    }
  }
}

TEST(Pipeline, EverySpellingOfAMailboxHasItsOutcome) {
  Filter filter;
  EXPECT_EQ(filter.run_for({"a@x.example", "A@X.example"}).kind, Answer::Kind::accept);
  for (const audit::RecipientRecord& recipient : filter.journal.records.back().recipients) {
    EXPECT_EQ(recipient.status, "protected") << recipient.address;
    EXPECT_THAT(recipient.algorithms, ElementsAre("fake"));
  }
}

TEST(Pipeline, MissingEscrowDefers) {
  Filter filter;
  Ports ports = filter.ports();
  ports.vault = nullptr;
  const Pipeline pipeline(ports, filter.options);
  EXPECT_TRUE(is_reply(pipeline.run(filter.message(kMixed), filter.editor), Reply::misconfigured));
  EXPECT_EQ(filter.sender.sent.size(), 4U);
  EXPECT_EQ(filter.sender.count("<pat@x.example>"), 0U);
}

TEST(Pipeline, RefusedEditsAndRecordsDeferInPlace) {
  Filter edit;
  edit.editor.failing.fail_at = 1;
  EXPECT_TRUE(is_reply(edit.run_for({"a@x.example"}), Reply::try_later));
  Filter record;
  record.journal.failing.fail_at = 2;
  EXPECT_TRUE(is_reply(record.run_for({"a@x.example"}), Reply::try_later_storage));
  Filter clean;
  clean.journal.failing.fail_at = 1;
  EXPECT_TRUE(
      is_reply(clean.run(clean.message({"a@x.example"}, "hello\r\n")), Reply::try_later_storage));
}

// A rule refuses one of two, and the sender's mailbox takes no notices: that is nothing to wait
// for.
TEST(Pipeline, SenderWhoMayNotBeToldOfARuleIsOnRecord) {
  Filter filter;
  filter.policy->methods["joe@x.example"] = Method::reject;
  filter.sender.codes["<lab@clinic.example>"] = 554;
  EXPECT_EQ(filter.run_for({"pat@x.example", "joe@x.example"}).kind, Answer::Kind::discard);
  EXPECT_EQ(filter.sender.count("<pat@x.example>"), 1U);
  const auto failed =
      std::find_if(filter.journal.records.begin(), filter.journal.records.end(),
                   [](const audit::Record& record) { return record.event == Event::failed; });
  ASSERT_NE(failed, filter.journal.records.end());
  EXPECT_EQ(failed->recipients.front().reasons.back(), "sender not told: 554 5.7.1");
}

}  // namespace
}  // namespace phimilter::milter
