// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "escrow/proof.h"
#include "escrow/support.h"

namespace phimilter::escrow {
namespace {

struct Case {
  const char* what;
  std::string value;
  std::string question, answer, recipient, language;
};

TEST(ProofHeader, IsReadInEveryForm) {
  const Case cases[] = {
      {"as documented",
       R"(question="Date of birth"; answer="1961-03-07"; rcpt="pat@example.org"; lang=es)",
       "Date of birth", "1961-03-07", "pat@example.org", "es"},
      {"without the optional ones", R"(question="Pet"; answer=Rex)", "Pet", "Rex", "", ""},
      {"any order, any case, any blanks",
       "  ANSWER = Rex ;Question= \"Pet\" ; RCPT=pat@example.org;Lang=EN ; ", "Pet", "Rex",
       "pat@example.org", "en"},
      {"folded", "question=\"Date of\r\n birth\";\r\n\tanswer=\"x\"", "Date of birth", "x", "", ""},
      {"quoted pairs", R"(question="The \"old\" name; \\ it"; answer="a\;b")",
       R"(The "old" name; \ it)", "a;b", "", ""},
      {"a semicolon and a parameter in quotes", R"(question="x; answer=y"; answer="z")",
       "x; answer=y", "z", "", ""},
      {"UTF-8 as it stands", "question=\"¿Año?\"; answer=1961; lang=es", "¿Año?", "1961", "", "es"},
      // The next two were made with Python 3.11: email.message.Message.add_header with a charset,
      // and by hand from RFC 2231 4.1.
      {"RFC 2231 charset", "question*=utf-8''%C2%BFA%C3%B1o%3F; answer=1961", "¿Año?", "1961", "",
       ""},
      {"RFC 2231 continuations",
       "question*0*=utf-8'es'%C2%BFSu; question*1=\" a\"; question*2*=%C3%B1o%3F; answer=1961",
       "¿Su año?", "1961", "", ""},
      {"a passphrase", "passphrase=\"blue kettle 7\"; lang=en",
       "The passphrase that the clinic gave you", "blue kettle 7", "", "en"},
      {"a passphrase in Spanish", "lang=es; passphrase=azul",
       "La frase de paso que le dio la clínica", "azul", "", "es"},
      {"an odd address", R"(question=q; answer=a; rcpt="\"odd one\"@example.org")", "q", "a",
       "\"odd one\"@example.org", ""},
  };
  for (const Case& test : cases) {
    const auto header = parse_proof_header(test.value);
    ASSERT_EQ(test::fault_of(header), "") << test.what;
    EXPECT_EQ(header->question, test.question) << test.what;
    EXPECT_EQ(header->answer.view(), test.answer) << test.what;
    EXPECT_EQ(header->recipient, test.recipient) << test.what;
    EXPECT_EQ(header->language, test.language) << test.what;
  }
}

TEST(ProofHeader, SaysWhatIsWrongAndNeverTheAnswer) {
  const std::string secret = "zanzibar";
  const struct {
    const char* what;
    std::string value;
    const char* says;
  } cases[] = {
      {"empty", "", "question"},
      {"no answer", "question=q", "answer"},
      {"no question", "answer=" + secret, "question"},
      {"empty answer", "question=q; answer=\"\"", "answer"},
      {"an answer of dots", "question=q; answer=\"...\"", "answer"},
      {"open quote", "question=q; answer=\"" + secret, "closing quote"},
      {"a passphrase and an answer", "passphrase=p; answer=" + secret, "not both"},
      {"a passphrase and a question", "question=q; passphrase=" + secret, "not both"},
      {"an empty passphrase", "passphrase=\"\"; rcpt=" + secret + "@x.example", "answer"},
      {"two answers", "question=q; answer=a; answer=" + secret, "twice"},
      {"no equals sign", "question=q; " + secret, "parameter 2"},
      {"unknown parameter", "question=q; answer=a; " + secret + "=1", "parameter 3"},
      {"a blank in a value", "question=q; answer=" + secret + " more", "semicolon"},
      {"a bad address", "question=q; answer=" + secret + "; rcpt=nobody", "rcpt"},
      {"another language", "question=q; answer=" + secret + "; lang=fr", "lang"},
      {"a continuation missing", "question*1=b; answer=" + secret, "continuation"},
      {"a continuation twice", "question*0=b; question*0=c; answer=" + secret, "twice"},
      {"too many continuations", "question*99=b; answer=" + secret, "parameter 1"},
      {"another charset", "question=q; answer*=iso-8859-1''" + secret, "RFC 2231"},
      {"half a percent sign", "question=q; answer*=utf-8''" + secret + "%2", "RFC 2231"},
      {"no charset", "question=q; answer*=" + secret, "RFC 2231"},
      {"a long question",
       "question=\"" + std::string(limits::kProofQuestion + 1, 'q') + "\"; answer=" + secret,
       "question"},
      {"a long answer", "question=q; answer=" + std::string(limits::kProofAnswer, 'x') + secret,
       "answer"},
      {"a very long header", "question=q; answer=\"" + std::string(20'000, 'x') + secret + "\"",
       "too long"},
      {"a control character", std::string("question=\"a\x01\"; answer=") + secret, "control"},
  };
  for (const auto& test : cases) {
    const auto header = parse_proof_header(test.value);
    ASSERT_FALSE(header.has_value()) << test.what;
    EXPECT_EQ(header.error().kind, FaultKind::permanent) << test.what;
    EXPECT_THAT(header.error().text, ::testing::HasSubstr(test.says)) << test.what;
    EXPECT_THAT(header.error().describe(), ::testing::Not(::testing::HasSubstr(secret)))
        << test.what;
  }
}

}  // namespace
}  // namespace phimilter::escrow
