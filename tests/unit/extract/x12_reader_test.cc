// SPDX-License-Identifier: Apache-2.0
//
// Transactions are written by hand after the 005010 implementation guides; nobody in them is real.
#include "extract/x12_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "extract/record_labels.h"
#include "extract/recorded_reading.h"

namespace phimilter::extract {
namespace {

const std::string kEnvelope =
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240105*1253*^*00501*"
    "000000905*1*T*:~";
const std::string kClaim =
    "GS*HC*SENDER*RECEIVER*20240105*0802*1*X*005010X222A1~ST*837*0021*005010X222A1~"
    "NM1*41*2*PLAINS BILLING*****46*999~PER*IC*CARLA CLERK*TE*3015550100~HL*1**20*1~"
    "NM1*85*1*WELBY*MARCUS****XX*1003000126~N3*1 CLINIC WAY~N4*OMAHA*NE*68101~REF*SY*987654321~"
    "HL*2*1*22*1~SBR*P**GRP-5*GOLD PPO*****CI~NM1*IL*1*DOE*ANN*B**JR*MI*XYZ998877~"
    "N3*12 OAK ST*APT 4~N4*OMAHA*NE*68117~DMG*D8*19550607*F~REF*SY*123121234~"
    "NM1*PR*2*BLUE PLAINS*****PI*11122~HL*3*2*23*0~PAT*19~NM1*QC*1*DOE*JANE*Q~"
    "DMG*D8*20110502*F~REF*EA*MR-5512~PER*IC*ANN DOE*HP*4025550120*EM*ann@home.example~"
    "CLM*ACCT-26463774*100***11:B:1*Y*A*Y*I~HI*ABK:J4520*ABF:R05~LX*1~SV1*HC:99213:25*70.5*UN*1~"
    "DTP*472*RD8*20240101-20240103~NTE*ADD*Cough for two weeks~SE*30*0021~";
const std::string kTrailer = "GE*1*1~IEA*1*000000905~";

struct Case {
  const char* what;
  std::string_view label;
  std::string_view value;
};

TEST(X12Reader, NamesThePartiesAndTheClaim) {
  const Case kCases[] = {
      {"NM1*IL", label::kInsuredName, "DOE, ANN B JR"},
      {"NM109", label::kMemberId, "XYZ998877"},
      {"N3 N4", label::kAddress, "12 OAK ST, APT 4, OMAHA, NE 68117"},
      {"DMG", label::kBirthDate, "1955-06-07"},
      {"REF*SY", label::kSocialSecurityNumber, "123-12-1234"},
      {"NM1*QC", label::kPatientName, "DOE, JANE Q"},
      {"REF*EA", label::kMedicalRecordNumber, "MR-5512"},
      {"PER HP", label::kPhone, "402-555-0120"},
      {"PER EM", label::kEmail, "ann@home.example"},
      {"CLM01", label::kAccountNumber, "ACCT-26463774"},
      {"CLM02", label::kAmount, "100"},
      {"HI ABK", label::kDiagnosis, "J45.20"},
      {"HI ABF, no point", label::kDiagnosis, "R05"},
      {"SV1", label::kProcedure, "99213"},
      {"DTP RD8", label::kServiceDate, "2024-01-01 - 2024-01-03"},
      {"NM1*85", label::kProvider, "WELBY, MARCUS"},
      {"NM1*PR", label::kInsurer, "BLUE PLAINS"},
      {"SBR03", label::kGroupNumber, "GRP-5"},
      {"NTE", label::kNote, "Cough for two weeks"},
  };
  const std::string text = kEnvelope + kClaim + kTrailer;
  const RecordedReading read = reading_of(read_x12, text_document(text));
  for (const Case& each : kCases) {
    EXPECT_TRUE(read.has(each.label, each.value)) << each.what << "\n" << read.said;
  }
  // The provider's address and number are no patient's.
  EXPECT_EQ(read.said.find("CLINIC WAY"), std::string::npos);
  EXPECT_EQ(read.said.find("987-65-4321"), std::string::npos);
  // The dependent is a record of its own.
  EXPECT_NE(read.said.find("\n\nPatient name\tDOE, JANE Q\n"), std::string::npos) << read.said;
}

TEST(X12Reader, ReadsEveryTransaction) {
  const struct {
    const char* what;
    std::string body;
    std::string_view label;
    std::string_view value;
  } kCases[] = {
      {"834 member",
       "INS*Y*18*021*20*A***FT~REF*0F*MEM-1~NM1*IL*1*ROE*RICHARD****34*123121234~"
       "HD*021**HLT*GOLD~",
       label::kSocialSecurityNumber, "123-12-1234"},
      {"834 plan", "INS*Y*18*021~HD*021**HLT*GOLD~", label::kInsurancePlan, "HLT GOLD"},
      {"835 claim",
       "LX*1~CLP*ACC5*1*211.0*138*0*12*PAYER7~NM1*QC*1*ROE*RICHARD****MI*M77~"
       "SVC*HC:99214*100*80~DTM*472*20240103~",
       label::kClaimNumber, "PAYER7"},
      {"835 service", "CLP*ACC5*1*211.0*138~SVC*HC:99214*100*80~", label::kProcedure, "99214"},
      {"835 payment", "BPR*I*1222*C*CHK************20240105~", label::kPaidAmount, "1222"},
      {"270 subscriber", "HL*3*2*22*0~NM1*IL*1*ROE*RICHARD****MI*M77~DMG*D8*19570211~",
       label::kInsuredName, "ROE, RICHARD"},
      {"271 message", "HL*3*2*22*0~EB*1*IND*30**GOLD PPO~MSG*See plan~", label::kInsurancePlan,
       "GOLD PPO"},
      {"277 status", "HL*4*3*PT~NM1*QC*1*ROE*RICHARD****MI*M77~STC*A2:20*20240104*WQ*125~",
       label::kAmount, "125"},
      {"278 diagnosis", "HL*4*3*23~NM1*QC*1*ROE*RICHARD~HI*BF:41090~", label::kDiagnosis, "410.90"},
      {"837 self", "HL*2*1*22*0~SBR*P*18~NM1*IL*1*ROE*RICHARD****MI*M77~", label::kPatientName,
       "ROE, RICHARD"},
      {"institutional", "HL*2*1*22*0~SV2*0300*HC:81000*120*UN*1~", label::kProcedure, "81000"},
      {"drug", "LIN**N4*00093104801~", label::kMedication, "NDC 00093104801"},
      {"qualifier as an element", "HI*BK*8901*BF*87200~", label::kDiagnosis, "890.1"},
  };
  for (const auto& each : kCases) {
    const std::string text = kEnvelope + "ST*000*1~" + each.body + "SE*1*1~" + kTrailer;
    const RecordedReading read = reading_of(read_x12, text_document(text));
    EXPECT_TRUE(read.has(each.label, each.value)) << each.what << "\n" << read.said;
  }
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string cut_at(const std::string& text, std::size_t width) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += width) {
    out += text.substr(at, width) + '\n';
  }
  return out;
}

TEST(X12Reader, KnowsInterchangesHoweverTheyTravel) {
  const std::string all = kEnvelope + kClaim + kTrailer;
  const struct {
    const char* what;
    std::string text;
  } kCases[] = {
      {"one line", all},
      {"a line each", replaced(all, "~", "~\n")},
      {"CRLF", replaced(all, "~", "~\r\n")},
      {"line feed as terminator", replaced(all, "~", "\n")},
      {"other separators", replaced(replaced(all, "*", "|"), ":", ">")},
      {"cut at column 80", cut_at(all, 80)},
      {"in a body", "Hi,\n\nplease resend:\n\n" + replaced(all, "~", "~\n") + "\nThanks\n"},
      {"quoted", "> " + replaced(all, "~", "~\n> ")},
      {"two interchanges", kEnvelope + kTrailer + replaced(all, "*", "+")},
      {"from GS", kClaim},
      {"from ST", kClaim.substr(kClaim.find("ST*"))},
      {"from the middle",
       "It says:\n" + replaced(kClaim.substr(kClaim.find("NM1*IL")), "~", "~\n")},
  };
  for (const auto& each : kCases) {
    const Document document = text_document(each.text);
    EXPECT_TRUE(is_x12(document)) << each.what;
    const RecordedReading read = reading_of(read_x12, document);
    EXPECT_TRUE(read.has(label::kPatientName, "DOE, JANE Q")) << each.what << "\n" << read.said;
    EXPECT_TRUE(read.has(label::kInsuredName, "DOE, ANN B JR")) << each.what << "\n" << read.said;
    EXPECT_TRUE(read.has(label::kAccountNumber, "ACCT-26463774")) << each.what;
    EXPECT_TRUE(read.has(label::kDiagnosis, "J45.20")) << each.what << "\n" << read.said;
  }
}

TEST(X12Reader, ToldFromOtherText) {
  for (const char* text :
       {"", "ISA", "ISA*", "ISA Server 2006 * and more", "ST*", "ST*123*4", "NM1*IL*3*",
        "Visa*1*2*3*4*5*6*7*8*9*0*1*2*3*4*5*:~", "a * b * c ~ d", "The 837 goes out on Monday"}) {
    EXPECT_FALSE(is_x12(text_document(text))) << text;
  }
}

TEST(X12Reader, SurvivesWhatIsNoInterchange) {
  const std::string bait[] = {kEnvelope,
                              kEnvelope + std::string(200'000, '*'),
                              kEnvelope + std::string(200'000, '~'),
                              kEnvelope + "HI" + std::string(100'000, ':'),
                              kEnvelope + "NM1*~N4~DTP*472~DTP*472*RD8*-~PER~HL~CLM~HI*~SV1~REF~",
                              "ISA*1*2*3*4*5*6*7*8*9*0*1*2*3*4*5*",
                              "ISA*1*2*3*4*5*6*7*8*9*0*1*2*3*4*5*:"};
  for (const std::string& text : bait) {
    reading_of(read_x12, text_document(text));
  }
  RecordedReading full;
  full.full_at = 1;
  const std::string text = kEnvelope + kClaim;
  read_x12(text_document(text), full);
  EXPECT_EQ(full.said, "Organization\tPLAINS BILLING\n");
}

}  // namespace
}  // namespace phimilter::extract
