// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "clinic.h"
#include "phictl/lexicon_sources.h"

namespace phimilter::phictl {
namespace {

using testing::HasSubstr;

// Lines of the official files, with their columns.
constexpr std::string_view kIcd10cm =
    "00001 A00     0 Cholera                                                      Cholera\r\n"
    "00004 A009    1 Cholera, unspecified                                         Cholera, "
    "unspecified\r\n"
    "09876 E119    1 Type 2 diabetes mellitus without complications               Type 2 diabetes "
    "mellitus without complications\r\n"
    "09877 E1169   1 Type 2 diabetes mellitus with other specified complication   Other specified "
    "diabetes mellitus\r\n"
    "70001 W6162XA 1 Struck by duck, initial encounter                            Struck by duck, "
    "initial encounter\r\n";

constexpr std::string_view kHcpcs =
    "A0080001003Non-emergency transportation, per mile - vehicle provided by volunteer           "
    "Noninterest escort in non er\n"
    "A0080002004(individual or organization), with no vested interest                            "
    "                            \n"
    "J0153001003Injection, adenosine, 1 mg (not to be used to report any adenosine phosphate     "
    "Adenosine inj 1mg           \n";

constexpr std::string_view kHcpcsCsv =
    "HCPC,SEQNUM,RECID,LONG DESCRIPTION,SHORT DESCRIPTION\n"
    "E0105,00100,3,\"Cane, quad or three prong, includes canes of all materials\",Cane\n";

constexpr std::string_view kDrugs =
    "ApplNo\tProductNo\tForm\tStrength\tReferenceDrug\tDrugName\tActiveIngredient\n"
    "000159\t001\tTABLET;ORAL\t500MG\t0\tGLUCOPHAGE\tMETFORMIN HYDROCHLORIDE\n"
    "000552\t001\tINJECTABLE\t20,000 UNITS/ML\t0\tLIQUAEMIN SODIUM\tHEPARIN SODIUM; WATER\n";

std::vector<std::string> names(const std::vector<ListedTerm>& terms) {
  std::vector<std::string> out;
  for (const ListedTerm& term : terms) {
    out.push_back(term.term + (term.flags.empty() ? "" : "/" + term.flags));
  }
  return out;
}

using Names = std::vector<std::string>;

TEST(LexiconSources, ConditionsAndTheirCodes) {
  const ImportedList list = read_icd10cm(kIcd10cm);
  EXPECT_TRUE(list.errors.empty());
  EXPECT_EQ(names(list.terms), (Names{"cholera", "cholera", "type 2 diabetes mellitus"}));
  EXPECT_EQ(list.codes, (Names{"A00", "A009", "A00.9", "E119", "E11.9", "E1169", "E11.69",
                               "W6162XA", "W61.62XA"}));
  EXPECT_EQ(list.left_out, 2U);
}

TEST(LexiconSources, ProceduresAndTheirCodes) {
  const ImportedList list = read_hcpcs(kHcpcs);
  EXPECT_TRUE(list.errors.empty());
  EXPECT_EQ(names(list.terms), (Names{"non-emergency transportation", "adenosine"}));
  EXPECT_EQ(list.codes, (Names{"A0080", "J0153"}));
  const ImportedList table = read_hcpcs(kHcpcsCsv);
  EXPECT_EQ(names(table.terms), (Names{"cane/A"}));
  EXPECT_EQ(table.codes, Names{"E0105"});
}

TEST(LexiconSources, DrugsWithAndWithoutTheirSalt) {
  const ImportedList list = read_drugsfda(kDrugs);
  EXPECT_EQ(names(list.terms),
            (Names{"glucophage", "metformin hydrochloride", "metformin", "liquaemin sodium",
                   "liquaemin", "heparin sodium", "heparin", "water/A"}));
}

TEST(LexiconSources, Names) {
  const ImportedList surnames = read_census(
      "name,rank,count,prop100k\nSMITH,1,2442977,828.19\nALL OTHER NAMES,0,29312001,1\n");
  EXPECT_EQ(names(surnames.terms), Names{"smith"});
  EXPECT_FALSE(surnames.given_names);
  const ImportedList given = read_census("Mary,F,7065\r\nAnna,F,2604\r\nMary,M,27\r\n");
  EXPECT_EQ(names(given.terms), (Names{"mary", "anna"}));
  EXPECT_TRUE(given.given_names);
}

TEST(LexiconSources, EveryBadLineIsNamed) {
  struct Case {
    ImportedList (*read)(std::string_view);
    std::string content;
    std::string error;
  };
  const std::vector<Case> cases{
      {read_icd10cm, std::string(kIcd10cm) + "A00 Cholera\n", "6: "},
      {read_icd10cm, "name,rank,count\n", "1: "},
      {read_hcpcs, "short\n", "1: "},
      {read_hcpcs, std::string(kHcpcsCsv) + "E0105,1,3,\"no end\n", "3: "},
      {read_drugsfda, "a\tb\n", "1: "},
      {read_drugsfda, std::string(kDrugs) + "000552\t001\n", "4: "},
      {read_census, "name,rank,count\nSMITH,1,\n", "2: "},
      {read_census, "Mary,X,7065\n", "1: "},
  };
  for (const Case& row : cases) {
    const ImportedList list = row.read(row.content);
    ASSERT_EQ(list.errors.size(), 1U) << row.content;
    EXPECT_TRUE(list.errors[0].starts_with(row.error)) << list.errors[0];
  }
}

TEST(LexiconImport, WhatItSaysToWriteWorks) {
  const test::TempFolder folder;
  const Ran ran = run({"lexicon", "import", "icd10cm", "-", "--output", folder.path("i.lexicon")},
                      std::string(kIcd10cm));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("3 terms"));
  EXPECT_THAT(ran.out, HasSubstr("9 codes"));
  const std::string advice = ran.out.substr(ran.out.find("[[detector]]"));
  const std::string rules = folder.write("rules.toml", "format = 1\n" + advice + R"(
[[test]]
name = "a term"
text = "likely CHOLERA"
classes = ["health.condition"]
[[test]]
name = "a code"
text = "code E11.9 and J45.9"
classes = ["health.code"]
[[test]]
name = "no code"
text = "code J45.909"
no_classes = ["health.code"]
)");
  const Ran tested = run({"policy", "test", rules}, "");
  EXPECT_EQ(tested.code, 0) << tested.out << tested.err;
}

TEST(LexiconImport, RefusesTheWrongFileAndWritesNothing) {
  const test::TempFolder folder;
  const Ran ran = run({"lexicon", "import", "icd10cm", "-", "--output", folder.path("i.lexicon")},
                      std::string(kDrugs));
  EXPECT_NE(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("-:1: "));
  EXPECT_FALSE(std::filesystem::exists(folder.path("i.lexicon")));
}

}  // namespace
}  // namespace phimilter::phictl
