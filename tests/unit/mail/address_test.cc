// SPDX-License-Identifier: Apache-2.0
#include "mail/address.h"

#include <gtest/gtest.h>

#include "mail/envelope.h"

namespace phimilter::mail {
namespace {

TEST(Address, OneMailboxHasOneKeyHoweverItIsSpelled) {
  struct Case {
    const char* text;
    const char* key;
  };
  const Case cases[] = {
      {"<jane@clinic.example>", "jane@clinic.example"},
      {"Jane@Clinic.Example", "jane@clinic.example"},
      {"<@relay.example,@other.example:jane@clinic.example>", "jane@clinic.example"},
      {"<\"jane\"@clinic.example>", "jane@clinic.example"},
      {"\"ja\\ne\"@clinic.example", "jane@clinic.example"},
      {"<\"jane doe\"@clinic.example>", "jane doe@clinic.example"},
      {"\"a@b\"@clinic.example", "a@b@clinic.example"},
      {"jane@clinic.example.", "jane@clinic.example"},
      {"j\xc3\xb6@clinic.example", "j\xc3\xb6@clinic.example"},
      {"jane@[192.0.2.1]", "jane@[192.0.2.1]"},
      {" jane@clinic.example ", "jane@clinic.example"},
  };
  for (const Case& c : cases) {
    const auto address = Address::parse(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(address->key(), c.key);
  }
}

TEST(Address, RefusesWhatIsNone) {
  const std::string too_long = std::string(400, 'a') + "@clinic.example";
  for (const std::string& text :
       {std::string(), std::string("<>"), std::string("jane"), std::string("jane@"),
        std::string("@clinic.example"), std::string("a b@clinic.example"),
        std::string("jane@cli nic.example"), std::string("jane@clinic..example"),
        std::string("\"jane@clinic.example"), std::string("jane@clinic.example\r\nRCPT TO:<x@y>"),
        std::string("<a@b>,<c@d>"), too_long}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
}

// RFC 5322 appendix A.1 to A.6, and what mail programs write.
TEST(Mailboxes, OfAHeader) {
  struct Case {
    const char* header;
    std::vector<std::pair<std::string, std::string>> expected;
  };
  const Case cases[] = {
      {" Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
       {{"Mary Smith", "mary@x.test"}, {"", "jdoe@example.org"}, {"Who?", "one@y.test"}}},
      {" \"Joe Q. Public\" <john.q.public@example.com>",
       {{"Joe Q. Public", "john.q.public@example.com"}}},
      {" \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
       {{"Giant; \"Big\" Box", "sysservices@example.net"}}},
      {" A Group:Ed Jones <joe@where.test>,joe@where.test,John <jdoe@one.test>;",
       {{"Ed Jones", "joe@where.test"}, {"", "joe@where.test"}, {"John", "jdoe@one.test"}}},
      {" Undisclosed recipients:;", {}},
      {" Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", {}},
      {" =?utf-8?B?SsO8cmdlbg==?= =?ISO-8859-1?Q?_M=FCller?= <j@x.test>",
       {{"J\xc3\xbcrgen M\xc3\xbcller", "j@x.test"}}},
      {"\r\n a@x.test,\r\n\tb@x.test", {{"", "a@x.test"}, {"", "b@x.test"}}},
      {" Doe, Jane <jane@x.test>", {{"Jane", "jane@x.test"}}},
      {" \"a,b\"@x.test", {{"", "a,b@x.test"}}},
      {" a@x.test; b@x.test", {{"", "a@x.test"}, {"", "b@x.test"}}},
      {"", {}},
  };
  for (const Case& c : cases) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const Mailbox& mailbox : mailboxes(c.header)) {
      found.emplace_back(mailbox.display_name, mailbox.address.key());
    }
    EXPECT_EQ(found, c.expected) << c.header;
  }
}

TEST(DomainListed, ExactOrBelow) {
  EXPECT_TRUE(domain_listed("clinic.example", {"Clinic.Example"}));
  EXPECT_FALSE(domain_listed("lab.clinic.example", {"clinic.example"}));
  EXPECT_TRUE(domain_listed("lab.clinic.example", {".clinic.example"}));
  EXPECT_FALSE(domain_listed("clinic.example", {".clinic.example"}));
  EXPECT_FALSE(domain_listed("evilclinic.example", {".clinic.example", "clinic.example"}));
}

TEST(Envelope, ArgumentsAreFoundWithoutCase) {
  const std::vector<std::string> arguments{"BODY=8BITMIME", "SMTPUTF8", "ret=HDRS"};
  EXPECT_EQ(Envelope::argument(arguments, "body"), "8BITMIME");
  EXPECT_EQ(Envelope::argument(arguments, "SMTPUTF8"), "");
  EXPECT_EQ(Envelope::argument(arguments, "RET"), "HDRS");
  EXPECT_FALSE(Envelope::argument(arguments, "ENVID"));
}

}  // namespace
}  // namespace phimilter::mail
