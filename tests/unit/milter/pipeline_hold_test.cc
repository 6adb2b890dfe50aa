// SPDX-License-Identifier: Apache-2.0
//
// What waits for a person: held by a rule or after too many tries, released, released twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "delivery/release.h"
#include "milter/memory_filter.h"
#include "milter/pipeline.h"

namespace phimilter::milter {
namespace {

using audit::Event;
using policy::Method;
using test::is_reply;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Filter = test::MemoryFilter;

const std::vector<std::string> kHeld = {"held@x.example", "a@x.example"};

TEST(Hold, IsOnRecordAndToldWithoutAWordOfTheMessage) {
  Filter filter;
  EXPECT_EQ(filter.run_for({"held@x.example"}).kind, Answer::Kind::discard);
  EXPECT_THAT(filter.events(), ElementsAre(Event::intended, Event::held, Event::completed));
  const audit::Record& held = filter.journal.records[1];
  EXPECT_EQ(held.recipients[0].escrow_id, filter.held.entries.begin()->first);
  EXPECT_THAT(held.rules, ElementsAre("phi.fake"));
  EXPECT_TRUE(filter.held.entries.begin()->second.noticed);
  ASSERT_EQ(filter.sender.sent.size(), 1U);
  const auto& notice = filter.sender.sent[0];
  EXPECT_EQ(notice.reverse_path, "<>");
  EXPECT_THAT(notice.body, HasSubstr("Action: delayed"));
  EXPECT_THAT(notice.headers + notice.body, Not(HasSubstr("secret")));
  EXPECT_THAT(notice.headers + notice.body, Not(HasSubstr("PHI is")));
  EXPECT_EQ(filter.ledger->unfinished(), 0U);
}

TEST(Hold, NobodyIsToldWhoMustNotBe) {
  const std::vector<std::pair<const char*, std::function<void(Filter&, mail::CapturedMessage&)>>>
      cases = {
          {"bounce", [](Filter&, auto& message) { message.envelope.reverse_path.reset(); }},
          {"never",
           [](Filter&, auto& message) {
             message.envelope.recipients[0].arguments = {"NOTIFY=NEVER"};
           }},
          {"setting", [](Filter& filter, auto&) { filter.options.hold.tell_sender = false; }},
      };
  for (const auto& [name, arrange] : cases) {
    Filter filter;
    auto message = filter.message({"held@x.example"});
    arrange(filter, message);
    EXPECT_EQ(filter.run(std::move(message)).kind, Answer::Kind::discard) << name;
    EXPECT_TRUE(filter.sender.sent.empty()) << name;
    EXPECT_EQ(filter.held.entries.size(), 1U) << name;
  }
}

// Each call that holding makes fails once; the client comes again, in this process or after a
// restart.
TEST(Hold, TriedAgainThereIsOneEntry) {
  const std::vector<std::pair<const char*, std::function<void(Filter&)>>> cases = {
      {"intent", [](Filter& f) { f.journal.failing.fail_at = 1; }},
      {"accepted", [](Filter& f) { f.journal.failing.fail_at = 2; }},
      {"held record", [](Filter& f) { f.journal.failing.fail_at = 3; }},
      {"seal", [](Filter& f) { f.held.sealing.fail_at = 1; }},
      {"mark", [](Filter& f) { f.held.marking.fail_at = 1; }},
      {"copy", [](Filter& f) { f.sender.failing.fail_at = 1; }},
      {"notice", [](Filter& f) { f.sender.failing.fail_at = 2; }},
      {"mta gone", [](Filter& f) { f.editor.asking.fail_at = 2; }},
  };
  for (const auto& [name, arrange] : cases) {
    for (const bool restarted : {false, true}) {
      Filter filter;
      arrange(filter);
      EXPECT_EQ(filter.run_for(kHeld).kind, Answer::Kind::reply) << name;
      if (restarted) {
        filter.die();
      }
      EXPECT_EQ(filter.run_for(kHeld).kind, Answer::Kind::discard) << name;
      EXPECT_EQ(filter.held.entries.size(), 1U) << name;
      EXPECT_TRUE(filter.held.entries.begin()->second.noticed) << name;
      EXPECT_EQ(filter.ledger->unfinished(), 0U) << name;
      const auto events = filter.events();
      EXPECT_EQ(std::count(events.begin(), events.end(), Event::held), 1) << name;
      // The copy whose record was lost before a restart is in doubt, and sent again.
      const bool doubtful = restarted && std::string_view(name) == "accepted";
      EXPECT_EQ(filter.sender.count("<a@x.example>"), doubtful ? 2U : 1U) << name;
    }
  }
}

// A release decides again, and must know what the sender asked for.
TEST(Hold, KeepsTheMarksOfWhomMarksAreBelieved) {
  for (const bool believed : {true, false}) {
    Filter filter;
    auto message =
        filter.message({"held@x.example"}, "PHI is here\r\n", "X-Phi-Secure: portal\r\n");
    if (!believed) {
      message.envelope.client.address = "203.0.113.9";
      message.envelope.client.login.clear();
    }
    EXPECT_EQ(filter.run(std::move(message)).kind, Answer::Kind::discard);
    ASSERT_EQ(filter.held.entries.size(), 1U);
    const std::string& sealed = filter.held.entries.begin()->second.message;
    EXPECT_EQ(sealed.find("X-Phi-Secure: portal") != std::string::npos, believed);
    EXPECT_THAT(sealed, HasSubstr("Message-ID: <1@lab>"));
  }
}

struct Tried {
  int held_at = 0;  // number of the try, 0: never
  std::size_t failures = 0;
};

Tried try_often(Filter& filter, const std::vector<std::string>& recipients, bool restarts) {
  Tried out;
  for (int number = 1; number <= 9; ++number) {
    if (filter.run_for(recipients).kind == Answer::Kind::discard) {
      out.held_at = number;
      break;
    }
    filter.clock.advance(std::chrono::minutes(20));
    if (restarts) {
      filter.die();
    }
  }
  const auto events = filter.events();
  out.failures = static_cast<std::size_t>(std::count(events.begin(), events.end(), Event::failed));
  return out;
}

TEST(Hold, WhatDoesNotGoAwayByWaitingIsHeldAfterSomeTries) {
  for (const bool restarts : {false, true}) {
    Filter filter;
    filter.policy->undecidable = true;
    filter.policy->fault = transient_fault("policy.undecided", "made to fail");
    const Tried tried = try_often(filter, {"b@x.example", "nurse@clinic.example"}, restarts);
    EXPECT_EQ(tried.held_at, 5) << restarts;
    EXPECT_EQ(tried.failures, 5U);
    EXPECT_EQ(filter.held.entries.size(), 1U);
    EXPECT_EQ(filter.sender.count("<b@x.example>"), 0U);
    EXPECT_EQ(filter.sender.count("<nurse@clinic.example>"), 1U);
    EXPECT_EQ(filter.sender.count("<lab@clinic.example>"), 1U);
    EXPECT_THAT(filter.journal.records.back().recipients[0].reasons,
                Contains("held after 5 tries: policy.undecided"));
    EXPECT_EQ(filter.ledger->unfinished(), 0U);
  }
}

TEST(Hold, AlsoForTheOneCopyThatCannotBeMade) {
  for (const bool restarts : {false, true}) {
    Filter filter;
    filter.pgp.failing.fail_from = 1;
    filter.pgp.fault = bug_fault("protect.exposed", "made to fail");
    const Tried tried = try_often(filter, {"a@x.example", "pat@x.example"}, restarts);
    EXPECT_EQ(tried.held_at, 5) << restarts;
    EXPECT_EQ(filter.sender.count("<pat@x.example>"), 1U);
    EXPECT_EQ(filter.sender.count("<a@x.example>"), 0U);
    ASSERT_EQ(filter.held.entries.size(), 1U);
    EXPECT_EQ(filter.held.entries.begin()->second.recipient, "a@x.example");
  }
}

// Who waits for the listener does not hide who waits for ever.
TEST(Hold, AlsoBesideOneWhoseMailboxIsFull) {
  Filter filter;
  filter.policy->methods["a@x.example"] = Method::portal;
  filter.policy->methods["pgp@x.example"] = Method::pgp;
  filter.sender.codes["<a@x.example>"] = 452;
  filter.pgp.failing.fail_from = 1;
  filter.pgp.fault = bug_fault("protect.exposed", "made to fail");
  for (int number = 0; number < 6; ++number) {
    EXPECT_TRUE(is_reply(filter.run_for({"a@x.example", "pgp@x.example"}), Reply::try_later));
    filter.clock.advance(std::chrono::minutes(20));
  }
  ASSERT_EQ(filter.held.entries.size(), 1U);
  EXPECT_EQ(filter.held.entries.begin()->second.recipient, "pgp@x.example");
}

TEST(Hold, NotForWhatIsAboutAMachine) {
  const std::vector<std::pair<const char*, std::function<void(Filter&)>>> cases = {
      {"extract", [](Filter& f) { f.extractor.failing.fail_from = 1; }},
      {"escrow", [](Filter& f) { f.vault.sealing.fail_from = 1; }},
      {"listener", [](Filter& f) { f.sender.failing.fail_from = 1; }},
      {"undecided, never to be held",
       [](Filter& f) {
         f.policy->undecidable = true;
         f.policy->fault = transient_fault("policy.undecided", "made to fail");
         f.options.hold.tries = 0;
       }},
  };
  for (const auto& [name, arrange] : cases) {
    Filter filter;
    arrange(filter);
    EXPECT_EQ(try_often(filter, {"pat@x.example"}, false).held_at, 0) << name;
    EXPECT_TRUE(filter.held.entries.empty()) << name;
  }
}

TEST(Hold, NotBeforeAnHour) {
  Filter filter;
  filter.policy->undecidable = true;
  filter.policy->fault = bug_fault("policy.fake", "made to fail");
  for (int number = 0; number < 20; ++number) {
    EXPECT_EQ(filter.run_for({"b@x.example"}).kind, Answer::Kind::reply);
    filter.clock.advance(std::chrono::minutes(2));
  }
  EXPECT_EQ(filter.journal.records.size(), 5U);
  filter.clock.advance(std::chrono::minutes(30));
  EXPECT_EQ(filter.run_for({"b@x.example"}).kind, Answer::Kind::discard);
}

class ReleaseTest : public ::testing::Test {
 protected:
  ReleaseTest() {
    EXPECT_EQ(filter_.run_for({"held@x.example"}).kind, Answer::Kind::discard);
    filter_.sender.sent.clear();
    filter_.journal.records.clear();
  }
  EscrowId id() const { return *EscrowId::parse(filter_.held.entries.begin()->first); }
  delivery::Release release() const {
    return {id(), "held@x.example", false, false, "nurse7", "192.0.2.9", "SUBMISSION"};
  }
  // As phictl hands it in.
  mail::CapturedMessage message(const delivery::Release& release,
                                const std::string& body = "PHI is here\r\n") const {
    auto out = filter_.message({"held@x.example"}, body);
    out.queue_id = "9A9A9A";
    out.envelope.client = {"OUTBOUND", "127.0.0.1", "localhost", "", "", "mx.clinic.example"};
    out.headers.insert(
        0, std::string(delivery::kReleaseField),
        ' ' + delivery::release_value(release, delivery::body_digest("PHI is here\r\n"),
                                      filter_.link_key));
    return out;
  }
  bool marked() const { return filter_.held.entries.begin()->second.released; }

