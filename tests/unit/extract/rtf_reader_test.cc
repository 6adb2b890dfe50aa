// SPDX-License-Identifier: Apache-2.0
#include "extract/rtf_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "extract/charset.h"
#include "extract/recorded_reading.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RecordedReading read(std::string_view rtf) {
  return reading_of(read_rtf, text_document(rtf));
}

struct Case {
  const char* what;
  const char* rtf;
  const char* text;
};

// What Word shows, by the RTF Specification 1.9.1.
TEST(RtfReader, ReadsWhatIsShown) {
  const std::vector<Case> cases{
      {"words split over runs", R"({\rtf1\ansi {\b Fitz}{\i wat}\plain er})", "Fitzwater"},
      {"line breaks of the file are none", "{\\rtf1 Fitz\r\nwater}", "Fitzwater"},
      {"bytes of the document's page", R"({\rtf1\ansi\ansicpg1252 Mu\'f1oz})", "Mu\u00F1oz"},
      {"bytes of a Cyrillic page", R"({\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8})",
       "\u041F\u0440\u0438"},
      {"bytes of the font's charset",
       R"({\rtf1\ansi{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}\f1 \'cf\f0 \'cf})",
       "\u041F\u00CF"},
      {"two bytes of one character", R"({\rtf1\ansi{\fonttbl{\f0\fcharset128 A;}}\f0 \'93\'fa})",
       "\u65E5"},
      {"a trail byte that is ASCII", R"({\rtf1\ansi{\fonttbl{\f0\fcharset128 A;}}\f0 \'83e})",
       "\u30C6"},
      {"Unicode with a fallback", R"({\rtf1 \u209?vila})", "\u00D1vila"},
      {"Unicode with a fallback in hex", R"({\rtf1 \u209\'d1vila})", "\u00D1vila"},
      {"Unicode with a longer fallback", R"({\rtf1\uc2 \u209ABvila})", "\u00D1vila"},
      {"Unicode without a fallback", R"({\rtf1\uc0 \u209vila})", "vila"},
      {"a fallback ends with its group", R"({\rtf1{\uc3 \u209}abc})", "abc"},
      {"a symbol font's byte as a negative number", R"({\rtf1 \u-3913?})", "\u00B7"},
      {"a pair of surrogates", R"({\rtf1 \u-10179?\u-8704?})", "\U0001F600"},
      {"quotes and dashes", R"({\rtf1 a\rquote s\emdash b})", "a\u2019s\u2014b"},
      {"blank and hyphen that do not break", R"({\rtf1 a\~b\_c\-d})", "a\u00A0b-cd"},
      {"escaped characters", R"({\rtf1 a\\b\{c\}})", "a\\b{c}"},
      {"hidden text", R"({\rtf1 {\v secret}})", "secret"},
      {"a header", R"({\rtf1 {\header Clinic\par}text})", "Clinic\ntext"},
      {"an unknown destination that readers must skip", R"({\rtf1 a{\*\nobodyknows x}b})", "ab"},
      {"an unknown word", R"({\rtf1 a{\nobodyknows x}b})", "axb"},
      {"paragraphs", R"({\rtf1 one\par two\line three})", "one\ntwo\nthree"},
      {"bytes announced by \\bin", "{\\rtf1 a{\\pict\\bin4 }{}}}b}", "ab"},
      {"no closing brace", R"({\rtf1 {\b open)", "open"},
      {"closing braces in front", "{\\rtf1 a}}}b", "ab"},
  };
  for (const Case& one : cases) {
    EXPECT_THAT(read(one.rtf).said, HasSubstr(one.text)) << one.what;
  }
}

TEST(RtfReader, LeavesOutWhatIsNoText) {
  const auto reading = read(
      R"({\rtf1{\fonttbl{\f0 Arial{\*\falt Helvetica};}}{\colortbl;\red0;}{\stylesheet{Normal;}})"
      R"({\*\generator Writer;}{\pict\pngblip 89504e47}{\*\themedata 504b0304}text})");
  EXPECT_EQ(reading.said, "text\n");
}

TEST(RtfReader, TableRowsAreLines) {
  const auto reading = read(
      R"({\rtf1\trowd\cellx1\cellx2\pard\intbl Name\cell DOB\cell\row)"
      R"(\trowd\pard\intbl Oswald\par Quigley\cell 03/04/1961\tab x\cell\row\pard after\par})");
  EXPECT_EQ(reading.said, "Name\tDOB\nOswald Quigley\t03/04/1961 x\nafter\n\n");
}

