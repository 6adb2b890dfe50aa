// SPDX-License-Identifier: Apache-2.0
#include "policy/labelled_values.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "base/encoding.h"
#include "extract/record_labels.h"
#include "policy/shipped_pack.h"

namespace phimilter::policy {
namespace {

using testing::found_in;

int labelled(const std::string& text, const std::string& finding_class, const std::string& value) {
  for (const auto& one : found_in(text)) {
    if (one.detector == "labels" && one.finding_class == finding_class && one.text == value) {
      return one.confidence;
    }
  }
  return 0;
}

struct Case {
  std::string text;
  std::string finding_class;
  std::string value;
};

TEST(LabelledValues, AreReadFromFormsTablesAndRecords) {
  const Case cases[] = {
      // label and value on a line
      {"DOB: 02/11/1957", "id.dob", "02/11/1957"},
      {"Date of birth (mm/dd/yyyy): 2/11/1957", "id.dob", "2/11/1957"},
      {"her DOB is 11 February 1957 and", "id.dob", "11 February 1957"},
      {"MRN 4471902 seen today", "id.mrn", "4471902"},
      {"Chart #: A-44719", "id.mrn", "A-44719"},
      {"Member ID: W1234567801, group 8812345", "id.member", "W1234567801"},
      {"Patient: Harriet Blume   DOB: 1/2/60", "id.name", "Harriet Blume"},
      {"Fecha de nacimiento: 12/03/1961", "id.dob", "12/03/1961"},
      {"Discharge diagnosis: broken hip", "health.condition", "broken hip"},
      // neighbouring cells, as records and tables are read
      {"Patient name\tHarriet Blume\nDiagnosis\tbroken hip\n", "id.name", "Harriet Blume"},
      {"Patient name\tHarriet Blume\nDiagnosis\tbroken hip\n", "health.condition", "broken hip"},
      // a heading over columns
      {"Patient\tDOB\tDx\nBlume, Harriet\t1/2/60\thip\n", "id.name", "Blume, Harriet"},
      {"Patient\tDOB\tDx\nBlume, Harriet\t1/2/60\thip\nRoss, Tim\t3/4/71\tflu\n", "id.dob",
       "3/4/71"},
      {"| Patient | MRN |\n|---|---|\n| Harriet Blume | 4471902 |\n", "id.mrn", "4471902"},
      {"name,mrn,dx\nHarriet Blume,4471902,asthma\n", "id.mrn", "4471902"},
      {"Name              MRN        DOB\nHarriet Blume     4471902    01/02/1960\n", "id.dob",
       "01/02/1960"},
      // under its label
      {"Date of Birth\n02/11/1957\n", "id.dob", "02/11/1957"},
      {"Patient Name:\nHarriet Blume\n", "id.name", "Harriet Blume"},
  };
  for (const Case& c : cases) {
    EXPECT_GT(labelled(c.text, c.finding_class, c.value), 0) << c.text;
  }
}

TEST(LabelledValues, AreNotReadFromEmptyForms) {
  const std::string cases[] = {
      "DOB: ____/____/____",
      "DOB: mm/dd/yyyy",
      "DOB: 02/31/1957",
      "Patient name: ____________  DOB: ______",
      "Patient name: [redacted]\nDOB: [redacted]",
      "Patient: XXXX\nDOB: XX/XX/XXXX\nMRN: ####",
      "Patient: N/A",
      "Pt: ####   DOB: ####   Ph: ####",
      "Patient Name:\nDate of Birth:\nMRN:\n",
      "Patient name\tDate of birth\tMRN\n",
      "MRN: see attached",
      "SSN: 000-12-3456",
      "Patient: Lakeview Hospital",
  };
  for (const std::string& text : cases) {
    for (const auto& one : found_in(text)) {
      EXPECT_FALSE(one.detector == "labels" && one.finding_class.starts_with("id."))
          << text << ": " << one.finding_class << " " << one.text;
    }
  }
}

// Readers of records write these labels: none may be unknown to the pack.
TEST(LabelledValues, KnowEveryLabelOfRecords) {
  std::set<std::string> known;
  std::ifstream file(std::string(PHIMILTER_SOURCE_DIR) + "/policy/lexicons/labels.tsv");
  for (std::string line; std::getline(file, line);) {
    known.insert(line.substr(0, line.find('\t')));
  }
  ASSERT_GT(known.size(), 500U);
  for (const std::string_view label : extract::label::kAll) {
    EXPECT_TRUE(known.contains(ascii_lower(label))) << label;
  }
}

}  // namespace
}  // namespace phimilter::policy
