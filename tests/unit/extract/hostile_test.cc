// SPDX-License-Identifier: Apache-2.0
//
// Messages made to exhaust whoever reads them, through the real worker in its jail: each ends at a
// limit, in good time, and the next message is read as if nothing had been.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/extractor.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

class Hostile : public testing::Test {
 protected:
  void SetUp() override {
    auto started = start_extractor({PHIMILTER_BIN_DIR "/phimilter-extract", 1, 0});
    ASSERT_TRUE(started.has_value()) << started.error().describe();
    extractor_ = std::move(*started);
  }

  MessageText read(const std::string& bytes) {
    auto message = mail::parse_message("Subject: x\r\n" + bytes, testing::TempDir());
    EXPECT_TRUE(message.has_value());
    auto text = extractor_->extract(*message);
    EXPECT_TRUE(text.has_value());
    return text ? std::move(*text) : MessageText{};
  }

  void next_is_read() {
    const MessageText next = read("\r\nhealthy\r\n");
    ASSERT_NE(part_at(next, "1"), nullptr);
    EXPECT_EQ(part_at(next, "1")->text, "healthy\n");
  }

  static bool has_text(const MessageText& message, std::string_view words) {
    for (const auto& part : message.parts) {
      if (part.text.find(words) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  static std::string attached(std::string_view bytes, std::string_view type) {
    return "Content-Type: " + std::string(type) +
           "\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
           base64(as_bytes(bytes)) + "\r\n";
  }

  std::unique_ptr<Extractor> extractor_;
};

std::string repeated(std::string_view piece, std::size_t size) {
  std::string out;
  while (out.size() < size) {
    out += piece;
  }
  return out;
}

TEST_F(Hostile, ZipBomb) {
  const MessageText message = read(attached(test_file("bomb.zip"), "application/zip"));
  EXPECT_GE(count_opaque(message, Opaque::limit), 1U);
  next_is_read();
}

TEST_F(Hostile, MimeFiveHundredDeep) {
  std::string multiparts;
  std::string messages;
  for (int i = 0; i < 500; ++i) {
    const std::string name = "b" + std::to_string(i) + "x";
    multiparts += "Content-Type: multipart/mixed; boundary=" + name + "\r\n\r\n--" + name + "\r\n";
    messages += "Content-Type: message/rfc822\r\n\r\n";
  }
  EXPECT_GE(count_opaque(read(multiparts + "\r\nx\r\n"), Opaque::limit), 1U);
  EXPECT_GE(count_opaque(read(messages + "\r\nx\r\n"), Opaque::limit), 1U);
  next_is_read();
}

TEST_F(Hostile, BillionLaughs) {
  std::string xml = "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [\n<!ENTITY lol \"ha\">\n";
  std::string last = "lol";
  for (int i = 1; i < 10; ++i) {
    const std::string name = "lol" + std::to_string(i);
    xml +=
        "<!ENTITY " + name + " \"" + repeated("&" + last + ";", 10 * (last.size() + 2)) + "\">\n";
    last = name;
  }
  xml += "]>\n<lolz>&" + last + ";</lolz>\n";
  const MessageText message = read(attached(xml, "application/xml"));
  std::size_t text = 0;
  for (const auto& part : message.parts) {
    text += part.text.size();
  }
  EXPECT_LT(text, 10 * xml.size());
  EXPECT_EQ(count_opaque(message, Opaque::failed), 0U);
  next_is_read();
}

TEST_F(Hostile, HugeHtml) {
  const std::string page = "<p>Olga</p>" + repeated("<p>words</p>", limits::kHtmlBytes);
  const MessageText message = read("Content-Type: text/html\r\n\r\n" + page);
  EXPECT_EQ(count_opaque(message, Opaque::limit), 1U);
  EXPECT_TRUE(has_text(message, "Olga"));
  next_is_read();
}

// Each is linear work for a reader that does not look back, and the square of it for one that does.
TEST_F(Hostile, QuadraticBait) {
  struct Case {
    const char* what;
    std::string message;
  };
  constexpr std::size_t kSize = 1'000'000;
  const Case cases[] = {
      {"open tags", "Content-Type: text/html\r\n\r\n" + repeated("<ul><li>", kSize / 4)},
      {"open comments", "Content-Type: text/html\r\n\r\n" + repeated("<!--", kSize)},
      {"open brackets", "Content-Type: text/html\r\n\r\n" + repeated("<", kSize)},
      {"open quotes", "Content-Type: text/html\r\n\r\n" + repeated("<a b=\"", kSize)},
      {"raw text", "Content-Type: text/html\r\n\r\n" + repeated("<xmp></", kSize)},
      {"entities", "Content-Type: text/html\r\n\r\n" + repeated("&#", kSize)},
      {"encoded-words", "\r\n" + repeated("=?utf-8?b?", kSize)},
      {"encoded-words in a field", "X-Y: " + repeated("=?utf-8?b?", kSize / 2) + "\r\n\r\nx\r\n"},
      {"shifts", "\r\n" + repeated("+AAAA", kSize)},
      {"delimiters",
       "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + repeated("--bb\r\n", kSize)},
      {"guesses", "Content-Type: multipart/mixed\r\n\r\n" + repeated("--b\r\nContent-\r\n", kSize)},
      {"boundaries",
       "Content-Type: multipart/mixed; boundary=b\r\n\r\n--bb\r\n" + repeated("boundary=", kSize)},
      {"comments", "Content-Type: text/plain" + repeated(" (", kSize / 2) + "\r\n\r\nx\r\n"},
      {"parameters", "Content-Type: text/plain" + repeated(";a*0=b", kSize / 2) + "\r\n\r\nx\r\n"},
      {"escapes", "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + repeated("= ", kSize)},
      {"padding", "Content-Transfer-Encoding: base64\r\n\r\n" + repeated("A=\r\n", kSize)},
      {"overrides",
       "Content-Type: text/plain; charset=utf-8\r\n\r\n" + repeated("\xE2\x80\xAE", kSize)},
      {"pictures of a PDF",
       attached("%PDF-1.4\n" + repeated("/Subtype /Image ", kSize / 4), "application/pdf")},
      {"strings of a PDF", attached("%PDF-1.4\n" + repeated("/V(", kSize / 4), "application/pdf")},
  };
  for (const auto& test : cases) {
    const MessageText message = read(test.message);
    EXPECT_EQ(count_opaque(message, Opaque::failed), 0U) << test.what;
  }
  next_is_read();
}

TEST_F(Hostile, TextThatGrowsInReadings) {
  // Every line may be an encoded-word, base64, UTF-7 and a delimiter at once.
  const std::string lines =
      repeated("--b +AAAA- =?utf-8?q?=41?= " + std::string(60, 'A') + "\r\n", 2'000'000);
  const MessageText message = read(
      "Content-Type: multipart/mixed; boundary='b'; boundary=b\r\nContent-Type: text/html\r\n"
      "Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: x\r\n\r\n" +
      lines);
  EXPECT_EQ(count_opaque(message, Opaque::failed), 0U);
  next_is_read();
}

}  // namespace
}  // namespace phimilter::extract
