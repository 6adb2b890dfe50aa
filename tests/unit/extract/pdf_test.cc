// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "extract/extractor.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

class Pdf : public testing::Test {
 protected:
  void SetUp() override { start({}); }

  void start(const OcrOptions& ocr) {
    auto started = start_extractor({PHIMILTER_BIN_DIR "/phimilter-extract", 1, 0, ocr});
    ASSERT_TRUE(started.has_value()) << started.error().describe();
    extractor_ = std::move(*started);
  }

  PartText read(const std::string& pdf, const std::string& type = "application/pdf") {
    return read_part(pdf, "1", type);
  }

  PartText read_part(const std::string& pdf, const char* path,
                     const std::string& type = "application/pdf") {
    auto message = mail::parse_message("Subject: x\r\nContent-Type: " + type +
                                           "\r\nContent-Disposition: attachment"
                                           "\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                                           base64(as_bytes(pdf)) + "\r\n",
                                       testing::TempDir());
    const auto text = extractor_->extract(*message);
    EXPECT_TRUE(text.has_value());
    const auto* part = text ? part_at(*text, path) : nullptr;
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

// form.pdf and owner-only.pdf by reportlab, with-file.pdf by pdfattach.
TEST_F(Pdf, WhatStandsBesideThePages) {
  const PartText form = read(test_file("form.pdf"));
  for (const char* words : {"Intake form", "DOB 04/03/1961", "Note: HIV positive",
                            "Discharge of Zofia Größe", "MRN 20417733", "potassium"}) {
    EXPECT_NE(form.text.find(words), std::string::npos) << words;
  }
  EXPECT_EQ(form.opaque, std::nullopt);
  const PartText owner = read(test_file("owner-only.pdf"));
  EXPECT_NE(owner.text.find("MRN 20417733"), std::string::npos);
  EXPECT_EQ(owner.opaque, std::nullopt);
  const PartText with_file = read(test_file("with-file.pdf"));
  EXPECT_NE(with_file.text.find("MRN 20417733"), std::string::npos);
  EXPECT_EQ(with_file.opaque, std::nullopt);
  EXPECT_EQ(read_part(test_file("with-file.pdf"), "1/labs.txt").text, "Potassium 6.1");
}

TEST_F(Pdf, ScansAreReadWhereThatIsOn) {
  const std::string picture = test_file("letter.png");
  const std::string scan = test_file("letter-scan.pdf");
  EXPECT_EQ(read(picture, "image/png").opaque, Opaque::image);
  EXPECT_EQ(read(scan).opaque, Opaque::image);
  ASSERT_EQ(::access("/usr/bin/tesseract", X_OK), 0) << "install tesseract-ocr";
  start({5, 30, "eng"});
  const std::pair<PartText, const char*> parts[] = {{read(picture, "image/png"), "picture"},
                                                    {read(scan), "page"}};
  for (const auto& [part, what] : parts) {
    EXPECT_NE(part.text.find("Zofia Kowalska"), std::string::npos) << what;
    EXPECT_EQ(part.opaque, std::nullopt) << what;
  }
  // Few words: who knows what else there is.
  EXPECT_EQ(read(test_file("scan.pdf")).opaque, Opaque::image);
  // Past the pages that one message may have, each is opaque.
  start({1, 30, "eng"});
  auto two = mail::parse_message(
      "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
      "image/png\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
          base64(as_bytes(picture)) +
          "\r\n--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment\r\n"
          "Content-Transfer-Encoding: base64\r\n\r\n" +
          base64(as_bytes(picture)) + "\r\n--b--\r\n",
      testing::TempDir());
  const auto text = extractor_->extract(*two);
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(part_at(*text, "1")->opaque, std::nullopt);
  EXPECT_EQ(part_at(*text, "2")->opaque, Opaque::image);
  // And the next message has its own.
  EXPECT_EQ(read(picture, "image/png").opaque, std::nullopt);
}

TEST_F(Pdf, TheWorkerServesOn) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(read("%PDF-1.4\nx").opaque, Opaque::broken);
    EXPECT_NE(read(test_file("report.pdf")).text.find("20417733"), std::string::npos);
  }
}

}  // namespace
}  // namespace phimilter::extract
