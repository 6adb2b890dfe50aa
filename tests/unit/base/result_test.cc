// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/ids.h"
#include "base/smtp_reply.h"

namespace phimilter {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) {
    return fail(permanent_fault("test.odd", "not even").with("number", std::to_string(number)));
  }
  return number / 2;
}

Result<int> quarter(int number) {
  auto first = half(number);
  if (!first) {
    return fail(first);
  }
  return half(*first);
}

TEST(Result, HandsAFaultOn) {
  EXPECT_EQ(quarter(8).value_or(0), 2);
  const auto odd = quarter(6);
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().describe(), "not even (test.odd number=3)");
}

TEST(Result, ABrokenAssumptionEndsTheProgram) {
  EXPECT_DEATH(require(false, "two and two"), "an assumption is broken, ending: two and two");
}

// RFC 5321 4.2, RFC 3463 2: the class digit of both codes agrees; smfi_setreply needs '%' doubled,
// so there is none.
TEST(SmtpReply, EveryReplyIsWellFormed) {
  std::set<Reply> seen;
  for (const SmtpReply& reply : all_smtp_replies()) {
    EXPECT_TRUE(seen.insert(reply.id).second);
    EXPECT_EQ(&smtp_reply(reply.id), &reply);
    EXPECT_EQ(std::to_string(reply.code / 100), reply.enhanced.substr(0, 1));
    EXPECT_LE(reply.text.size(), 400U);
    EXPECT_TRUE(std::all_of(reply.text.begin(), reply.text.end(),
                            [](char c) { return c >= ' ' && c < 0x7f && c != '%'; }));
  }
}

TEST(SmtpReply, OnlyAPermanentFaultIsPermanent) {
  EXPECT_EQ(smtp_reply(reply_for(transient_fault("extract.pool", ""))).code / 100, 4);
  EXPECT_EQ(smtp_reply(reply_for(configuration_fault("policy.load", ""))).code / 100, 4);
  EXPECT_EQ(smtp_reply(reply_for(bug_fault("x", ""))).code / 100, 4);
  EXPECT_EQ(smtp_reply(reply_for(permanent_fault("x", ""))).code / 100, 5);
}

// What fails at the disk says so to the client; a broken assumption of a room that has a disk does
// not.
TEST(SmtpReply, StorageIsWhatTheDiskRefused) {
  for (const char* id : {"escrow.write", "audit.journal_write", "audit.journal_sync", "file.sync",
                         "file.create", "spool.write"}) {
    EXPECT_EQ(reply_for(transient_fault(id, "")), Reply::try_later_storage) << id;
  }
  EXPECT_EQ(reply_for(transient_fault("smtp.lost", "")), Reply::try_later);
  EXPECT_EQ(reply_for(bug_fault("escrow.crypto", "")), Reply::try_later);
}

TEST(Ids, HoldOnlyTheirForm) {
  EXPECT_TRUE(QueueId::parse("4Zq2fJ1Kz6z9rxq"));
  EXPECT_TRUE(TokenId::parse(std::string(64, 'a')));
  EXPECT_TRUE(EscrowId::parse("00112233445566778899aabbccddeeff"));
  for (const char* text : {"", "../x", "a b", "a\nb"}) {
    EXPECT_FALSE(QueueId::parse(text)) << text;
  }
  EXPECT_FALSE(TokenId::parse(std::string(63, 'a')));
  EXPECT_FALSE(EscrowId::parse("00112233445566778899AABBCCDDEEFF"));
}

}  // namespace
}  // namespace phimilter
