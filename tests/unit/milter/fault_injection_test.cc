// SPDX-License-Identifier: Apache-2.0
//
// Whatever goes wrong at whichever call: the client hears 4xx and comes again, then everybody has
// exactly one copy, and nothing was ever readable that should not be.
#include "milter/fault_injection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace phimilter::milter {
namespace {

using test::kTroubles;
using test::Strikes;
using test::StruckFilter;
using test::Trouble;

struct Mail {
  const char* name;
  std::vector<std::string> recipients;
  const char* body;
  const char* more_header = "";
};

const Mail kMails[] = {
    {"mixed",
     {"a@x.example", "b@x.example", "pat@x.example", "nurse@clinic.example", "hidden@x.example",
      "hospital@x.example", "lab@x.example", "held@x.example", "no@x.example"},
     "PHI is here\r\n"},
    {"one form", {"a@x.example", "b@x.example"}, "PHI is here\r\n"},
    {"portal", {"pat@x.example"}, "PHI is here\r\n"},
    {"held", {"held@x.example"}, "PHI is here\r\n"},
    {"batch",
     {"a@x.example", "b@x.example", "pat@x.example", "held@x.example"},
     "PHI is here\r\n",
     "X-PHI-batch: id=evening; item=1\r\n"},
    {"clean", {"a@x.example", "pat@x.example"}, "hello\r\n"},
};

// What a reader of a failure needs to find the place.
struct Place {
  const Mail& mail;
  const Strikes& strikes;
  int call;
  bool restarted;
};

std::ostream& operator<<(std::ostream& out, const Place& place) {
  return out << place.mail.name << ", call " << place.call << " (" << place.strikes.name() << ") "
             << test::to_string(place.strikes.trouble())
             << (place.restarted ? ", started again" : "");
}

bool may_be_read(const test::FakeSender::Sent& copy) {
  return copy.recipients[0] == "<nurse@clinic.example>" ||
         (copy.recipients[0] == "<hospital@x.example>" && copy.way == delivery::Way::secure);
}

void expect_nothing_readable(const StruckFilter& filter, const Place& place) {
  for (const auto& copy : filter.inner.sender.sent) {
    const bool readable = copy.body.find("PHI is here") != std::string::npos ||
                          copy.headers.find("secret result") != std::string::npos;
    EXPECT_TRUE(!readable || may_be_read(copy)) << place << ": " << copy.recipients[0];
  }
  EXPECT_EQ(filter.inner.editor.new_body.find("PHI is here"), std::string::npos) << place;
}

// A copy that was taken, and nobody knew, or nobody after the process that could not write it down:
// the one case in which there are two, marked, with one name.
bool unknowable(const Place& place) {
  const Trouble trouble = place.strikes.trouble();
  if (place.strikes.name() == "append") {
    return trouble == Trouble::dies_before || (place.restarted && trouble != Trouble::dies_after);
  }
  return place.strikes.name() == "send" &&
         (trouble == Trouble::done_and_no || trouble == Trouble::dies_after);
}

// The journal says of somebody's copy that it may be a second one.
bool in_doubt(const StruckFilter& filter, const std::string& path) {
  const auto& records = filter.inner.journal.records;
  return std::any_of(records.begin(), records.end(), [&path](const audit::Record& record) {
    return record.event == audit::Event::accepted &&
           std::any_of(record.recipients.begin(), record.recipients.end(),
                       [&path](const audit::RecipientRecord& recipient) {
                         return '<' + recipient.address + '>' == path &&
                                recipient.status.find(", in doubt") != std::string::npos;
                       });
  });
}

std::string message_id(const std::string& headers) {
  const auto at = headers.find("Message-ID:");
  return at == std::string::npos ? "" : headers.substr(at, headers.find('\r', at) - at);
}

void expect_one_copy(const StruckFilter& filter, const std::string& path, const Place& place) {
  std::set<std::string> names;
  std::size_t copies = 0;
  for (const auto& copy : filter.inner.sender.sent) {
    if (std::count(copy.recipients.begin(), copy.recipients.end(), path) > 0) {
      names.insert(message_id(copy.headers));
      ++copies;
    }
  }
  EXPECT_TRUE(copies == 1 || (copies == 2 && unknowable(place) && in_doubt(filter, path)))
      << place << ": " << path << " has " << copies;
  EXPECT_EQ(names.size(), 1U) << place << ": " << path;
}

void expect_noticed(const StruckFilter& filter, const Place& place) {
  for (const auto& [id, entry] : filter.inner.vault.entries) {
    EXPECT_TRUE(entry.noticed) << place << ": " << entry.recipient;
  }
}

void expect_delivered(const StruckFilter& filter, const Answer& answer, const Place& place) {
  if (answer.kind == Answer::Kind::accept) {
    // The MTA's own copy, edited or clean.
    EXPECT_TRUE(filter.inner.sender.sent.empty()) << place;
    EXPECT_EQ(filter.inner.editor.applied, std::string(place.mail.name) != "clean") << place;
    expect_noticed(filter, place);
    return;
  }
  ASSERT_EQ(answer.kind, Answer::Kind::discard) << place;
  for (const std::string& recipient : place.mail.recipients) {
    if (recipient != "held@x.example" && recipient != "no@x.example") {
      expect_one_copy(filter, '<' + recipient + '>', place);
    }
  }
  const bool holds =
      std::count(place.mail.recipients.begin(), place.mail.recipients.end(), "held@x.example") > 0;
  EXPECT_EQ(filter.inner.held.entries.size(), holds ? 1U : 0U) << place;
  expect_noticed(filter, place);
}

bool is_later(const Answer& answer) {
  return answer.kind == Answer::Kind::reply && smtp_reply(answer.reply).code / 100 == 4;
}

// One message, one strike, and as many tries as a client makes. False: there were not so many
// calls.
bool strike(const Mail& mail, int call, Trouble trouble, bool restart,
            std::set<std::string>& struck) {
  StruckFilter filter;
  Strikes strikes(call, trouble);
  const Place place{mail, strikes, call, restart};
  const auto message = [&] {
    return filter.inner.message(mail.recipients, mail.body, mail.more_header);
  };
  const auto first = filter.run(message(), strikes);
  if (!strikes.struck()) {
    return false;
  }
  struck.insert(strikes.name());
  expect_nothing_readable(filter, place);
  if (first && !is_later(*first)) {
    // It could go on without: what is not known is not taken for good news.
    expect_delivered(filter, *first, place);
    return true;
  }
  if (filter.heard_yes) {
    // Nobody comes again.
    expect_delivered(filter, {Answer::Kind::discard}, place);
    return true;
  }
  if (restart) {
    filter.start_again();
  }
  Strikes none(0, Trouble::transient);
  filter.inner.editor.applied = false;
  const auto second = filter.run(message(), none);
  EXPECT_TRUE(second && !is_later(*second)) << place << ": the retry";
  expect_nothing_readable(filter, place);
  if (second) {
    expect_delivered(filter, *second, place);
  }
  EXPECT_EQ(filter.inner.ledger->unfinished(), 0U) << place;
  return true;
}

TEST(FaultInjection, EachCallOfEachPortFailsOnce) {
  std::set<std::string> struck;
  for (const Mail& mail : kMails) {
    for (const Trouble trouble : kTroubles) {
      for (const bool restart : {false, true}) {
        int call = 1;
        while (strike(mail, call, trouble, restart, struck)) {
          ++call;
        }
        EXPECT_GT(call, 4) << mail.name << ": the strikes hit nothing";
      }
    }
  }
  for (const char* name : {"answer", "append", "append outcome", "mark noticed", "mta waits",
                           "batch read", "batch append", "aliases"}) {
    EXPECT_EQ(struck.count(name), 1U) << name;
  }
}

}  // namespace
}  // namespace phimilter::milter
