// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"
#include "extract/message_reader.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

class Limits : public testing::Test {
 protected:
  static void SetUpTestSuite() { warm_up(); }

  static bool has_text(const MessageText& message, std::string_view text) {
    for (const auto& part : message.parts) {
      if (part.text.find(text) != std::string::npos) {
        return true;
      }
    }
    return false;
  }
};

std::string nested_multiparts(std::size_t depth) {
  std::string open;
  std::string close;
  for (std::size_t i = 0; i < depth; ++i) {
    const std::string name = "b" + std::to_string(i) + "x";
    open += "Content-Type: multipart/mixed; boundary=" + name + "\r\n\r\n--" + name +
            "\r\n\r\nlevel " + std::to_string(i) + "\r\n--" + name + "\r\n";
    close = "\r\n--" + name + "--\r\n" + close;
  }
  return open + "\r\ninnermost" + close;
}

TEST_F(Limits, Depth) {
  const MessageText within = read_message(nested_multiparts(limits::kMimeDepth));
  EXPECT_EQ(count_opaque(within, Opaque::limit), 0U);
  EXPECT_TRUE(has_text(within, "innermost"));
  const MessageText past = read_message(nested_multiparts(limits::kMimeDepth + 10));
  EXPECT_GE(count_opaque(past, Opaque::limit), 1U);
  EXPECT_FALSE(has_text(past, "innermost"));
  EXPECT_TRUE(has_text(past, "level 40"));
}

TEST_F(Limits, DepthOfMessagesInMessages) {
  std::string message;
  for (std::size_t i = 0; i < limits::kMimeDepth + 10; ++i) {
    message += "Subject: level " + std::to_string(i) + "\r\nContent-Type: message/rfc822\r\n\r\n";
  }
  const MessageText past = read_message(message + "Subject: innermost\r\n\r\nx\r\n");
  EXPECT_GE(count_opaque(past, Opaque::limit), 1U);
  EXPECT_TRUE(has_text(past, "level 40"));
  EXPECT_FALSE(has_text(past, "innermost"));
}

std::string many_parts(std::size_t count) {
  std::string message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (std::size_t i = 0; i < count; ++i) {
    message += "--b\r\n\r\nnumber " + std::to_string(i) + ".\r\n";
  }
  return message + "--b--\r\n";
}

TEST_F(Limits, Parts) {
  const MessageText within = read_message(many_parts(limits::kMimeParts - 1));
  EXPECT_EQ(count_opaque(within, Opaque::limit), 0U);
  EXPECT_TRUE(has_text(within, "number " + std::to_string(limits::kMimeParts - 2) + "."));
  const MessageText past = read_message(many_parts(limits::kMimeParts));
  EXPECT_EQ(count_opaque(past, Opaque::limit), 1U);
  EXPECT_TRUE(has_text(past, "number 900."));
}

TEST_F(Limits, TextOfAPart) {
  const std::string head = "Content-Type: text/plain\r\n\r\n";
  const MessageText within = read_message(head + std::string(limits::kPartText, 'a'));
  EXPECT_EQ(count_opaque(within, Opaque::limit), 0U);
  const MessageText past = read_message(head + "Olga " + std::string(limits::kPartText, 'a'));
  EXPECT_EQ(count_opaque(past, Opaque::limit), 1U);
  EXPECT_EQ(part_at(past, "1")->text.size(), limits::kPartText);
  EXPECT_TRUE(has_text(past, "Olga"));
}

TEST_F(Limits, CuttingDoesNotCutACharacter) {
  const MessageText past = read_message("Content-Type: text/plain; charset=utf-8\r\n\r\na" + [] {
    std::string text;
    while (text.size() <= limits::kPartText) {
      text += "é";
    }
    return text;
  }());
  EXPECT_EQ(part_at(past, "1")->opaque, Opaque::limit);
  EXPECT_EQ(part_at(past, "1")->text.size(), limits::kPartText - 1);
}

TEST_F(Limits, TextOfAMessage) {
  std::string message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (std::size_t i = 0; i < limits::kMessageText / limits::kPartText + 1; ++i) {
    message += "--b\r\n\r\n" + std::string(limits::kPartText - 100, 'a') + "\r\n";
  }
  const MessageText past =
      read_message(message + "--b\r\n\r\n" + std::string(1000, 'z') + "\r\n--b--\r\n");
  EXPECT_GE(count_opaque(past, Opaque::limit), 1U);
  std::size_t total = 0;
  for (const auto& part : past.parts) {
    total += part.text.size();
  }
  EXPECT_EQ(total, limits::kMessageText);
}

TEST_F(Limits, HtmlBytes) {
  std::string html = "<p>Olga</p>";
  while (html.size() <= limits::kHtmlBytes) {
    html += "<p>some more words of a long page</p>";
  }
  const MessageText past = read_message("Content-Type: text/html\r\n\r\n" + html);
  EXPECT_EQ(part_at(past, "1")->opaque, Opaque::limit);
  EXPECT_TRUE(has_text(past, "Olga"));
}

}  // namespace
}  // namespace phimilter::extract