TEST(RtfReader, NotesAndFieldsFollowTheBody) {
  const auto reading =
      read(R"({\rtf1 one{\footnote NoteWord} two{\*\annotation CommentWord} )"
           R"({\field{\*\fldinst HYPERLINK "mailto:q@p.example"}{\fldrslt three}}})");
  EXPECT_THAT(reading.said, HasSubstr("one two three\n"));
  for (const char* word : {"NoteWord", "CommentWord", "mailto:q@p.example"}) {
    EXPECT_THAT(reading.said, HasSubstr(word));
  }
}

TEST(RtfReader, LabelsDocumentProperties) {
  const auto reading = read(R"({\rtf1{\info{\title Results}{\author Poole}}text})");
  EXPECT_TRUE(reading.has("Title", "Results"));
  EXPECT_TRUE(reading.has("Author", "Poole"));
}

// [MS-OXRTFEX] 3: what stands in \htmltag is the HTML, what stands in \htmlrtf is not.
TEST(RtfReader, ReadsTheHtmlThatItCarries) {
  const auto reading = read(
      R"({\rtf1\ansi\fromhtml1 {\*\htmltag64 <p title="TitleWord">}\htmlrtf {\b\htmlrtf0 Thyro)"
      R"({\*\htmltag84 <b>}id{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}})");
  EXPECT_THAT(reading.said, HasSubstr("Thyroid"));
  EXPECT_THAT(reading.said, HasSubstr("TitleWord"));
  EXPECT_THAT(reading.said, Not(HasSubstr("<b>")));
}

// An OLE 1 object: version, 2, class, no topic, no item, the data ([MS-OLEDS] 2.2.5).
TEST(RtfReader, EmbeddedObjectsAreMembers) {
  const auto reading = read(
      "{\\rtf1{\\object\\objemb{\\*\\objclass Word.Document}{\\*\\objdata "
      "01050000 02000000 05000000 54657374 00 00000000 00000000 04000000 \r\n61626364}"
      "{\\result shown}}}");
  ASSERT_EQ(reading.members.size(), 1U);
  EXPECT_EQ(reading.members[0].bytes, "abcd");
  EXPECT_THAT(reading.said, HasSubstr("shown"));
}

TEST(RtfReader, PicturesAreMembers) {
  const auto reading = read(
      "{\\rtf1{\\*\\shppict{\\pict\\pngblip 89504e\r\n47}}"
      "{\\nonshppict{\\pict\\wmetafile8 0100}}}");
  ASSERT_EQ(reading.members.size(), 1U);
  EXPECT_EQ(reading.members[0].bytes, "\x89PNG");
}

TEST(RtfReader, IsKnownByItsFirstBytes) {
  EXPECT_TRUE(is_rtf(text_document("{\\rtf1 x}")));
  EXPECT_TRUE(is_rtf(text_document("\r\n {\\rt x}")));
  EXPECT_FALSE(is_rtf(text_document("say {\\rtf1 x}")));
  EXPECT_FALSE(is_rtf(text_document("")));
}

TEST(RtfReader, DeepGroupsAreOverTheLimit) {
  const auto reading = read("{\\rtf1 before" + std::string(200'000, '{') + "after");
  EXPECT_THAT(reading.said, HasSubstr("before"));
  ASSERT_FALSE(reading.reasons.empty());
  EXPECT_EQ(reading.reasons[0].second, Opaque::limit);
}

TEST(RtfReader, StopsWhenTheSinkIsFull) {
  std::string rtf = "{\\rtf1 ";
  for (int i = 0; i < 100'000; ++i) {
    rtf += "line\\par ";
  }
  RecordedReading sink;
  sink.full_at = 1000;
  read_rtf(text_document(rtf), sink);
  EXPECT_LT(sink.said.size(), 200'000U);
}

// Made by LibreOffice (data/make_legacy_office.py); the words stand in letter.fodt.
TEST(RtfReader, ReadsLibreOfficesLetter) {
  warm_up_charsets();
  const auto reading = read(test_file("letter.rtf"));
  for (const char* text :
       {"Dear Oswald Quigley,\n", "HeaderWord", "FooterWord", "FootnoteWord", "EndnoteWord",
        "CommentWord", "BoxWord", "HiddenWord", "\u0393\u03B5\u03B9\u03AC", "na\u00EFve",
        "Name\tDOB\tDx\n", "Oswald Quigley\t\tgoitre\n", "mailto:quigley@patients.example",
        "ChartNo\tC-7781\n", "Title\tLetter about Quigley\n"}) {
    EXPECT_THAT(reading.said, HasSubstr(text));
  }
  EXPECT_TRUE(reading.reasons.empty());
}

}  // namespace
}  // namespace phimilter::extract
