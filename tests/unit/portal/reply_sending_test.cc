// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a reply behind its form: listeners that refuse, entries that go, crowds.
#include "portal/reply_pages.h"

#include <future>
#include <set>
#include <thread>
#include <utility>

#include "portal/reply_site.h"

namespace phimilter::portal {
namespace {

TEST_F(ReplySiteTest, AListenerThatIsAwayLosesNothing) {
  const Request reply = filled({{"text", "keep & me"}});
  fault_ = transient_fault("smtp.connect", "nobody there");
  for (int i = 0; i < 2; ++i) {
    const Response refused = site_.handle(reply);
    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(refused.body.find("keep &amp; me"), std::string::npos);
    EXPECT_EQ(hidden(refused.body, "reply"), reply.form.at("reply"));
    EXPECT_TRUE(kept(id_).empty());
  }
  EXPECT_EQ(bench_.journal.events(), "");
  fault_.reset();
  EXPECT_EQ(site_.handle(reply).status, 303);
  EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(ReplySiteTest, InDoubtIsSentAgainUnderTheSameName) {
  const Request reply = filled({{"text", "in doubt"}});
  fault_ = transient_fault("smtp.in_doubt", "lost after the final dot");
  const Response doubt = site_.handle(reply);
  EXPECT_EQ(doubt.status, 503);
  EXPECT_NE(doubt.body.find("Perhaps it was"), std::string::npos);
  EXPECT_EQ(kept(id_).size(), 1U);
  EXPECT_EQ(get("/message").body.find("in doubt"), std::string::npos);
  fault_.reset();
  EXPECT_EQ(site_.handle(reply).status, 303);
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_NE(sent_[0].second.find("Message-ID: <" + reply.form.at("reply") + "."),
            std::string::npos);
}

TEST_F(ReplySiteTest, AFailureBehindADoubtLeavesTheDoubt) {
  const Request reply = filled({{"text", "in doubt"}});
  fault_ = transient_fault("smtp.in_doubt", "lost after the final dot");
  (void)site_.handle(reply);
  fault_ = transient_fault("smtp.connect", "nobody listens");
  const Response still = site_.handle(reply);
  EXPECT_EQ(still.status, 503);
  EXPECT_NE(still.body.find("Perhaps it was"), std::string::npos);
  EXPECT_EQ(kept(id_).size(), 1U);
}

// While the filter thinks for longer than a second tap waits.
TEST_F(ReplySiteTest, ManyTapsAreOneReplyAndTakeOneTurn) {
  Request reply = filled({{"text", "once"}});
  reply.files = {{"files", "a.pdf", "a/b", "1"}};
  std::vector<Response> taps;
  Response other_reply, other_patient;
  const Request another = filled({{"text", "another"}});
  bool tapped = false;
  while_sending_ = [&] {
    if (std::exchange(tapped, true)) {
      return;
    }
    for (int i = 0; i < 2; ++i) {
      taps.push_back(site_.handle(reply));
    }
    other_reply = site_.handle(another);
    read_message_of('r');
    other_patient = site_.handle(filled({{"text", "somebody else"}}));
  };
  EXPECT_EQ(site_.handle(reply).status, 303);
  ASSERT_EQ(taps.size(), 2U);
  for (const Response& tap : taps) {
    EXPECT_EQ(tap.status, 409);
    EXPECT_NE(tap.body.find("is being sent just now"), std::string::npos);
    EXPECT_NE(tap.body.find(">\nonce</textarea>"), std::string::npos);
    EXPECT_EQ(hidden(tap.body, "reply"), reply.form.at("reply"));
  }
  EXPECT_EQ(other_reply.status, 503);
  EXPECT_NE(other_reply.body.find("Please try again"), std::string::npos);
  EXPECT_EQ(other_patient.status, 303) << "the turns are there for everybody else";
  EXPECT_EQ(sent_.size(), 2U);
  // What the page asks for: the button once more, without the files.
  Request last = reply;
  last.files.clear();
  const Response seen = site_.handle(last);
  EXPECT_EQ(seen.status, 303);
  EXPECT_TRUE(location(seen).ends_with("/message?sent=1"));
  EXPECT_EQ(sent_.size(), 2U);
}

TEST_F(ReplySiteTest, ASecondTapThatWaitsFindsThatItWasSent) {
  const Request reply = filled({{"text", "once"}});
  std::promise<Response> second;
  std::thread tap;
  while_sending_ = [&] { tap = std::thread([&] { second.set_value(site_.handle(reply)); }); };
  EXPECT_EQ(site_.handle(reply).status, 303);
  EXPECT_EQ(second.get_future().get().status, 303);
  tap.join();
  EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(ReplySiteTest, AChangedReplyHasAnotherMessageId) {
  const auto id_of = [this] {
    const std::string& mail = sent_.back().second;
    const std::size_t at = mail.find("Message-ID: <");
    return mail.substr(at, mail.find('>', at) - at);
  };
  const Request first = filled({{"text", "first"}});
  std::set<std::string> ids;
  Request changed = first;
  changed.form["text"] = "second";
  Request with_file = first;
  with_file.files = {{"files", "a.pdf", "a/b", "1"}};
  Request with_other = with_file;
  with_other.files[0].bytes = "2";
  for (const Request& each : {first, changed, with_file, with_other}) {
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(site_.handle(each).status, 303);
      ids.insert(id_of());
      ASSERT_TRUE(store_->remove_all(id_)) << "as if it had been in doubt";
    }
  }
  EXPECT_EQ(sent_.size(), 8U);
  EXPECT_EQ(ids.size(), 4U) << "one of each";
}

TEST_F(ReplySiteTest, TheSenderMustGetIt) {
  bench_.vault.entries.at(id_).facts.may_reply_all = true;
  codes_ = {450};
  const Request reply = filled({{"text", "to all"}}, "/reply-all");
  EXPECT_EQ(site_.handle(reply).status, 503);
  EXPECT_TRUE(kept(id_).empty());
  EXPECT_EQ(bench_.journal.events(), "");
  codes_ = {250, 550};
  EXPECT_EQ(site_.handle(reply).status, 303);
  EXPECT_EQ(kept(id_).front().refused, std::vector<std::string>{"two@example.net"});
  EXPECT_NE(get("/message").body.find("could not be sent to two@example.net"), std::string::npos);
}

TEST_F(ReplySiteTest, WhatIsRefusedForGoodIsNotToBeTriedAgain) {
  struct Case {
    const char *below, *id, *code;
    int status;
    const char* said;
  };
  bench_.vault.entries.at(id_).facts.may_forward = true;
  for (const Case& each :
       {Case{"/reply", "smtp.refused", "552", 413, "too large to be sent"},
        Case{"/reply", "smtp.refused", "554", 422, "Please call Maple Clinic"},
        Case{"/reply", "smtp.refused", "451", 503, "try again"},
        Case{"/reply", "portal.reply_refused", "550", 422, "Please call Maple Clinic"},
        Case{"/forward", "portal.reply_refused", "550", 400, "not an e-mail address"},
        Case{"/forward", "portal.reply_refused", "450", 503, "try again"},
        Case{"/forward", "smtp.refused", "552", 413, "too large to be sent"}}) {
    fault_ = transient_fault(each.id, "no").with("code", each.code);
    if (fault_->id == "portal.reply_refused") {
      fault_.reset();
      codes_ = {std::stoi(each.code)};
    }
    const Response refused =
        site_.handle(filled({{"text", "kept"}, {"to", "third@example.com"}}, each.below));
    EXPECT_EQ(refused.status, each.status) << each.below << each.code;
    EXPECT_NE(refused.body.find(each.said), std::string::npos) << each.below << each.code;
    EXPECT_NE(refused.body.find("kept"), std::string::npos);
    EXPECT_TRUE(kept(id_).empty());
  }
}

TEST_F(ReplySiteTest, NothingIsSentOnceTheEntryIsGone) {
  const Request reply = filled({{"text", "too late"}});
  bench_.vault.before_claim = [this] {
    bench_.vault.entries.at(id_).state = escrow::EntryState::retracted;
  };
  const Response retracted = site_.handle(reply);
  EXPECT_EQ(retracted.status, 410);
  EXPECT_NE(retracted.body.find("taken back"), std::string::npos);
  bench_.vault.entries.at(id_).state = escrow::EntryState::open;
  bench_.vault.before_claim = [this] { bench_.vault.entries.erase(id_); };
  EXPECT_EQ(site_.handle(reply).status, 410);
  EXPECT_TRUE(sent_.empty());
  EXPECT_TRUE(kept(id_).empty());
}

TEST_F(ReplySiteTest, HalfOfTheWorkersAreForReplies) {
  int depth = 0;
  std::vector<Response> answers;
  while_sending_ = [&] {
    if (++depth <= 4) {
      read_message_of(static_cast<char>('q' + depth));
      answers.push_back(site_.handle(filled({{"text", "and " + std::to_string(depth)}})));
    }
  };
  EXPECT_EQ(site_.handle(filled({{"text", "the first"}})).status, 303);
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_EQ(answers[0].status, 503) << "the fifth at once";
  EXPECT_NE(answers[0].body.find("and 4"), std::string::npos);
  for (std::size_t i = 1; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].status, 303);
  }
  EXPECT_EQ(sent_.size(), 4U);
  while_sending_ = nullptr;
  EXPECT_EQ(site_.handle(filled({{"text", "later"}})).status, 303);
}

TEST_F(ReplySiteTest, AForwardIsAsLargeAsAllOfIt) {
  bench_.vault.entries.at(id_).facts.may_forward = true;
  bench_.vault.entries.at(id_).message += std::string(600'000, 'x') + "\r\n";
  Request forward = filled({{"text", "see"}, {"to", "third@example.com"}}, "/forward");
  const std::string bytes(500'000, 'y');
  forward.files = {{"files", "a", "a/b", bytes}};
  EXPECT_EQ(site_.handle(forward).status, 413);
  forward.files.clear();
  EXPECT_EQ(site_.handle(forward).status, 303);
  EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(ReplySiteTest, EverybodyIsEverybody) {
  bench_.vault.entries.at(id_).facts.may_reply_all = true;
  std::string& message = bench_.vault.entries.at(id_).message;
  const auto with = [&message](int others) {
    message = "From: Lab <lab@clinic.example>\r\nTo: pat@example.org";
    for (int i = 0; i < others; ++i) {
      message += ",\r\n other" + std::to_string(i) + "@example.net";
    }
    message += "\r\nSubject: Result\r\n\r\nfine\r\n";
  };
  with(60);
  EXPECT_EQ(site_.handle(filled({{"text", "x"}}, "/reply-all")).status, 303);
  EXPECT_NE(sent_.at(0).first.find("<other59@example.net>"), std::string::npos);
  const Request all = filled({{"text", "x"}}, "/reply-all");
  with(200);
  EXPECT_EQ(get("/message").body.find("/reply-all"), std::string::npos);
  EXPECT_EQ(site_.handle(all).status, 422);
  EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(ReplySiteTest, WhatIsNotOnRecordIsNotToldAndNotSentTwice) {
  const Request reply = filled({{"text", "x"}});
  bench_.journal.broken = true;
  EXPECT_EQ(site_.handle(reply).status, 503);
  EXPECT_EQ(sent_.size(), 1U);
  bench_.journal.broken = false;
  EXPECT_EQ(site_.handle(reply).status, 303);
  EXPECT_EQ(sent_.size(), 1U);
  EXPECT_EQ(bench_.journal.events(), "replied");
}

}  // namespace
}  // namespace phimilter::portal
