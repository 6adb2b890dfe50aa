// SPDX-License-Identifier: Apache-2.0
//
// Files of other programs (data/make_legacy_office.py tells which), read as what they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "extract/charset.h"
#include "extract/compressed_rtf.h"
#include "extract/metafile_text.h"
#include "extract/ole_reader.h"
#include "extract/recorded_reading.h"
#include "extract/test_data.h"
#include "extract/tnef_reader.h"
#include "extract/vba_source.h"

namespace phimilter::extract {
namespace {

using ::testing::HasSubstr;

RecordedReading read_file(const std::string& name) {
  warm_up_charsets();
  const std::string bytes = test_file(name);
  EXPECT_FALSE(bytes.empty()) << name;
  const Document document = text_document(bytes);
  return is_tnef(document) ? reading_of(read_tnef, document)
                           : reading_of(read_compound_file, document);
}

bool has_member(const RecordedReading& reading, const std::string& name, const std::string& text) {
  return std::any_of(reading.members.begin(), reading.members.end(), [&](const auto& member) {
    return member.name == name && member.bytes.find(text) != std::string::npos;
  });
}

struct Case {
  const char* file;
  bool (*is)(const Document&);
  std::vector<const char*> texts;
};

TEST(LegacyOffice, SaysWhatTheDocumentSays) {
  const std::vector<Case> cases{
      {"letter.doc",
       is_word_binary,
       {"Dear Oswald Quigley,\n", "your result is here.", "HeaderWord", "FooterWord 5550101",
        "FootnoteWord", "EndnoteWord", "CommentWord", "BoxWord", "HiddenWord",
        "\u0393\u03B5\u03B9\u03AC", "na\u00EFve \u201Cquoted\u201D", "Name\tDOB\tDx\n",
        "Oswald Quigley\t\tgoitre\n", "mailto:quigley@patients.example", "non-breaking", "happy",
        "Title\tLetter about Quigley\n", "Keywords\tthyroid\n", "ChartNo\tC-7781\n"}},
      {"word95.doc",
       is_word_binary,
       {"Word95Word Oswald Quigley\n", "Name\tDOB\nQuigley\t03/04/1961\n", "na\u00EFve"}},
      {"object.doc", is_word_binary, {"Dear Oswald Quigley"}},
      {"sheet.xls",
       is_excel_binary,
       {"Visible\n", "Name\tDOB\tSSN\tMRN\tFull\n",
        "Oswald Quigley\t03/04/1961\t212-34-5678\t0048151\t", "\t98.6\t\t", "SheetCommentWord",
        "Secret\n", "HiddenSheetWord \u03A9mega"}},
      {"cells.xls",
       is_excel_binary,
       {"Patients \u03A9\n", "Name\tDOB\tSSN\tMRN\tPhone\tCharge\tShare\tSeen\n",
        "Zo\u00EB Quigley\t03/04/1961\t012-34-5678\t00048151\t(614) 555-0143\t($1,234.50)\t12.5%\t"
        "29-Feb-24 3:04 PM\n",
        "1\t2\t3.25\tTRUE\n", "HiddenSheetWord"}},
      {"biff5.xls",
       is_excel_binary,
       {"Name\tDOB\tSSN\tMRN\n", "Oswald Quigley\t03/04/1961\t012-34-5678\t48151\n"}},
      {"slides.ppt",
       is_powerpoint_binary,
       {"SlideWord Oswald Quigley\nsecond \u0393\u03B5\u03B9\u03AC line\n", "Latin na\u00EFve",
        "NotesWord goitre", "CommentWord"}},
      {"mail.msg",
       is_outlook_item,
       {"Subject\tResults for Oswald Quigley\n", "From\tNurse Poole <nurse@clinic.example>\n",
        "To\tOswald Quigley <quigley@patients.example>\n", "Cc\tThe Lab <lab@lab.example>\n",
        "HeaderWord", "BodyWord goitre na\u00EFve \u041F\u0440\u0438\u0432\u0435\u0442",
        "HtmlWord thyroid"}},
      {"contact.msg",
       is_outlook_item,
       {"Contact name\tOswald Quigley\n", "Date of birth\t1961-03-04\n", "Phone\t614-555-0143\n",
        "Social security number\t212-34-5678\n", "Address\t12 Elm St, Dayton\n",
        "Next of kin\tWanda Quigley\n", "allergic to penicillin",
        "Subject\tMeetingWord follow-up\n", "Start\t2024-02-29 15:04\n", "bring the TSH result"}},
      {"winmail.dat",
       is_tnef,
       {"Subject\tSubjectWord Oswald\n", "From\tNurse Poole\n",
        "To\tOswald Quigley <quigley@patients.example>\n", "BodyWord goitre \u041F", "PlaceWord",
        "HtmlWord thyroid", "hello world"}},
  };
  for (const Case& one : cases) {
    EXPECT_TRUE(one.is(text_document(test_file(one.file)))) << one.file;
    const auto reading = read_file(one.file);
    for (const char* text : one.texts) {
      EXPECT_THAT(reading.said, HasSubstr(text)) << one.file;
    }
    EXPECT_TRUE(reading.reasons.empty()) << one.file;
  }
}

TEST(LegacyOffice, EncryptedFilesAreOpaque) {
  for (const char* name : {"encrypted.doc", "encrypted.xls", "encrypted.ppt", "encrypted.docx"}) {
    const auto reading = read_file(name);
    ASSERT_EQ(reading.reasons.size(), 1U) << name;
    EXPECT_EQ(reading.reasons[0].second, Opaque::encrypted) << name;
    EXPECT_TRUE(reading.reasons[0].first.empty()) << name;
  }
}

TEST(LegacyOffice, EmbeddedFilesAreMembers) {
  EXPECT_TRUE(has_member(read_file("object.doc"), "chart.txt", "ChartWord 48151623"));
  EXPECT_TRUE(has_member(read_file("mail.msg"), "result.txt", "AttachmentWord TSH 9.1"));
  const auto tnef = read_file("winmail.dat");
  EXPECT_TRUE(has_member(tnef, "r\u00E9sultat.txt", "AttachmentWord TSH 9.1"));
  const auto slides = read_file("slides.ppt");
  ASSERT_EQ(slides.members.size(), 1U);
  const auto object = reading_of(read_compound_file, text_document(slides.members[0].bytes));
  EXPECT_TRUE(has_member(object, "inside.txt", "InsideWord TSH 9.1"));
}

TEST(LegacyOffice, ItemsInsideItemsAreMembers) {
  const auto tnef = read_file("winmail.dat");
  const auto inner = std::find_if(tnef.members.begin(), tnef.members.end(),
                                  [](const auto& member) { return member.name == "message"; });
  ASSERT_NE(inner, tnef.members.end());
  ASSERT_TRUE(is_tnef(text_document(inner->bytes)));
  const auto reading = reading_of(read_tnef, text_document(inner->bytes));
  EXPECT_TRUE(reading.has("Subject", "InnerSubjectWord"));
  EXPECT_THAT(reading.said, HasSubstr("InnerBodyWord"));
}

// 60 strings of two kinds of characters, longer together than two records.
TEST(LegacyOffice, SharedStringsGoOnInTheNextRecord) {
  const auto reading = read_file("long-strings.xls");
  for (int number = 0; number < 60; ++number) {
    std::string line = "row" + std::to_string(number) + "-";
    for (int i = 0; i < 200 + number; ++i) {
      line += number % 3 != 0 ? "\u00E9" : "\u0416";
    }
    line += "-end" + std::to_string(number) + "\n";
    EXPECT_THAT(reading.said, HasSubstr(line)) << number;
  }
}

// The text of a broken document is read as far as there is any.
TEST(LegacyOffice, BrokenDocumentsGiveTheirTextRuns) {
  std::string bytes = test_file("letter.doc");
  const std::size_t table = bytes.find("WordDocument");
  EXPECT_EQ(table, std::string::npos);  // its name is in UTF-16
  const std::size_t fib = bytes.find(std::string("\xEC\xA5", 2));
  ASSERT_NE(fib, std::string::npos);
  bytes.replace(fib + 0x1A2, 8, 8, '\x7F');  // where the piece table stands
  const auto reading = reading_of(read_compound_file, text_document(bytes));
  ASSERT_FALSE(reading.reasons.empty());
  EXPECT_EQ(reading.reasons[0].second, Opaque::broken);
  EXPECT_THAT(reading.said, HasSubstr("Dear Oswald Quigley"));
}

TEST(LegacyOffice, OtherCompoundFilesAreOpaque) {
  std::string bytes = test_file("word95.doc");
  const std::size_t name = bytes.find(std::string("W\0o\0r\0d\0D", 9));
  ASSERT_NE(name, std::string::npos);
  bytes[name] = 'X';
  const auto reading = reading_of(read_compound_file, text_document(bytes));
  ASSERT_EQ(reading.reasons.size(), 1U);
  EXPECT_EQ(reading.reasons[0].second, Opaque::unknown);
  EXPECT_THAT(reading.said, HasSubstr("Word95Word Oswald Quigley"));
}

TEST(Metafile, SaysWhatItDraws) {
  warm_up_charsets();
  const std::string emf = test_file("slides.emf");
  const std::string wmf = test_file("slides.wmf");
  ASSERT_TRUE(is_enhanced_metafile(text_document(emf)));
  ASSERT_TRUE(is_windows_metafile(text_document(wmf)));
  EXPECT_FALSE(is_windows_metafile(text_document(emf)));
  for (const auto& reading : {reading_of(read_enhanced_metafile, text_document(emf)),
                              reading_of(read_windows_metafile, text_document(wmf))}) {
    EXPECT_THAT(reading.said, HasSubstr("SlideWord Oswald Quigley\n"));
    EXPECT_THAT(reading.said, HasSubstr("second \u0393\u03B5\u03B9\u03AC line\n"));
    EXPECT_THAT(reading.said, HasSubstr("CellA\n"));
    EXPECT_TRUE(reading.reasons.empty());
  }
}

// The examples of [MS-OVBA] 3.2.
TEST(VbaProject, Unpacks) {
  EXPECT_EQ(unpack_vba(std::string("\x01\x19\xB0\0abcdefgh\0ijklmnop\0qrstuv.", 29)),
            "abcdefghijklmnopqrstuv.");
  EXPECT_EQ(unpack_vba(std::string("\x01\x2F\xB0\0#aaabcde\x82"
                                   "f\0pagh"
                                   "ij\x01"
                                   "8\x08"
                                   "akl\0"
                                   "0mnop\x06q\x02p\x04\x10rstuv\x10wxyz\0<",
                                   51)),
            "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa");
  EXPECT_EQ(unpack_vba(std::string("\x01\x03\xB0\x02"
                                   "aE\0",
                                   7)),
            std::string(73, 'a'));
  EXPECT_EQ(vba_source("no module"), "");
}

// Both examples of [MS-OXRTFCP] 3, and a stream that is kept as it is.
TEST(CompressedRtf, Unpacks) {
  const std::string run(
      "\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\x00\x0a\x00"
      "rcpg125"
      "\x42"
      "2\x0a\xf3 hel\x09\x00 bw\x05\xb0ld}\x0a\x80\x0f\xa0",
      49);
  EXPECT_EQ(unpack_compressed_rtf(run, 1000), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
  const std::string overlapping(
      "\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4b\x51\x41\x00\x04 WXYZ\x0dn}\x01\x0e\xb0", 30);
  EXPECT_EQ(unpack_compressed_rtf(overlapping, 1000), "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
  EXPECT_EQ(unpack_compressed_rtf(overlapping, 7)->substr(0, 7), "{\\rtf1 ");
  EXPECT_EQ(unpack_compressed_rtf(std::string("\x10\0\0\0\x04\0\0\0MELA\0\0\0\0abcd", 20), 1000),
            "abcd");
  EXPECT_EQ(unpack_compressed_rtf("something else, not packed", 1000), std::nullopt);
  EXPECT_EQ(unpack_compressed_rtf("", 1000), std::nullopt);
}

}  // namespace
}  // namespace phimilter::extract
