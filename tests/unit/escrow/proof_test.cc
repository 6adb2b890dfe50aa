// SPDX-License-Identifier: Apache-2.0
#include "escrow/proof.h"

#include <argon2.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "escrow/support.h"

namespace phimilter::escrow {
namespace {

using test::fault_of;

std::string normalised(std::string_view answer) {
  return std::string(normalise_answer(answer).view());
}
Secret secret(std::string_view text) {
  return Secret(text);
}

TEST(NormaliseAnswer, ADateIsTheSameInEverySpelling) {
  for (const char* spelling : {"3/7/1961",
                               "03/07/1961",
                               "3-7-1961",
                               "3.7.1961",
                               "3 7 1961",
                               " 3 / 7 / 1961 ",
                               "3/7/61",
                               "1961-03-07",
                               "1961/3/7",
                               "1961.03.07",
                               "19610307",
                               "03071961",
                               "March 7, 1961",
                               "march 7 1961",
                               "MARCH 7TH, 1961",
                               "Mar. 7 1961",
                               "7 Mar 1961",
                               "7-Mar-1961",
                               "07MAR1961",
                               "7th of March 1961",
                               "the 7th of March, 1961",
                               "Tuesday, March 7, 1961",
                               "1961 March 7",
                               "7 de marzo de 1961",
                               "7 de Marzo del 1961",
                               "el 7 de marzo de 1961",
                               "marzo 7, 1961",
                               "martes, 7 de marzo de 1961",
                               "7/marzo/61",
                               "7º de marzo de 1961",
                               "\xEF\xBC\x93/\xEF\xBC\x97/1961",
                               "(3/7/1961)",
                               "3/7/1961."}) {
    EXPECT_EQ(normalised(spelling), "19610307") << spelling;
  }
}

// A number that could be a date is the same number however its digits are grouped.
TEST(NormaliseAnswer, EightDigitsAreTheSameInEveryGrouping) {
  for (const char* digits : {"01021980", "19800102", "12345678", "20261231", "31121999"}) {
    const std::string run(digits);
    for (const std::string& typed :
         {run.substr(0, 4) + " " + run.substr(4), run.substr(0, 2) + "-" + run.substr(2),
          run.substr(0, 3) + " " + run.substr(3, 3) + " " + run.substr(6)}) {
      EXPECT_EQ(normalised(typed), normalised(run)) << typed;
    }
  }
}

TEST(NormaliseCode, IsNoDate) {
  for (const char* typed : {"01021980", "0102 1980", " 01-02-1980\n",
                            "\xEF\xBC\x90"
                            "1021980"}) {
    EXPECT_EQ(std::string(normalise_code(typed).view()), "01021980") << typed;
  }
  EXPECT_EQ(std::string(normalise_code("Ab 1-2").view()), "ab12");
}

TEST(NormaliseAnswer, MonthsInTwoLanguages) {
  const struct {
    const char* spelling;
    const char* wanted;
  } cases[] = {
      {"1 enero 1970", "19700101"},
      {"2 ene 1970", "19700102"},
      {"28 de febrero de 1970", "19700228"},
      {"29 Feb 2000", "20000229"},
      {"1 abril 1970", "19700401"},
      {"1 mayo 1970", "19700501"},
      {"May 1st 1970", "19700501"},
      {"junio 2, 1970", "19700602"},
      {"3 jul 1970", "19700703"},
      {"4 de agosto de 1970", "19700804"},
      {"Sept 5, 1970", "19700905"},
      {"5 de septiembre de 1970", "19700905"},
      {"5 de setiembre de 1970", "19700905"},
      {"6 OCTUBRE 1970", "19701006"},
      {"7 noviembre 1970", "19701107"},
      {"8 dic 1970", "19701208"},
      {"Dec 31 1999", "19991231"},
      {"domingo 9 de diciembre de 1962", "19621209"},
      {"miércoles, 22 de enero de 1969", "19690122"},
      {"22nd January 1969", "19690122"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(normalised(test.spelling), test.wanted) << test.spelling;
  }
}

TEST(NormaliseAnswer, TheMonthComesFirstWhereItCould) {
  EXPECT_EQ(normalised("12/10/1961"), "19611210");
  EXPECT_EQ(normalised("13/10/1961"), "19611013");
  EXPECT_EQ(normalised("25.12.1961"), "19611225");
  EXPECT_EQ(normalised("1/2/05"), "20050102");
  EXPECT_EQ(normalised("1/2/30"), "19300102");
}

std::string readings(std::string_view answer) {
  std::string all;
  for (const Secret& reading : answer_readings(answer)) {
    all += (all.empty() ? "" : " ") + std::string(reading.view());
  }
  return all;
}

TEST(AnswerReadings, ADateThatCouldBeTwoIsReadBothWays) {
  const struct {
    const char* answer;
    const char* wanted;
  } cases[] = {
      {"3/7/1961", "19610307 19610703"},
      {"07.03.1961", "19610703 19610307"},
      {"03071961", "19610307 19610703"},
      {"3/7/61", "19610307 19610703"},
      {"3/3/1961", "19610303"},
      {"25/12/1961", "19611225"},
      {"1961-03-07", "19610307"},
      {"1961.3.7", "19610307"},
      {"7 de marzo de 1961", "19610307"},
      {"March 7th, 1961", "19610307"},
      {"March the 7th 1961", "19610307"},
      {"\xD9\xA3/\xD9\xA7/\xD9\xA1\xD9\xA9\xD9\xA6\xD9\xA1", "19610307 19610703"},  // Arabic-Indic
      {"Blue Kettle", "bluekettle"},
      {"", ""},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(readings(test.answer), test.wanted) << test.answer;
  }
}

TEST(NormalisePassphrase, KeepsCaseAndOneSpace) {
  const struct {
    const char* given;
    const char* wanted;
    std::size_t characters;
  } cases[] = {
      {"  Blue   kettle\t7 ", "Blue kettle 7", 13},
      {"Jose\xCC\x81", "Jos\xC3\xA9", 4},
      {"\xEF\xBC\xA1\xEF\xBC\x91", "A1", 2},
      {"   ", "", 0},
  };
  for (const auto& test : cases) {
    const Secret normalised = normalise_passphrase(test.given);
    EXPECT_EQ(normalised.view(), test.wanted) << test.given;
    EXPECT_EQ(length_in_characters(normalised), test.characters) << test.given;
  }
}

TEST(NormaliseAnswer, WhatIsNoDateKeepsItsLettersAndDigits) {
  const struct {
    const char* answer;
    const char* wanted;
  } cases[] = {
      {"Rex", "rex"},
      {"  Main   Street 12a ", "mainstreet12a"},
      {"O'Brien-Smith", "obriensmith"},
      {"JOSÉ", "josé"},
      {"Jose\xCC\x81", "josé"},
      {"jos\xE9", "josé"},  // Latin-1
      {"Straße", "strasse"},
      {"ÑANDÚ", "ñandú"},
      {"jose", "jose"},
      {"555-12-1234", "555121234"},
      {"2/30/1961", "2301961"},
      {"13/13/1961", "13131961"},
      {"0/7/1961", "071961"},
      {"March 1961", "march1961"},
      {"March 7", "march7"},
      {"7 March 1961 Rex", "7march1961rex"},
      {"march may 7 1961", "marchmay71961"},
      {"1234567890123", "1234567890123"},
      {"", ""},
      {" ... ", ""},
      {"+1 (555) 010-9999", "+15550109999"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(normalised(test.answer), test.wanted) << test.answer;
  }
}

// The kept hash, checked by libargon2's own verifier over HMAC as base/ makes it (which has RFC
// 4231's vectors).
TEST(HashAnswer, IsArgon2idOverThePepperedAnswer) {
  const Secret pepper = secret("a pepper of the clinic, 32 bytes");
  const auto hash = hash_answer(secret("19610307"), pepper);
  ASSERT_EQ(fault_of(hash), "");
  const auto parts = split(*hash, '$');
  ASSERT_EQ(parts.size(), 6u);
  EXPECT_EQ(parts[1], "phi-argon2id");
  EXPECT_EQ(parts[3], "m=19456,t=2,p=1");
  const auto standard = [](std::string_view text) {
    std::string out = base64(*unbase64url(text));
    out.erase(out.find_last_not_of('=') + 1);
    return out;
  };
  const std::string encoded = "$argon2id$v=19$" + std::string(parts[3]) + "$" + standard(parts[4]) +
                              "$" + standard(parts[5]);
  const auto peppered = phimilter::test::run_program(
      "openssl dgst -sha256 -hmac 'a pepper of the clinic, 32 bytes' -binary | od -An -v -tx1 | tr "
      "-d ' \\n'",
      "19610307");
  const auto bytes = unhex(peppered.output);
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(argon2id_verify(encoded.c_str(), bytes->data(), bytes->size()), ARGON2_OK);
}

TEST(HashAnswer, RightWrongAndOtherPepper) {
  const Secret pepper = secret("pepper"), other = secret("other pepper");
  const auto hash = hash_answer(normalise_answer("March 7, 1961"), pepper);
  ASSERT_EQ(fault_of(hash), "");
  EXPECT_EQ(*check_answer(normalise_answer("7 de marzo de 1961"), pepper, *hash), 1);
  EXPECT_EQ(*check_answer(normalise_answer("March 8, 1961"), pepper, *hash), 0);
  EXPECT_EQ(*check_answer(normalise_answer(""), pepper, *hash), 0);
  EXPECT_EQ(*check_answer(normalise_answer("March 7, 1961"), other, *hash), 0);
  EXPECT_NE(*hash, *hash_answer(normalise_answer("March 7, 1961"), pepper));
  EXPECT_EQ(hash_answer(normalise_answer("?"), pepper).error().kind, FaultKind::permanent);
}

TEST(HashAnswer, OldParametersStillCheck) {
  const Secret pepper = secret("pepper");
  const Sha256 peppered = hmac_sha256(pepper.span(), as_bytes("rex"));
  const std::string salt = "0123456789abcdef";
  std::array<std::uint8_t, 32> hash{};
  ASSERT_EQ(argon2id_hash_raw(1, 64, 2, peppered.data(), peppered.size(), salt.data(), salt.size(),
                              hash.data(), hash.size()),
            ARGON2_OK);
  const std::string stored =
      "$phi-argon2id$v=1$m=64,t=1,p=2$" + base64url(as_bytes(salt)) + "$" + base64url(hash);
  EXPECT_EQ(*check_answer(secret("rex"), pepper, stored), 1);
  EXPECT_EQ(*check_answer(secret("max"), pepper, stored), 0);
}

TEST(HashAnswer, WhatIsNoHashIsAConfigurationFault) {
  const std::string tail = "$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
  const Secret answer = secret("rex"), pepper = secret("pepper");
  ASSERT_EQ(fault_of(check_answer(answer, pepper, "$phi-argon2id$v=1$m=64,t=1,p=1" + tail)), "");
  for (const std::string& hash :
       {std::string(), std::string("rex"), "$argon2id$v=19$m=64,t=1,p=1" + tail,
        "$phi-argon2id$v=2$m=64,t=1,p=1" + tail, "$phi-argon2id$v=1$m=64,t=1" + tail,
        "$phi-argon2id$v=1$t=1,m=64,p=1" + tail, "$phi-argon2id$v=1$m=0,t=1,p=1" + tail,
        "$phi-argon2id$v=1$m=999999999,t=1,p=1" + tail, "$phi-argon2id$v=1$m=64,t=999,p=1" + tail,
        "$phi-argon2id$v=1$m=64x,t=1,p=1" + tail,
        std::string("$phi-argon2id$v=1$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAA"),
        std::string(
            "$phi-argon2id$v=1$m=64,t=1,p=1$AAAA$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"),
        "$phi-argon2id$v=1$m=64,t=1,p=1" + tail + "$"}) {
    const auto checked = check_answer(answer, pepper, hash);
    ASSERT_FALSE(checked.has_value()) << hash;
    EXPECT_EQ(checked.error().kind, FaultKind::configuration) << hash;
  }
}

}  // namespace
}  // namespace phimilter::escrow