  Filter filter_;
};

TEST_F(ReleaseTest, LeavesProtectedOnceAndIsMarked) {
  EXPECT_EQ(filter_.run(message(release())).kind, Answer::Kind::discard);
  EXPECT_EQ(filter_.sender.count("<held@x.example>"), 1U);
  EXPECT_EQ(filter_.vault.entries.size(), 1U);
  EXPECT_THAT(filter_.vault.entries.begin()->second.message, Not(HasSubstr("X-Phi")));
  EXPECT_TRUE(marked());
  const audit::Record& done = filter_.journal.records.back();
  EXPECT_EQ(done.event, Event::completed);
  EXPECT_EQ(done.recipients[0].method, "portal");
  EXPECT_THAT(done.recipients[0].reasons, Contains("released: " + id().str()));
  EXPECT_EQ(done.login, "nurse7");
  EXPECT_TRUE(is_reply(filter_.run(message(release())), Reply::released_already));
  EXPECT_EQ(filter_.sender.count("<held@x.example>"), 1U);
}

TEST_F(ReleaseTest, IsBelievedForItsMessageAndItsRecipientAlone) {
  auto other = release();
  other.recipient_key = "else@x.example";
  EXPECT_TRUE(is_reply(filter_.run(message(other)), Reply::release_mismatch));
  EXPECT_TRUE(
      is_reply(filter_.run(message(release(), "PHI of another\r\n")), Reply::release_mismatch));
  auto two = message(release());
  two.envelope.recipients.push_back(two.envelope.recipients[0]);
  EXPECT_TRUE(is_reply(filter_.run(std::move(two)), Reply::release_mismatch));
  filter_.link_key = random_secret(32);
  const auto forged = message(release()).headers;
  auto unforged = message(release());
  filter_.link_key = random_secret(32);
  EXPECT_TRUE(is_reply(filter_.run(std::move(unforged)), Reply::release_mismatch));
  EXPECT_FALSE(marked());
  EXPECT_TRUE(filter_.sender.sent.empty());
}

// A mark from outside: taken off, not believed, no reason to refuse.
TEST_F(ReleaseTest, OfNothingThatIsHeldIsAnyMessage) {
  auto unknown = release();
  unknown.id = *EscrowId::parse(std::string(32, '7'));
  for (const std::string& value :
       {std::string(" id=zzz"), std::string(),
        ' ' + delivery::release_value(unknown, delivery::body_digest("PHI is here\r\n"),
                                      random_secret(32))}) {
    Filter filter;
    auto mail = filter.message({"held@x.example"});
    mail.headers.insert(0, "X-Phi-Release", value);
    EXPECT_EQ(filter.run(std::move(mail)).kind, Answer::Kind::discard);
    ASSERT_EQ(filter.held.entries.size(), 1U);
    EXPECT_THAT(filter.held.entries.begin()->second.message, Not(HasSubstr("X-Phi")));
  }
}

TEST_F(ReleaseTest, ProbeIsAnsweredAndLetsNothingGo) {
  auto probe = release();
  probe.probe = true;
  EXPECT_TRUE(is_reply(filter_.run(message(probe)), Reply::release_ready));
  EXPECT_FALSE(marked());
  EXPECT_TRUE(filter_.sender.sent.empty());
  EXPECT_TRUE(filter_.journal.records.empty());
}

// Whatever fails once on the way: phictl asks again, and the recipient has one copy.
TEST_F(ReleaseTest, CutOffIsFinishedByAskingAgain) {
  const std::vector<std::pair<const char*, std::function<void(Filter&)>>> cases = {
      {"state",
       [](Filter& f) {
         f.held.looking = {0, 1};
       }},
      {"intent",
       [](Filter& f) {
         f.journal.failing = {0, 1};
       }},
      {"accepted",
       [](Filter& f) {
         f.journal.failing = {0, 2};
       }},
      {"seal",
       [](Filter& f) {
         f.vault.sealing = {0, 1};
       }},
      {"copy",
       [](Filter& f) {
         f.sender.failing = {0, 1};
       }},
      {"mark",
       [](Filter& f) {
         f.held.releasing = {0, 1};
       }},
  };
  for (const auto& [name, arrange] : cases) {
    Filter fresh;
    EXPECT_EQ(fresh.run_for({"held@x.example"}).kind, Answer::Kind::discard);
    const delivery::Release wanted{*EscrowId::parse(fresh.held.entries.begin()->first),
                                   "held@x.example"};
    const auto ask = [&] {
      auto mail = fresh.message({"held@x.example"});
      mail.headers.insert(
          0, "X-Phi-Release",
          ' ' + delivery::release_value(wanted, delivery::body_digest("PHI is here\r\n"),
                                        fresh.link_key));
      return fresh.run(std::move(mail));
    };
    arrange(fresh);
    EXPECT_EQ(ask().kind, Answer::Kind::reply) << name;
    EXPECT_EQ(ask().kind, Answer::Kind::discard) << name;
    EXPECT_TRUE(fresh.held.entries.begin()->second.released) << name;
    EXPECT_EQ(fresh.sender.count("<held@x.example>"), 1U) << name;
    EXPECT_TRUE(is_reply(ask(), Reply::released_already)) << name;
  }
}

TEST_F(ReleaseTest, InTheClearOnlyWhereAllowed) {
  auto clear = release();
  clear.clear = true;
  EXPECT_EQ(filter_.run(message(clear)).kind, Answer::Kind::discard);
  EXPECT_THAT(filter_.sender.sent.back().body, Not(HasSubstr("PHI is here")));
  Filter allowed;
  allowed.options.hold.clear_release = true;
  EXPECT_EQ(allowed.run_for({"held@x.example"}).kind, Answer::Kind::discard);
  clear.id = *EscrowId::parse(allowed.held.entries.begin()->first);
  auto mail = allowed.message({"held@x.example"});
  mail.headers.insert(0, "X-Phi-Release",
                      ' ' + delivery::release_value(clear, delivery::body_digest("PHI is here\r\n"),
                                                    allowed.link_key));
  EXPECT_EQ(allowed.run(std::move(mail)).kind, Answer::Kind::discard);
  EXPECT_THAT(allowed.sender.sent.back().body, HasSubstr("PHI is here"));
  EXPECT_EQ(allowed.sender.count("<held@x.example>"), 1U);
}

}  // namespace
}  // namespace phimilter::milter
