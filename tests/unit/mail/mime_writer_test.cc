// SPDX-License-Identifier: Apache-2.0
#include "mail/mime_writer.h"

#include <gtest/gtest.h>

#include <random>

#include "support/run_program.h"

namespace phimilter::mail {
namespace {

using test::run_program;

// What python's email package (policy SMTP) reads out of a header line.
std::string python_reads(const HeaderField& field) {
  HeaderList list;
  list.append(field.name, field.value);
  const auto result = run_program(
      "python3 -c 'import sys,email,email.policy; "
      "m=email.message_from_bytes(sys.stdin.buffer.read(),policy=email.policy.SMTP); "
      "sys.stdout.buffer.write(str(list(m.values())[0]).encode())'",
      list.text() + "\r\n");
  return result.output;
}

TEST(MimeWriter, TextFieldsAreReadBackByAnotherReader) {
  const std::string cases[] = {
      "short",
      "Ergebnis für Jürgen Müller",
      std::string("a long line of words that must be folded somewhere since it is longer than a "
                  "line may be ") +
          "and then some more words",
      "日本語の件名がとても長いのでいくつかの語に分けなければならない、そうでしょう",
      "looks like =?utf-8?Q?an_encoded?= word",
  };
  for (const std::string& text : cases) {
    const HeaderField field = text_field("Subject", text);
    EXPECT_EQ(python_reads(field), text);
    for (std::size_t at = 0, end = 0; end != std::string::npos; at = end + 2) {
      end = field.value.find("\r\n", at);
      EXPECT_LE(field.value.substr(at, end - at).size(), 78U);
    }
  }
}

TEST(MimeWriter, NoFieldCanBeSmuggledIn) {
  const HeaderField field = text_field("Subject", "a\r\nBcc: x@y.test\r\n\r\nbody");
  EXPECT_EQ(field.value.find('\n'), std::string::npos);
  EXPECT_EQ(structured_field("To", "a@b\nX: y").value, " a@b X: y");
}

TEST(MimeWriter, QuotedPrintableIsReadBackByAnotherReader) {
  const std::string cases[] = {"plain\r\n",
                               "ends with blank \r\nand tab\t\r\n",
                               "=equals= and \xc3\xa9\r\n",
                               std::string(300, 'x') + "\r\n",
                               std::string(100, ' ') + "\r\n",
                               ".\r\nFrom here\r\n",
                               "no line end"};
  for (const std::string& text : cases) {
    const std::string encoded = quoted_printable(text);
    const auto decoded = run_program(
        "python3 -c 'import sys,quopri; quopri.decode(sys.stdin.buffer, sys.stdout.buffer)'",
        encoded);
    EXPECT_EQ(decoded.output, text) << encoded;
    for (std::size_t at = 0, end = 0; end != std::string::npos; at = end + 2) {
      end = encoded.find("\r\n", at);
      EXPECT_LE(encoded.substr(at, end - at).size(), 76U);
    }
  }
}

TEST(MimeWriter, Base64InAnyPiecesIsOneText) {
  std::mt19937 random(1);
  std::string bytes;
  for (int i = 0; i < 5000; ++i) {
    bytes += static_cast<char>(random() & 0xff);
  }
  const auto expected = run_program("base64 -w 76", bytes);
  for (const std::size_t piece : {1UL, 56UL, 57UL, 58UL, 4999UL, 5000UL}) {
    StringSink sink;
    Base64Writer writer(sink);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      ASSERT_TRUE(writer.write(std::string_view(bytes).substr(at, piece)));
    }
    ASSERT_TRUE(writer.finish());
    std::string unix_lines = sink.text;
    std::erase(unix_lines, '\r');
    EXPECT_EQ(unix_lines, expected.output) << piece;
  }
}

TEST(MimeWriter, ParametersAreReadBackByAnotherReader) {
  for (const std::string name : {"report.pdf", "a \"quoted\" name.pdf", "Befund für Müller.pdf"}) {
    HeaderList list;
    const HeaderField field =
        structured_field("Content-Disposition", "attachment; " + parameter("filename", name));
    list.append(field.name, field.value);
    const auto result = run_program(
        "python3 -c 'import sys,email,email.policy; "
        "m=email.message_from_bytes(sys.stdin.buffer.read(),policy=email.policy.SMTP); "
        "sys.stdout.buffer.write(m.get_filename().encode())'",
        list.text() + "\r\n");
    EXPECT_EQ(result.output, name);
  }
}

TEST(MimeWriter, AMultipartIsReadBackByAnotherReader) {
  StringSink sink;
  sink.text = "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n";
  MultipartWriter writer(sink, "b");
  HeaderList part;
  part.append("Content-Type", " text/plain");
  ASSERT_TRUE(writer.begin_part(part));
  ASSERT_TRUE(sink.write("one\r\n"));
  ASSERT_TRUE(writer.begin_part(part));
  ASSERT_TRUE(sink.write("two"));
  ASSERT_TRUE(writer.finish());
  const auto result = run_program(
      "python3 -c 'import sys,email,email.policy; "
      "m=email.message_from_bytes(sys.stdin.buffer.read(),policy=email.policy.SMTP); "
      "print([p.get_payload() for p in m.iter_parts()], m.defects)'",
      sink.text);
  EXPECT_EQ(result.output, "['one\\r\\n', 'two'] []\n");
}

TEST(MimeWriter, BoundariesAreFresh) {
  EXPECT_NE(fresh_boundary(), fresh_boundary());
}

}  // namespace
}  // namespace phimilter::mail
