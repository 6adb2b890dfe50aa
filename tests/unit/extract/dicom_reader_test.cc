// SPDX-License-Identifier: Apache-2.0
//
// The files are made by dcmtk: data/records/make_data.py.
#include "extract/dicom_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "extract/record_labels.h"
#include "extract/recorded_reading.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

TEST(DicomReader, ReadsEveryTransferSyntax) {
  for (const char* file : {"explicit.dcm", "implicit.dcm", "big-endian.dcm",
                           "no-preamble-explicit.dcm", "no-preamble-implicit.dcm"}) {
    const std::string bytes = test_file(std::string("records/") + file);
    const Document document = text_document(bytes, "application/octet-stream");
    ASSERT_TRUE(is_dicom(document)) << file;
    const RecordedReading read = reading_of(read_dicom, document);
    EXPECT_EQ(read.said,
              "Date of service\t2024-01-05\nAccession number\tACC9\nProvider\tWelby, Marcus\n"
              "Procedure\tCT abdomen\nPatient name\tFitzwater, Zeldá Q\nPatient ID\t48151623\n"
              "Date of birth\t1961-03-04\nAddress\t12 Oak St Omaha\nClinical note\tmetformin\n"
              "Provider\tHouse, Greg\nProcedure\tAbdomen with contrast\n")
        << file;
  }
}

TEST(DicomReader, PixelsAreAnImage) {
  const std::string bytes = test_file("records/explicit.dcm");
  const RecordedReading read = reading_of(read_dicom, text_document(bytes));
  ASSERT_EQ(read.reasons.size(), 1U);
  EXPECT_EQ(read.reasons[0].second, Opaque::image);
  const std::string without = test_file("records/implicit.dcm");
  EXPECT_TRUE(reading_of(read_dicom, text_document(without)).reasons.empty());
}

TEST(DicomReader, WhatIsCompressedIsOpaque) {
  const std::string bytes = test_file("records/deflated.dcm");
  const RecordedReading read = reading_of(read_dicom, text_document(bytes));
  ASSERT_EQ(read.reasons.size(), 1U);
  EXPECT_EQ(read.reasons[0].second, Opaque::unknown);
}

TEST(DicomReader, SaysThatTheIdentityIsRemoved) {
  const std::string bytes = test_file("records/removed.dcm");
  EXPECT_TRUE(reading_of(read_dicom, text_document(bytes))
                  .has(label::kDescription, "Patient identity removed"));
}

TEST(DicomReader, SurvivesFilesCutAnywhere) {
  for (const char* file : {"explicit.dcm", "implicit.dcm", "big-endian.dcm"}) {
    const std::string bytes = test_file(std::string("records/") + file);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::string cut = bytes.substr(0, size);
      const Document document = text_document(cut);
      if (is_dicom(document)) {
        reading_of(read_dicom, document);
      }
    }
  }
}

TEST(DicomReader, LengthsPastTheEndAreBroken) {
  std::string bytes = test_file("records/explicit.dcm");
  const std::size_t at = bytes.find("LO", bytes.find("CT abdomen") - 6);
  bytes.replace(at + 2, 2, "\xFF\xFF");
  const RecordedReading read = reading_of(read_dicom, text_document(bytes));
  ASSERT_FALSE(read.reasons.empty());
  EXPECT_EQ(read.reasons[0].second, Opaque::broken);
}

TEST(DicomReader, ToldFromOtherBytes) {
  for (const std::string& bytes : {std::string(), std::string("DICM"), std::string(200, 'x'),
                                   std::string(200, '\0'), std::string("\x08\0\x05\0", 4)}) {
    EXPECT_FALSE(is_dicom(text_document(bytes)));
  }
}

}  // namespace
}  // namespace phimilter::extract
