// SPDX-License-Identifier: Apache-2.0
//
// The messages are made by Python's email package, whose decoding is the expectation.
#include "portal/opened_message.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "portal/file_name.h"
#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

std::string made_by_python(const std::string& body) {
  const TempFolder folder;
  const std::string script = folder.write("make.py",
                                          "import sys\n"
                                          "from email.message import EmailMessage\n"
                                          "m = EmailMessage()\n" +
                                              body + "sys.stdout.buffer.write(m.as_bytes())\n");
  const ToolResult result = run_tool("python3 " + script);
  EXPECT_EQ(result.status, 0);
  return result.output;
}

OpenedMessage opened(const std::string& bytes) {
  auto message = OpenedMessage::parse(bytes);
  EXPECT_TRUE(message.has_value());
  return std::move(*message);
}

std::string bytes_of(const OpenedMessage& message, std::size_t number) {
  auto source = message.attachment(number);
  EXPECT_TRUE(source.has_value());
  return source ? read_all(**source, 1 << 30).value_or("fault") : "fault";
}

TEST(OpenedMessage, ReadsHeadersAndPlainText) {
  const OpenedMessage message = opened(made_by_python(R"(
m['From'] = 'Labor Zürich <lab@clinic.example>'
m['To'] = 'pat@example.org'
m['Subject'] = 'Ergebnis für Müller \u2013 Blutbild'
m['Date'] = 'Sat, 21 Nov 2026 12:00:00 +0000'
m.set_content('Grüße\nZeile 2\n', charset='iso-8859-1')
)"));
  EXPECT_EQ(message.from(), "Labor Zürich <lab@clinic.example>");
  EXPECT_EQ(message.subject(), "Ergebnis für Müller – Blutbild");
  ASSERT_TRUE(message.date().has_value());
  EXPECT_EQ(message.date()->month, 11);
  EXPECT_EQ(message.date()->day, 21);
  EXPECT_EQ(message.date()->hour, 12);
  EXPECT_EQ(message.text(), "Grüße\nZeile 2\n");
  EXPECT_FALSE(message.html().has_value());
  EXPECT_TRUE(message.attachments().empty());
}

TEST(OpenedMessage, FindsTheHtmlItsPicturesAndTheFiles) {
  const OpenedMessage message = opened(made_by_python(R"(
m['From'] = 'lab@clinic.example'
m['Subject'] = 'x'
m.set_content('plain')
m.add_alternative('<p>html <img src="cid:logo@clinic"></p>', subtype='html')
m.get_payload()[1].add_related(b'\x89PNG\x00\xff', 'image', 'png', cid='<logo@clinic>')
m.add_attachment(bytes(range(256)) * 40, maintype='application', subtype='pdf', filename='Befund \u00e4.pdf')
m.add_attachment('a,b\r\n1,2\r\n', subtype='csv', filename='../../etc/passwd')
)"));
  EXPECT_EQ(trim(*message.text()), "plain");
  EXPECT_EQ(trim(*message.html()), "<p>html <img src=\"cid:logo@clinic\"></p>");
  ASSERT_EQ(message.attachments().size(), 3U);
  EXPECT_TRUE(message.attachments()[0].in_body);
  EXPECT_FALSE(message.attachments()[1].in_body);
  EXPECT_EQ(message.attachments()[1].name, "Befund ä.pdf");
  EXPECT_EQ(message.attachments()[1].type, "application/pdf");
  EXPECT_EQ(message.attachments()[1].size, 10240U);
  EXPECT_EQ(message.attachments()[2].name, "passwd");
  std::string expected;
  for (int i = 0; i < 10240; ++i) {
    expected += static_cast<char>(i % 256);
  }
  EXPECT_EQ(bytes_of(message, 1), expected);
  EXPECT_FALSE(message.attachment(3).has_value());
  EXPECT_EQ(message.inline_image("logo@clinic"), "data:image/png;base64,iVBORwD/");
  EXPECT_FALSE(message.inline_image("other").has_value());
}

TEST(OpenedMessage, ANulDoesNotEndTheText) {
  const OpenedMessage message = opened(made_by_python(R"(
m['Subject'] = 'x'
m.set_content('before\0 behind', cte='base64')
m.add_alternative('<p>before<im\0g>behind</p>', subtype='html', cte='base64')
)"));
  EXPECT_EQ(trim(*message.text()), "before behind");
  EXPECT_EQ(trim(*message.html()), "<p>before<img>behind</p>");
  const OpenedMessage wide = opened(made_by_python(R"(
m['Subject'] = 'x'
m.set_content('Grüße', charset='utf-16', cte='base64')
)"));
  EXPECT_EQ(trim(*wide.text()), "Grüße");
}

TEST(OpenedMessage, ForwardedMessageIsAFile) {
  const OpenedMessage message = opened(made_by_python(R"(
inner = EmailMessage()
inner['Subject'] = 'Inside / out'
inner.set_content('inner text')
m['Subject'] = 'x'
m.set_content('see attached')
m.add_attachment(inner)
)"));
  ASSERT_EQ(message.attachments().size(), 1U);
  EXPECT_EQ(message.attachments()[0].type, "message/rfc822");
  EXPECT_NE(bytes_of(message, 0).find("inner text"), std::string::npos);
}

TEST(OpenedMessage, OddMessagesStillOpen) {
  for (const std::string_view bytes :
       {"Subject: x\r\n\r\n",
        "Subject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
        "Subject: x\r\nContent-Type: multipart/mixed\r\n\r\nno boundary\r\n",
        "Subject: =?utf-8?b?/w==?=\r\nContent-Type: text/plain; "
        "charset=no-such-charset\r\n\r\n\xff\xfe\r\n",
        "Subject: x\r\nContent-Type: text/html; charset=\r\nContent-Transfer-Encoding: "
        "base64\r\n\r\n!!!\r\n"}) {
    const auto message = OpenedMessage::parse(std::string(bytes));
    EXPECT_TRUE(message.has_value()) << bytes;
  }
  EXPECT_FALSE(OpenedMessage::parse("").has_value());
}

TEST(FileName, MeansNothingToAnyFileSystem) {
  struct Case {
    std::string_view name, harmless;
  };
  for (const Case& each :
       {Case{"report.pdf", "report.pdf"}, Case{"../../etc/passwd", "passwd"},
        Case{"C:\\Windows\\x.exe", "x.exe"}, Case{".bashrc", "bashrc"}, Case{"..", ""},
        Case{"a\r\nSet-Cookie: x", "a__Set-Cookie_ x"}, Case{"a\"b;c.pdf", "a_b_c.pdf"},
        Case{"ann\u202efdp.exe", "annfdp.exe"}, Case{"\u202e.bashrc\u200f.", "bashrc"},
        Case{"x.pdf. . ", "x.pdf"}, Case{"", ""}}) {
    EXPECT_EQ(harmless_file_name(each.name), each.harmless) << each.name;
  }
  const std::string longest = harmless_file_name(std::string(300, 'a') + ".pdf");
  EXPECT_EQ(longest.size(), 120U);
  EXPECT_TRUE(longest.ends_with(".pdf"));
}

}  // namespace
}  // namespace phimilter::portal
