// SPDX-License-Identifier: Apache-2.0
//
// Places where readers once passed over content without a word: each is read now, or opaque.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/encoding.h"
#include "extract/dicom_reader.h"
#include "extract/embedded_object.h"
#include "extract/hl7_reader.h"
#include "extract/html_text.h"
#include "extract/message_reader.h"
#include "extract/office_pictures.h"
#include "extract/office_xml.h"
#include "extract/pdf_strings.h"
#include "extract/recorded_reading.h"
#include "extract/rtf_reader.h"
#include "extract/structured_reader.h"
#include "extract/test_data.h"
#include "extract/tnef_reader.h"

namespace phimilter::extract {
namespace {

using std::string_literals::operator""s;

// Whatever the reader has said of it, in one string.
std::string told(const RecordedReading& sink) {
  std::string all = sink.said;
  for (const auto& file : sink.members) {
    all += '\n' + file.name + '\n' + file.bytes;
  }
  for (const auto& [name, reason] : sink.reasons) {
    all += "\nopaque " + name + ' ' + std::string(to_string(reason));
  }
  return all;
}

std::string number(std::size_t value, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>(value >> 8 * i & 0xFF));
  }
  return out;
}

std::string tnef_attribute(std::size_t id, const std::string& data) {
  return "\x01" + number(id, 4) + number(data.size(), 4) + data + "\0\0"s;
}

std::string clinical_document(const std::string& body) {
  return "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><recordTarget/><component>" + body +
         "</component></ClinicalDocument>";
}

struct Case {
  const char* what;
  void (*read)(const Document& document, ReadingSink& sink);
  std::string bytes;
  std::string expected;
};

void read_any(const Document& document, ReadingSink& sink) {
  read_any_xml(document.bytes, sink);
}
void read_layout(const Document& document, ReadingSink& sink) {
  read_layout_xml(document.bytes, sink);
}
void read_properties(const Document& document, ReadingSink& sink) {
  read_properties_xml(document.bytes, sink);
}
void read_pictures(const Document& document, ReadingSink& sink) {
  read_office_pictures(document.bytes, sink);
}
void read_native(const Document& document, ReadingSink& sink) {
  read_native_stream(document.bytes, sink);
}

std::vector<Case> cases() {
  const std::string drawing =
      std::string(16, 'i') + number(4, 4) + std::string(28, '\0') + "\xFE\xFE" + "draw";
  return {
      {"an object in a file that ends early", read_rtf, "{\\rtf1{\\object{\\*\\objdata 41424344",
       "opaque object unknown"},
      {"what stands before the code page", read_tnef,
       "\x78\x9F\x3E\x22\1\0"s + tnef_attribute(0x18004, "Olga") +
           tnef_attribute(0x69007, number(1252, 4)),
       "Subject\tOlga"},
      {"a metafile", read_pictures,
       number(0x3D40, 2) + number(0xF01A, 2) + number(drawing.size(), 4) + drawing,
       "drawing.emf\ndraw"},
      {"behind a length of zero", read_native, number(0, 4) + "Olga", "Olga"},
      {"a length that is too long", read_native, number(99, 4) + "Olga", "opaque  broken"},
      {"attributes", read_any, "<visit><patient name='Olga'/></visit>", "Olga"},
      {"variables of a document", read_layout,
       "<w:settings><w:docVar w:name='Patient' w:val='Olga'/></w:settings>", "Patient\tOlga"},
      {"words where none belong", read_layout, "<theme><a>Olga</a></theme>", "Olga"},
      {"a title of digits", read_properties,
       "<coreProperties><title>555-12-3456</title></coreProperties>", "title\t555-12-3456"},
      {"properties that break off", read_properties, "<coreProperties><title>Olga",
       "opaque  broken"},
      {"an encoding in small letters", read_hl7,
       "MSH|^~\\&|A\rOBX|1|ED|PDF||^AP^PDF^base64^T2xnYQ==\r", "\nOlga"},
      {"hexadecimal", read_hl7, "MSH|^~\\&|A\rOBX|1|ED|PDF||^AP^PDF^Hex^4F6C6761\r", "\nOlga"},
      {"a file of a few bytes", read_xml,
       clinical_document("<nonXMLBody><text representation=\"B64\">T2xnYQ==</text></nonXMLBody>"),
       "attachment\nOlga"},
      {"a file in an observation", read_xml,
       clinical_document("<structuredBody><component><section><entry><observation><value "
                         "representation=\"B64\">T2xnYQ==</value></observation></entry></section>"
                         "</component></structuredBody>"),
       "attachment\nOlga"},
      {"an element of a vendor", read_dicom,
       std::string(128, '\0') + "DICM" + "\x09\0\x10\x10LO\x04\0Olga"s + std::string(8, '\0'),
       "Olga"},
  };
}

TEST(NotLost, IsReadOrOpaque) {
  for (const auto& row : cases()) {
    const RecordedReading sink = reading_of(row.read, text_document(row.bytes));
    EXPECT_NE(told(sink).find(row.expected), std::string::npos) << row.what << '\n' << told(sink);
  }
}

TEST(NotLost, AnnotationsInObjectStreams) {
  // By Python's zlib.
  const std::string packed =
      "\170\234\063\125\060\120\260\261\321\017\251\054\110\325\167\314\313\313\057\321\017\056\115\052\001\361\102\122\053\112\364\235\363\363\112\122\363\112\212\065\374\163\322\023\025\062\213\025\074\074\303\024\012\362\213\063\113\062\313\122\065\355\354\000\232\165\025\160"s;
  const std::string pdf =
      "%PDF-1.5\n4 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>stream\r\n" + packed +
      "\nendstream endobj\n";
  EXPECT_EQ(pdf_strings(pdf, 1000).text, "Olga is HIV positive\n");
  EXPECT_FALSE(pdf_strings(pdf, 1000).cut);
  EXPECT_TRUE(pdf_strings(pdf, 10).cut);
}

TEST(NotLost, StringsOfStyleSheets) {
  const std::string text =
      html_text("<style>p:before{content:\"Olga \" 'Ivanova'}q{content:'\\FFFFFF x'}</style>");
  EXPECT_NE(text.find("Olga Ivanova\n"), std::string::npos);
  EXPECT_NE(text.find("\uFFFDx\n"), std::string::npos);
}

TEST(NotLost, CommentsOfArmour) {
  warm_up();
  std::string armour = test_file("message.asc");
  armour.insert(armour.find('\n') + 1, "Comment: about Olga\n");
  const MessageText message = read_message("Subject: a\r\n\r\n" + armour);
  ASSERT_NE(part_at(message, "1"), nullptr);
  EXPECT_NE(part_at(message, "1")->text.find("about Olga"), std::string::npos);
  EXPECT_EQ(part_at(message, "1")->opaque, Opaque::encrypted);
}

TEST(NotLost, MoreTypesThanAreTried) {
  warm_up();
  std::string fields;
  for (const char* type : {"text/plain", "text/html", "text/a", "text/b", "text/c"}) {
    fields += "Content-Type: "s + type + "\r\n";
  }
  EXPECT_EQ(count_opaque(read_message(fields + "\r\nx\r\n"), Opaque::ambiguous), 1U);
}

}  // namespace
}  // namespace phimilter::extract
