// SPDX-License-Identifier: Apache-2.0
//
// Messages are written by hand after HL7 v2.5.1; nobody in them is real.
#include "extract/hl7_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "extract/record_labels.h"
#include "extract/recorded_reading.h"

namespace phimilter::extract {
namespace {

const std::string kMessage =
    "MSH|^~\\&|LAB|NORTH|EHR|SOUTH|20240105||ORU^R01|77|P|2.5.1\r"
    "PID|1|991^^^OLD^PI|0042117^^^NORTH^MR~365506539^^^SSA^SS||DOE^JANE^Q^JR||19570211|F|DAY^JANE|"
    "|12 OAK ST&OAK ST&12^APT 4^OMAHA^NE^68117^US||6175550184^PRN^PH^jane@home.example~"
    "^PRN^CP^^1^402^5550119|||||ACC-77|||||||||||20240101\r"
    "NK1|1|DOE^MARK^^^||12 OAK ST^^OMAHA^NE^68117|4025550120\r"
    "GT1|1|8811|DOE^ANN||9 ELM RD^^OMAHA^NE^68118|4025550121||19550607|F|||123121234\r"
    "IN1|1|PPO^Gold PPO|77|BLUE PLAINS INSURANCE||||GRP-5||||||||DOE^JANE^Q|SEL|19570211|||||||||"
    "|||||||||POL99812\r"
    "PV1|1|I|4W^412||||1003000126^WELBY^MARCUS^^^DR||||||||||||V-4471\r"
    "DG1|1||E11.9^Type 2 diabetes mellitus^I10\r"
    "OBR|1|ORD5|ACC9|24323-8^Metabolic panel^LN|||20240104\r"
    "OBX|1|NM|2345-7^Glucose^LN||182|mg/dL|70-99|H|||F\r"
    "OBX|2|TX|8251-1^Comment^LN||Sees Dr. \\T\\ co \\F\\ weekly\\.br\\stable||||||F\r"
    "AL1|1|DA|70618^Penicillin^RXNORM|SV|Hives\r"
    "RXE|^^^20240105|860975^metformin 500 mg^RXNORM|500||mg||Take twice daily||||||||RX-8832\r"
    "NTE|1||Call the daughter first\r";

struct Case {
  const char* what;
  std::string_view label;
  std::string_view value;
};

TEST(Hl7Reader, NamesEveryFieldThatMatters) {
  const Case kCases[] = {
      {"PID-2", label::kPatientId, "991"},
      {"PID-3, record number", label::kMedicalRecordNumber, "0042117"},
      {"PID-3, by its type", label::kSocialSecurityNumber, "365-50-6539"},
      {"PID-5", label::kPatientName, "DOE, JANE Q JR"},
      {"PID-9, another name", label::kPatientName, "DAY, JANE"},
      {"PID-7", label::kBirthDate, "1957-02-11"},
      {"PID-11", label::kAddress, "12 OAK ST OAK ST 12, APT 4, OMAHA, NE 68117, US"},
      {"PID-13", label::kPhone, "617-555-0184"},
      {"PID-13, second", label::kPhone, "1 402 5550119"},
      {"PID-13.4", label::kEmail, "jane@home.example"},
      {"PID-18", label::kAccountNumber, "ACC-77"},
      {"PID-29", label::kDeathDate, "2024-01-01"},
      {"NK1-2", label::kRelativeName, "DOE, MARK"},
      {"GT1-3", label::kGuarantorName, "DOE, ANN"},
      {"GT1-12", label::kSocialSecurityNumber, "123-12-1234"},
      {"IN1-4", label::kInsurer, "BLUE PLAINS INSURANCE"},
      {"IN1-8", label::kGroupNumber, "GRP-5"},
      {"IN1-16", label::kInsuredName, "DOE, JANE Q"},
      {"IN1-36", label::kMemberId, "POL99812"},
      {"PV1-7", label::kProvider, "WELBY, MARCUS"},
      {"PV1-19", label::kVisitNumber, "V-4471"},
      {"DG1-3", label::kDiagnosis, "E11.9 Type 2 diabetes mellitus"},
      {"OBR-3", label::kAccessionNumber, "ACC9"},
      {"OBR-4", label::kTest, "24323-8 Metabolic panel"},
      {"OBX-5", label::kResult, "182 mg/dL (70-99) H"},
      {"OBX-5, escapes", label::kResult, "Sees Dr. & co | weekly stable"},
      {"AL1-3", label::kAllergy, "70618 Penicillin"},
      {"RXE-2", label::kMedication, "860975 metformin 500 mg"},
      {"RXE-15", label::kPrescriptionNumber, "RX-8832"},
      {"NTE-3", label::kNote, "Call the daughter first"},
  };
  const RecordedReading read = reading_of(read_hl7, text_document(kMessage));
  for (const Case& each : kCases) {
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

TEST(Hl7Reader, KnowsMessagesHoweverTheyTravel) {
  const struct {
    const char* what;
    std::string text;
  } kCases[] = {
      {"CR", kMessage},
      {"LF", replaced(kMessage, "\r", "\n")},
      {"CRLF", replaced(kMessage, "\r", "\r\n")},
      {"MLLP frame", "\x0B" + kMessage + "\x1C\r"},
      {"batch", "FHS|^~\\&|A\rBHS|^~\\&|A\r" + kMessage + "BTS|1\rFTS|1\r"},
      {"in a body", "Hello,\n\nwhy does it fail?\n\n" + replaced(kMessage, "\r", "\n") + "\nBye\n"},
      {"quoted", "> " + replaced(kMessage, "\r", "\n> ")},
      {"quoted twice", ">> " + replaced(kMessage, "\r", "\n>> ")},
      {"empty lines between", replaced(kMessage, "\r", "\n\n")},
      {"one line", replaced(kMessage, "\r", " ")},
      {"in a log", "10:15 INFO sent \"" + replaced(kMessage, "\r", "\\r") + "\""},
      {"other separators", replaced(replaced(kMessage, "|", "#"), "^", "*")},
      {"backslash lost", replaced(kMessage, "^~\\&", "^~&")},
      {"without its header", kMessage.substr(kMessage.find("PID"))},
      {"wrapped", replaced(replaced(kMessage, "\r", "\n"), "OAK ST&OAK", "OAK\nST&OAK")},
  };
  for (const auto& each : kCases) {
    const Document document = text_document(each.text);
    EXPECT_TRUE(is_hl7(document)) << each.what;
    const RecordedReading read = reading_of(read_hl7, document);
    EXPECT_TRUE(read.has(label::kPatientName, "DOE, JANE Q JR")) << each.what << "\n" << read.said;
    EXPECT_TRUE(read.has(label::kBirthDate, "1957-02-11")) << each.what;
    EXPECT_TRUE(read.has(label::kResult, "182 mg/dL (70-99) H")) << each.what;
    EXPECT_TRUE(read.has(label::kAddress, "12 OAK ST OAK ST 12, APT 4, OMAHA, NE 68117, US"))
        << each.what;
  }
}

TEST(Hl7Reader, ToldFromOtherText) {
  for (const char* text : {"", "MSH", "MSH|", "MSH-7 is a date", "The MSH segment comes first",
                           "PID|", "PID|1|2|3", "XMSH|^~\\&|A", "MSH and PID are segments | of HL7",
                           "a | b | c | d | e | f", "MSHA|^~\\&|A|"}) {
    EXPECT_FALSE(is_hl7(text_document(text))) << text;
  }
}

TEST(Hl7Reader, PutsAnEmptyLineBetweenPatients) {
  const std::string text =
      "MSH|^~\\&|A\rPID|1||1^^^N^MR||ROE^RICHARD\rDG1|1||J45|asthma\r"
      "PID|2||2^^^N^MR||POE^PAULA\rMSH|^~\\&|A\rPID|1||3^^^N^MR||LOW^LUCY\r";
  EXPECT_EQ(reading_of(read_hl7, text_document(text)).said,
            "Medical record number\t1\nPatient name\tROE, RICHARD\nDiagnosis\tJ45\n"
            "Diagnosis\tasthma\n\nMedical record number\t2\nPatient name\tPOE, PAULA\n\n"
            "Medical record number\t3\nPatient name\tLOW, LUCY\n");
}

TEST(Hl7Reader, GivesDocumentsInsideToTheSink) {
  const std::string text =
      "MSH|^~\\&|A\rOBX|1|ED|PDF^Report||SYS^AP^PDF^Base64^JVBERi0xLjQ=||||||F\r";
  const RecordedReading read = reading_of(read_hl7, text_document(text));
  ASSERT_EQ(read.members.size(), 1U);
  EXPECT_EQ(read.members[0].bytes, "%PDF-1.4");
}

TEST(Hl7Reader, SurvivesWhatIsNoMessage) {
  const std::string bait[] = {std::string(100'000, '|'),
                              "MSH|^~\\&|" + std::string(100'000, '^'),
                              "MSH|^~\\&|\rPID|" + std::string(50'000, '~'),
                              "MSH|^~\\&|\rNTE|1||" + std::string(50'000, '\\'),
                              "MSH|^~\\&|\rNTE|1||\\X\\ \\XZZ\\ \\X4\\ \\",
                              "MSH|||||||||",
                              "MSH\\\\\\\\\\\\",
                              "MSH|^~\\&|\rOBX|",
                              "PID|||||||||"};
  for (const std::string& text : bait) {
    reading_of(read_hl7, text_document(text));
  }
  RecordedReading full;
  full.full_at = 10;
  read_hl7(text_document(kMessage), full);
  EXPECT_EQ(std::count(full.said.begin(), full.said.end(), '\n'), 1);
}

}  // namespace
}  // namespace phimilter::extract
