// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/encoding.h"
#include "extract/extractor.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

class Pdf : public testing::Test {
 protected:
  void SetUp() override {
    auto started = start_extractor({PHIMILTER_BIN_DIR "/phimilter-extract", 1, 0});
    ASSERT_TRUE(started.has_value()) << started.error().describe();
    extractor_ = std::move(*started);
  }

  PartText read(const std::string& pdf, const std::string& type = "application/pdf") {
    auto message = mail::parse_message("Subject: x\r\nContent-Type: " + type +
                                           "\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                                           base64(as_bytes(pdf)) + "\r\n",
                                       testing::TempDir());
    const auto text = extractor_->extract(*message);
    EXPECT_TRUE(text.has_value());
    const auto* part = text ? part_at(*text, "1") : nullptr;
    return part == nullptr ? PartText{} : *part;
  }

  std::unique_ptr<Extractor> extractor_;
};

// The files are made by reportlab.
TEST_F(Pdf, TextAndWhatIsNotText) {
  struct Case {
    const char* file;
    bool has_text;
    std::optional<Opaque> opaque;
  };
  const Case cases[] = {
      {"report.pdf", true, std::nullopt},
      {"report-with-logo.pdf", true, std::nullopt},
      {"report-with-scan.pdf", true, Opaque::image},
      {"scan.pdf", false, Opaque::image},
      {"password.pdf", false, Opaque::encrypted},
  };
  for (const auto& test : cases) {
    const PartText part = read(test_file(test.file));
    EXPECT_EQ(part.media_type, "application/pdf") << test.file;
    EXPECT_EQ(part.opaque, test.opaque) << test.file;
    EXPECT_EQ(part.text.find("Zofia Größe") != std::string::npos, test.has_text) << test.file;
    EXPECT_EQ(part.text.find("20417733") != std::string::npos, test.has_text) << test.file;
  }
}

TEST_F(Pdf, RowsStayTogether) {
  const std::string text = read(test_file("report.pdf")).text;
  const std::size_t row = text.find("Potassium");
  ASSERT_NE(row, std::string::npos);
  const std::string line = text.substr(row, text.find('\n', row) - row);
  EXPECT_NE(line.find("6.1"), std::string::npos);
  EXPECT_NE(line.find("high"), std::string::npos);
}

TEST_F(Pdf, WhateverItIsCalled) {
  EXPECT_NE(read(test_file("report.pdf"), "image/png; name=a.png").text.find("20417733"),
            std::string::npos);
}

TEST_F(Pdf, RubbishIsBroken) {
  EXPECT_EQ(read("%PDF-1.4\nnothing behind it").opaque, Opaque::broken);
  const std::string report = test_file("report.pdf");
  // With files inside, which are not read.
  std::string with_file = report;
  with_file += "\n99 0 obj\n<< /Type /EmbeddedFile >>\nendobj\n";
  EXPECT_EQ(read(with_file).opaque, Opaque::unknown);
}

TEST_F(Pdf, TheWorkerServesOn) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(read("%PDF-1.4\nx").opaque, Opaque::broken);
    EXPECT_NE(read(test_file("report.pdf")).text.find("20417733"), std::string::npos);
  }
}

}  // namespace
}  // namespace phimilter::extract
