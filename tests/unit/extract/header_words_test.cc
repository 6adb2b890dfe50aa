// SPDX-License-Identifier: Apache-2.0
#include "extract/header_words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace phimilter::extract {
namespace {

TEST(HeaderWords, DecodesAsReadersDo) {
  struct Case {
    const char* raw;
    const char* text;
  };
  const Case cases[] = {
      // The examples of RFC 2047 8.
      {"(=?ISO-8859-1?Q?a?=)", "(a)"},
      {"(=?ISO-8859-1?Q?a?= b)", "(a b)"},
      {"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"},
      {"(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)", "(ab)"},
      {"(=?ISO-8859-1?Q?a_b?=)", "(a b)"},
      {"=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"},
      {"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n "
       "=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
       "If you can read this you understand the example."},
      // RFC 2231 5: a language.
      {"=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"},
      {" plain  text ", "plain  text"},
      {"=?utf-8?Q?unclosed", "=?utf-8?Q?unclosed"},
      {"=?utf-8?X?what?=", "=?utf-8?X?what?="},
      {"a=?utf-8?q?=C3=A9?=b", "aéb"},
      {"=?utf-8?q?two words?= three", "two words three"},
      {"=?utf-8?q?a=0Ab?=", "a b"},
      {"1 = 2 =3 ==", "1 = 2 =3 =="},
      {"", ""},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(decode_header_value(test.raw), test.text) << test.raw;
  }
}

TEST(HeaderWords, LeavesTraceAndStructureOut) {
  EXPECT_EQ(
      header_lines("Received: from a\r\n by b\r\nSUBJECT: x\r\n y\r\nARC-Seal: z\r\nContent-Type: "
                   "text/plain\r\nX-Patient : =?utf-8?q?=C3=A9?=\r\nno field\r\n"),
      "SUBJECT: x y\nX-Patient: é\nno field\n");
  EXPECT_EQ(header_lines(""), "");
}

TEST(Parameters, OfEveryKind) {
  using Values = std::vector<std::string>;
  struct Case {
    const char* field;
    Values values;
  };
  const Case cases[] = {
      {"attachment; filename=a.txt", {"a.txt"}},
      {"attachment; FileName=\"a;\\\"b\\\".txt\"; size=3", {"a;\"b\".txt"}},
      {"attachment; filename=two words.txt ; x=y", {"two words.txt"}},
      {"attachment; filename==?utf-8?q?=C3=A9.txt?=", {"é.txt"}},
      // The example of RFC 2231 4.1.
      {"application/x-stuff; filename*0*=us-ascii'en'This%20is%20even%20more%20;\r\n "
       "filename*1*=%2A%2A%2Afun%2A%2A%2A%20; filename*2=\"isn't it!\"",
       {"This is even more ***fun*** isn't it!"}},
      {"a; filename*1=b; filename*0=a", {"ab"}},
      {"a; filename=x; filename*=utf-8''%C3%A9", {"x", "é"}},
      {"a; filename=one; filename=two", {"one", "two"}},
      {"a; filename", {}},
      {"a; filename*99999999999=x", {"x"}},
      {"a", {}},
      {"a; filename=\"unclosed", {"unclosed"}},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(parameter_values(test.field, "filename"), test.values) << test.field;
  }
}

}  // namespace
}  // namespace phimilter::extract
