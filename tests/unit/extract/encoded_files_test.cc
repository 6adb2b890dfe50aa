// SPDX-License-Identifier: Apache-2.0
//
// The files are made by uuencode and binhex: data/records/make_data.py.
#include "extract/encoded_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "extract/recorded_reading.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

const std::string kNote = "Patient: Zelda Fitzwater\nMRN 48151623\nmetformin 500 mg\n";
const std::string kBase64 =
    "UGF0aWVudDogWmVsZGEgRml0endhdGVyCk1STiA0ODE1MTYyMwptZXRmb3Jt\n"
    "aW4gNTAwIG1nClBhdGllbnQ6IFplbGRhIEZpdHp3YXRlcgpNUk4gNDgxNTE2\n"
    "MjMKbWV0Zm9ybWluIDUwMCBtZwo=\n";

TEST(EncodedFiles, UnpacksEveryEncoding) {
  std::string all_bytes = kNote;
  for (int i = 0; i < 256; ++i) {
    all_bytes.push_back(static_cast<char>(i));
  }
  std::string with_returns = kNote;  // what a Macintosh ends lines with
  std::replace(with_returns.begin(), with_returns.end(), '\n', '\r');
  const struct {
    const char* what;
    std::string text;
    std::string name;
    std::string bytes;
  } kCases[] = {
      {"uuencode", test_file("records/note.uu"), "note for you.txt", kNote},
      {"uuencode -m", test_file("records/note.b64uu"), "note for you.txt", kNote},
      {"BinHex 4.0", test_file("records/note.hqx"), "note.txt", kNote},
      {"yEnc", test_file("records/note.yenc"), "note 1.bin", all_bytes},
      {"base64 lines", kBase64, "attachment", kNote + kNote},
      {"base64 lines, quoted",
       "> " + kBase64.substr(0, 61) + "> " + kBase64.substr(61, 61) + "> " + kBase64.substr(122),
       "attachment", kNote + kNote},
  };
  for (const auto& each : kCases) {
    const std::string text = "Here it is:\n\n" + each.text + "\nThanks\n";
    const Document document = text_document(text);
    EXPECT_TRUE(holds_encoded_files(document)) << each.what;
    const RecordedReading read = reading_of(read_encoded_files, document);
    ASSERT_EQ(read.members.size(), 1U) << each.what;
    EXPECT_EQ(read.members[0].name, each.name) << each.what;
    EXPECT_TRUE(read.members[0].bytes == each.bytes || read.members[0].bytes == with_returns)
        << each.what << "\n"
        << read.members[0].bytes;
    EXPECT_TRUE(read.reasons.empty()) << each.what;
  }
}

TEST(EncodedFiles, WhatIsCutIsBroken) {
  const std::string uu = test_file("records/note.uu");
  const std::string yenc = test_file("records/note.yenc");
  const std::string hqx = test_file("records/note.hqx");
  for (const std::string& text :
       {uu.substr(0, uu.find("\nend")), yenc.substr(0, yenc.find("=yend")),
        yenc.substr(0, 60) + yenc.substr(61), hqx.substr(0, hqx.rfind(':')),
        std::string("(This file must be converted with BinHex 4.0)\n\n:#:")}) {
    const Document document = text_document(text);
    EXPECT_TRUE(holds_encoded_files(document)) << text;
    const RecordedReading read = reading_of(read_encoded_files, document);
    ASSERT_FALSE(read.reasons.empty()) << text;
    EXPECT_EQ(read.reasons[0].second, Opaque::broken) << text;
  }
}

TEST(EncodedFiles, ToldFromOtherText) {
  for (const std::string& text :
       {std::string(), std::string("begin with the end in mind\n"), std::string("begin 644\n"),
        std::string("begin 644 the day\nand then we go\n"), kBase64.substr(0, 61),
        "-----BEGIN CERTIFICATE-----\n" + kBase64 + "-----END CERTIFICATE-----\n",
        std::string("https://a.example/UGF0aWVudDogWmVsZGEgRml0endhdGVyCk1STiA0ODE1MTYyMwptZXRm\n"),
        std::string("Supercalifragilisticexpialidocious\n")}) {
    EXPECT_FALSE(holds_encoded_files(text_document(text))) << text;
  }
}

TEST(EncodedFiles, SurvivesHostileTexts) {
  std::string begins;
  std::string lengths = "begin 644 x\n";
  std::string yenc;
  std::string base64;
  for (int i = 0; i < 5'000; ++i) {
    begins += "begin 644 x\nM\n";
    lengths += "_\n";
    yenc += "=ybegin line=1 size=1 name=x\nabc\n";
    base64 += "begin-base64 644 x\nQUJD\n";
  }
  const std::string runs =
      "(This file must be converted with BinHex 4.0)\n:" + std::string(50'000, 'r') + ":";
  for (const std::string& text :
       {begins, lengths, yenc, base64, runs, std::string("=ybegin "),
        std::string("=ybegin line=1 size=99999999999999999999 name=\n=yend size=\n")}) {
    const RecordedReading read = reading_of(read_encoded_files, text_document(text));
    std::size_t bytes = 0;
    for (const auto& member : read.members) {
      bytes += member.bytes.size();
    }
    EXPECT_LT(bytes, 200 * text.size() + 100'000);
  }
}

}  // namespace
}  // namespace phimilter::extract
