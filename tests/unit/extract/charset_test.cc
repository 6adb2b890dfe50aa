// SPDX-License-Identifier: Apache-2.0
#include "extract/charset.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

using std::string_literals::operator""s;

// data/charsets.tsv is made with Python's codecs: label, bytes in hex, text.
TEST(Charset, ReadsWhatPythonWrites) {
  std::istringstream lines(test_file("charsets.tsv"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto fields = split(line, '\t');
    ASSERT_EQ(fields.size(), 3U) << line;
    const auto bytes = unhex(fields[1]);
    ASSERT_TRUE(bytes) << line;
    const Decoded decoded = decode_charset(as_text(*bytes), fields[0]);
    EXPECT_EQ(decoded.text, fields[2]) << fields[0];
    EXPECT_TRUE(decoded.certain) << fields[0];
  }
  EXPECT_GE(count, 30U);
}

TEST(Charset, MislabelledTextIsReadAsMailReadersDo) {
  struct Case {
    std::string bytes;
    const char* label;
    const char* text;
    bool certain;
  };
  const Case cases[] = {
      {"caf\xE9", "utf-8", "café", true},
      {"caf\xE9 \xC3\xA9", "us-ascii", "café é", true},
      {"\x93"
       "a\x94 \x80",
       "iso-8859-1", "“a” €", true},
      {"\xEF\xBB\xBFmark", "utf-8", "mark", true},
      {"G\0r\0\xF6\0\xDF\0e\0"s, "", "Größe", true},
      {"\0G\0r\0\xF6\0\xDF\0e"s, "utf-16", "Größe", true},
      {"G\0r\0\xF6\0\xDF\0e\0"s, "unicode", "Größe", true},
      {"G\0r\0\xF6\0\xDF\0e\0"s, "UCS-2", "Größe", true},
      {"G\0r\0\xF6\0\xDF\0e\0"s, "utf-16be", "Größe", true},
      {"\0G\0r\0\xF6\0\xDF\0e"s, "utf-16le", "Größe", true},
      {"plain", "x-no-such-charset", "plain", true},
      {"caf\xC3\xA9", "x-no-such-charset", "café", false},
      {"\x1B$B8!:", "x-no-such-charset", "\x1B$B8!:", false},
  };
  for (const auto& test : cases) {
    const Decoded decoded = decode_charset(test.bytes, test.label);
    EXPECT_EQ(decoded.text, test.text) << test.label;
    EXPECT_EQ(decoded.certain, test.certain) << test.label;
  }
}

TEST(Charset, DamagedTextIsNotCertain) {
  EXPECT_FALSE(decode_charset("\xFF\xFF\xFF ok \xFF\xFF", "gb18030").certain);
  EXPECT_FALSE(decode_charset("\x00\xD8\x41\x00"s, "utf-16le").certain);  // half a pair
}

TEST(Charset, ACharacterIsNotLostWhereBuffersMeet) {
  // 4095 units, then a pair: it is cut by a buffer of 4096 units.
  std::string bytes;
  for (int i = 0; i < 4095; ++i) {
    bytes += "a\0"s;
  }
  bytes += "\x3E\xD8\x78\xDE"s;  // U+1FA78 in UTF-16LE, by Python
  const Decoded decoded = decode_charset(bytes, "utf-16le");
  EXPECT_EQ(decoded.text, std::string(4095, 'a') + "🩸");
  EXPECT_TRUE(decoded.certain);
}

}  // namespace
}  // namespace phimilter::extract
