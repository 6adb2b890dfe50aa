// SPDX-License-Identifier: Apache-2.0
//
// What happens when a message was half done and comes again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <set>

#include "milter/memory_filter.h"
#include "milter/pipeline.h"

namespace phimilter::milter {
namespace {

using audit::Event;
using policy::Method;
using test::is_reply;
using test::kMixed;
using ::testing::HasSubstr;
using ::testing::Not;
using Filter = test::MemoryFilter;

void expect_one_copy_each(const Filter& filter, const std::string& name) {
  for (const std::string& recipient : kMixed) {
    EXPECT_EQ(filter.sender.count('<' + recipient + '>'), 1U) << name << ' ' << recipient;
  }
}

// The n-th of everything that is called on the way fails; the client tries again, in this process
// or after a restart, and everybody has one copy.
TEST(Pipeline, TriedAgainEverybodyHasOneCopy) {
  for (int n = 1; n <= 5; ++n) {
    for (const bool restarted : {false, true}) {
      Filter filter;
      filter.sender.failing.fail_at = n;
      EXPECT_TRUE(is_reply(filter.run_for(kMixed), Reply::try_later));
      EXPECT_EQ(filter.sender.sent.size(), 4U);  // the others have left
      if (restarted) {
        filter.die();
      }
      EXPECT_EQ(filter.run_for(kMixed).kind, Answer::Kind::discard);
      expect_one_copy_each(filter, "copy " + std::to_string(n));
      EXPECT_EQ(filter.ledger->unfinished(), 0U);
    }
  }
}

// A copy was accepted and the record of it was not written: in this process that is known all the
// same.
TEST(Pipeline, LostAcceptedRecordMakesNoSecondCopyInThisProcess) {
  for (int n = 2; n <= 6; ++n) {
    Filter filter;
    filter.journal.failing.fail_at = n;
    EXPECT_TRUE(is_reply(filter.run_for(kMixed), Reply::try_later_storage));
    EXPECT_EQ(filter.run_for(kMixed).kind, Answer::Kind::discard);
    expect_one_copy_each(filter, "record " + std::to_string(n));
    std::size_t recorded = 0;
    for (const audit::Record& record : filter.journal.records) {
      recorded += record.event == Event::accepted ? record.recipients.size() : 0;
    }
    EXPECT_EQ(recorded, kMixed.size()) << n;  // before the MTA was told yes
  }
}

TEST(Pipeline, StoredTreatmentsArePlayedAgain) {
  Filter filter;
  filter.sender.failing.fail_from = 2;
  filter.run_for(kMixed);
  filter.sender.failing = {};
  filter.policy->methods["pat@x.example"] = Method::pass;
  filter.policy->methods["hospital@x.example"] = Method::pass;
  EXPECT_EQ(filter.run_for(kMixed).kind, Answer::Kind::discard);
  for (const auto& copy : filter.sender.sent) {
    if (copy.recipients[0] == "<hospital@x.example>") {
      EXPECT_EQ(copy.way, delivery::Way::secure);
    }
    if (copy.recipients[0] == "<pat@x.example>") {
      EXPECT_THAT(copy.body, Not(HasSubstr("PHI")));
    }
  }
}

policy::KeyFact key_fact(policy::KeyState state, char digit = 'b') {
  return {state, FingerprintId::parse(std::string(40, digit)), "fake"};
}

// What was decided for somebody who got nothing yet cannot be done: the key is one no more. What
// takes its place protects no less, and is on record; it is not what the rules say by now.
TEST(Pipeline, KeyThatIsGoneMeanwhileIsReplacedByNoLess) {
  for (const bool restarted : {false, true}) {
    Filter filter;
    for (const char* address : {"a@x.example", "b@x.example", "hidden@x.example"}) {
      filter.pgp.known_keys[address] =
          key_fact(policy::KeyState::valid, address[0] == 'a' ? 'a' : 'b');
    }
    filter.sender.failing.fail_from = 2;
    filter.run_for(kMixed);
    if (restarted) {
      filter.die();
    }
    for (const char* address : {"a@x.example", "hidden@x.example"}) {
      filter.pgp.known_keys[address] = key_fact(policy::KeyState::expired);
      filter.policy->methods[address] = Method::tls;
    }
    filter.sender.failing = {0, 0, 2};
    EXPECT_TRUE(is_reply(filter.run_for(kMixed), Reply::try_later));
    if (restarted) {
      filter.die();
    }
    filter.sender.failing = {};
    EXPECT_EQ(filter.run_for(kMixed).kind, Answer::Kind::discard);
    expect_one_copy_each(filter, "gone");
    EXPECT_EQ(filter.vault.entries.size(), 2U);
    EXPECT_THAT(filter.pgp.key_counts, ::testing::ElementsAre(2U, 1U));
    const auto events = filter.events();
    EXPECT_EQ(std::count(events.begin(), events.end(), Event::intended), 2);
  }
}

struct LostKey {
  const char* name;
  policy::KeyFact key;
  Method stored, now;
  bool portal;
  Method used;
};

// A source that cannot be asked says nothing about the key.
TEST(Pipeline, StoredTreatmentHoldsUnlessItsKeyIsGone) {
  using policy::KeyState;
  const LostKey cases[] = {
      {"valid", key_fact(KeyState::valid), Method::pgp, Method::portal, true, Method::pgp},
      {"unknown", {KeyState::unknown, {}, "fake"}, Method::pgp, Method::portal, true, Method::pgp},
      {"unnamed", {KeyState::valid, {}, "fake"}, Method::pgp, Method::portal, true, Method::pgp},
      {"another", key_fact(KeyState::valid, 'c'), Method::pgp, Method::tls, true, Method::pgp},
      {"revoked", key_fact(KeyState::revoked), Method::pgp, Method::pass, true, Method::portal},
      {"no portal", key_fact(KeyState::expired), Method::pgp, Method::tls, false, Method::hold},
      {"clear by now", key_fact(KeyState::none), Method::portal, Method::pass, true,
       Method::portal},
  };
  for (const LostKey& test : cases) {
    Filter filter;
    filter.portal = test.portal;
    filter.policy->methods["hidden@x.example"] = test.stored;
    filter.sender.failing.fail_from = 2;
    filter.run_for(kMixed);
    filter.sender.failing = {};
    filter.pgp.known_keys["hidden@x.example"] = test.key;
    for (const char* address : {"a@x.example", "b@x.example"}) {
      filter.pgp.known_keys[address] = key_fact(KeyState::valid, address[0] == 'a' ? 'a' : 'b');
    }
    filter.policy->methods["hidden@x.example"] = test.now;
    EXPECT_EQ(filter.run_for(kMixed).kind, Answer::Kind::discard) << test.name;
    const auto& recipients = filter.journal.records.back().recipients;
    EXPECT_EQ(recipients.at(4).method, policy::to_string(test.used)) << test.name;
    if (test.used == Method::pgp && test.key.fingerprint) {
      EXPECT_EQ(recipients.at(4).key, test.key.fingerprint->str()) << test.name;
    }
    EXPECT_EQ(filter.held.entries.size(), test.used == Method::hold ? 1U : 0U) << test.name;
  }
}

// The rules find nothing any more, so that nobody would have asked for keys.
TEST(Pipeline, PolicyThatFindsNothingByNowLetsNothingGo) {
  Filter filter;
  filter.pgp.known_keys["hidden@x.example"] = key_fact(policy::KeyState::valid);
  filter.pgp.known_keys["a@x.example"] = key_fact(policy::KeyState::valid, 'a');
  filter.pgp.known_keys["b@x.example"] = key_fact(policy::KeyState::valid);
  filter.sender.failing.fail_from = 2;
  filter.run_for(kMixed);
  filter.sender.failing = {};
  filter.policy->blind = true;
  EXPECT_EQ(filter.run_for(kMixed).kind, Answer::Kind::discard);
  expect_one_copy_each(filter, "blind");
  for (const auto& copy : filter.sender.sent) {
    const bool open = copy.recipients[0] == "<nurse@clinic.example>" ||
                      copy.recipients[0] == "<hospital@x.example>";
    EXPECT_TRUE(open || copy.body.find("PHI is") == std::string::npos) << copy.recipients[0];
  }
  EXPECT_EQ(filter.vault.entries.size(), 1U);
}

// The MTA ended while it waited: its client has heard nothing and comes again, whatever was sent.
TEST(Pipeline, MtaThatIsGoneHearsNoYesAndNobodyGetsTwoCopies) {
  for (const bool restarted : {false, true}) {
    for (int n = 1; n <= 2; ++n) {
      Filter filter;
      filter.editor.asking.fail_at = n;
      EXPECT_TRUE(is_reply(filter.run_for(kMixed), Reply::try_later));
      EXPECT_EQ(filter.sender.sent.size(), n == 1 ? 0U : 5U);
      EXPECT_EQ(filter.journal.records.back().fault, "milter.mta_gone");
      if (restarted) {
        filter.die();
      }
      EXPECT_EQ(filter.run_for(kMixed).kind, Answer::Kind::discard);
      expect_one_copy_each(filter, "asked " + std::to_string(n));
      EXPECT_EQ(filter.ledger->unfinished(), 0U);
    }
  }
}

// A queue id and a Message-Id of the MTA's own are new with each try.
TEST(Pipeline, RetryByTheMtaIsTheSameSubmission) {
  Filter filter;
  const auto attempt = [&filter](const std::string& queue_id) {
    auto message = filter.message(kMixed);
    message.queue_id = queue_id;
    message.headers.remove("Message-ID");
    message.headers.remove("Date");
    message.headers.append("Message-Id", " <20261121." + queue_id + "@mx.clinic.example>");
    message.headers.append("Date", " Sat, 21 Nov 2026 10:0" + queue_id.substr(0, 1) + ":00 +0000");
    return filter.run(std::move(message));
  };
  filter.sender.failing.fail_at = 3;
  EXPECT_TRUE(is_reply(attempt("1AAAAA"), Reply::try_later));
  EXPECT_EQ(attempt("2BBBBB").kind, Answer::Kind::discard);
  expect_one_copy_each(filter, "retry");
  std::string id;
  for (const auto& copy : filter.sender.sent) {
    if (copy.recipients[0] != "<pat@x.example>") {
      const auto at = copy.headers.find("Message-ID:");
      ASSERT_NE(at, std::string::npos);
      const std::string line = copy.headers.substr(at, copy.headers.find('\r', at) - at);
      EXPECT_TRUE(id.empty() || line == id);
      id = line;
    }
  }
}

mail::CapturedMessage without_a_name(const Filter& filter) {
  auto message = filter.message(kMixed);
  message.headers.remove("Message-ID");
  return message;
}

// Killed, or held up, between our yes and the MTA that reads it. A mail that its author gave a name
// is left out when it comes again; of another one nobody knows whether it is a second mail, so its
// copies say that they may be second ones.
TEST(Pipeline, AnswerThatNobodyReadMakesNoUnmarkedSecondCopy) {
  for (const bool named : {true, false}) {
    for (const bool killed : {true, false}) {
      Filter filter;
      const auto message = [&] { return named ? filter.message(kMixed) : without_a_name(filter); };
      EXPECT_EQ(filter.run_until_told(message()).kind, Answer::Kind::discard);
      EXPECT_THAT(filter.events(), Not(::testing::Contains(Event::completed)));
      if (killed) {
        filter.die();
      }
      EXPECT_EQ(filter.run(message()).kind, Answer::Kind::discard);
      for (const std::string& recipient : kMixed) {
        EXPECT_EQ(filter.sender.count('<' + recipient + '>'), named ? 1U : 2U) << recipient;
      }
      EXPECT_EQ(filter.vault.entries.size(), 1U);
      std::set<std::string> instances;
      std::size_t doubts = 0;
      for (const audit::Record& record : filter.journal.records) {
        instances.insert(record.instance);
        const bool doubtful = record.event == Event::accepted &&
                              record.recipients[0].status == "accepted 250, in doubt";
        doubts += doubtful ? record.recipients.size() : 0;
      }
      EXPECT_EQ(instances.size(), 1U);
      EXPECT_EQ(doubts, named ? 0U : kMixed.size());
      EXPECT_EQ(filter.ledger->unfinished(), 0U);
    }
  }
}

// Everybody has a copy, and the client was told 4xx for sure: none of them is in doubt.
TEST(Pipeline, NoThatWasRecordedLeavesNoDoubt) {
  Filter filter;
  filter.vault.marking.fail_at = 1;
  EXPECT_EQ(filter.run(without_a_name(filter)).kind, Answer::Kind::reply);
  filter.die();
  EXPECT_EQ(filter.run(without_a_name(filter)).kind, Answer::Kind::discard);
  expect_one_copy_each(filter, "marking");
}

// On another connection, before the first try has ended.
TEST(Pipeline, SameMailInWorkIsNotBegunASecondTime) {
  Filter filter;
  auto first = filter.run_until_told(filter.message(kMixed));
  auto second = std::async(std::launch::async, [&] { return filter.run_for(kMixed).kind; });
  first.open.reset();
  EXPECT_EQ(second.get(), Answer::Kind::discard);
  expect_one_copy_each(filter, "beside");
}

TEST(Pipeline, SameMailTwiceIsTwoCopies) {
  Filter filter;
  EXPECT_EQ(filter.run_for(kMixed).kind, Answer::Kind::discard);
  EXPECT_EQ(filter.run_for(kMixed).kind, Answer::Kind::discard);
  for (const std::string& recipient : kMixed) {
    EXPECT_EQ(filter.sender.count('<' + recipient + '>'), 2U) << recipient;
  }
  EXPECT_EQ(filter.vault.entries.size(), 2U);
}

TEST(Pipeline, FailedMailKeepsItsIntentOpen) {
  Filter filter;
  filter.sender.failing.fail_at = 2;
  filter.run_for(kMixed);
  EXPECT_EQ(filter.events().back(), Event::failed);
  EXPECT_EQ(filter.journal.records.back().fault, "smtp.fake");
  EXPECT_EQ(filter.journal.records.back().instance, filter.journal.records.front().instance);
  EXPECT_EQ(filter.ledger->unfinished(), 1U);
}
// The listener reads a copy and does not want it, now or later: its recipients are told at once,
// the others get theirs.
TEST(Pipeline, CopyThatIsRefusedWholeIsToldToTheSender) {
  Filter filter;
  filter.sender.whole["<pat@x.example>"] = 552;
  filter.sender.whole["<hospital@x.example>"] = 452;
  EXPECT_TRUE(is_reply(filter.run_for(kMixed), Reply::try_later));
  EXPECT_EQ(filter.sender.count("<lab@clinic.example>"), 1U);
  filter.sender.whole.clear();
  EXPECT_EQ(filter.run_for(kMixed).kind, Answer::Kind::discard);
  EXPECT_EQ(filter.sender.count("<lab@clinic.example>"), 1U);
  EXPECT_EQ(filter.sender.count("<pat@x.example>"), 0U);
  EXPECT_EQ(filter.sender.count("<hospital@x.example>"), 1U);
}

// A filter behind the listener that does not want the notice either is no reason to try for ever.
TEST(Pipeline, NoticeThatIsRefusedWholeIsNotTriedAgain) {
  Filter filter;
  filter.options.reentry_always = true;
  filter.sender.codes["<pat@x.example>"] = 550;
  filter.sender.whole["<lab@clinic.example>"] = 554;
  EXPECT_EQ(filter.run_for({"pat@x.example", "hospital@x.example"}).kind, Answer::Kind::discard);
  EXPECT_EQ(filter.journal.records.back().recipients[0].status, "refused 550");
  EXPECT_EQ(filter.ledger->unfinished(), 0U);
}

// Neither the copy nor the notice: the listener does not let us send, and nobody would know.
TEST(Pipeline, ListenerThatForbidsCopyAndNoticeLosesNothing) {
  Filter filter;
  filter.options.reentry_always = true;
  filter.sender.codes = {{"<pat@x.example>", 554}, {"<lab@clinic.example>", 554}};
  EXPECT_TRUE(is_reply(filter.run_for({"pat@x.example"}), Reply::try_later));
  filter.sender.codes.clear();
  EXPECT_EQ(filter.run_for({"pat@x.example"}).kind, Answer::Kind::discard);
  EXPECT_EQ(filter.sender.count("<pat@x.example>"), 1U);
}

// A listener that hangs is not waited for by each copy anew.
TEST(Pipeline, ListenerThatIsAwayIsAskedAFewTimes) {
  Filter filter;
  std::vector<std::string> patients;
  for (int number = 0; number < 50; ++number) {
    patients.push_back("p" + std::to_string(number) + "@x.example");
    filter.policy->methods[patients.back()] = Method::portal;
  }
  filter.sender.failing.fail_from = 1;
  EXPECT_TRUE(is_reply(filter.run_for(patients), Reply::try_later));
  EXPECT_EQ(filter.sender.failing.calls, 3);
  filter.sender.failing = {};
  EXPECT_EQ(filter.run_for(patients).kind, Answer::Kind::discard);
  EXPECT_EQ(filter.sender.sent.size(), 50U);
}

TEST(Pipeline, NorByEachNoticeToTheSender) {
  Filter filter;
  std::vector<std::string> refused;
  for (int number = 0; number < 50; ++number) {
    refused.push_back("no" + std::to_string(number) + "@x.example");
    filter.policy->methods[refused.back()] = Method::reject;
  }
  refused.push_back("pat@x.example");
  filter.sender.failing.fail_from = 2;
  EXPECT_TRUE(is_reply(filter.run_for(refused), Reply::try_later));
  EXPECT_EQ(filter.sender.failing.calls, 4);
  filter.sender.failing = {};
  EXPECT_EQ(filter.run_for(refused).kind, Answer::Kind::discard);
  EXPECT_EQ(filter.sender.count("<lab@clinic.example>"), 50U);
}

TEST(Pipeline, FifteenHundredRecipientsHaveOneCopyEach) {
  Filter filter;
  std::vector<std::string> recipients;
  for (int number = 0; number < 1500; ++number) {
    recipients.push_back("r" + std::to_string(number) + "@x.example");
    const Method methods[] = {Method::portal, Method::pgp, Method::pass};
    filter.policy->methods[recipients.back()] = methods[number % 3];
  }
  filter.sender.failing.fail_from = 300;
  EXPECT_TRUE(is_reply(filter.run_for(recipients), Reply::try_later));
  filter.die();
  filter.sender.failing = {};
  EXPECT_EQ(filter.run_for(recipients).kind, Answer::Kind::discard);
  for (const std::string& recipient : recipients) {
    ASSERT_EQ(filter.sender.count('<' + recipient + '>'), 1U) << recipient;
  }
  EXPECT_EQ(filter.journal.records.back().recipients.size(), 1500U);
}

}  // namespace
}  // namespace phimilter::milter
