// SPDX-License-Identifier: Apache-2.0
#include "portal/message_shape.h"

#include <gtest/gtest.h>

#include "portal/fakes.h"
#include "portal/opened_message.h"

namespace phimilter::portal {
namespace {

std::string repeated(std::string_view unit, std::size_t times) {
  std::string out;
  out.reserve(unit.size() * times);
  for (std::size_t i = 0; i < times; ++i) {
    out += unit;
  }
  return out;
}

MessageShape shape_of(std::string_view message, std::size_t step) {
  ShapeScanner scanner;
  for (std::size_t at = 0; at < message.size(); at += step) {
    scanner.scan(message.substr(at, step));
  }
  return scanner.shape();
}

TEST(MessageShape, CountsWhatAParserWouldKeep) {
  struct Case {
    std::string message;
    std::uint64_t boundaries, header_bytes;
  };
  for (const Case& each : {
           Case{"A: b\r\n\r\nx: y\r\n", 0, 5},
           Case{"A: b\n folded\n\n", 0, 11},
           Case{"A: b\n\n--x\nC: dd\n\n--x--\n", 2, 9},
           Case{"A: b\n\n-x\n -- \nC: dd\n", 0, 4},
           Case{"Content-Type: MESSAGE/rfc822\n\nA: b\n\nC: d\n", 0, 32},
           Case{"Content-Type: multipart/digest\n\nA: b\n\nC: d\n\nE: f\n", 0, 42},
           Case{"no field\nA: b\n\nC: d\n", 0, 4},
       }) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
      const MessageShape shape = shape_of(each.message, step);
      EXPECT_EQ(shape.boundary_lines, each.boundaries) << each.message << step;
      EXPECT_EQ(shape.header_bytes, each.header_bytes) << each.message << step;
    }
  }
}

// Each would take hundreds of megabytes of a parser; what is left is the headers and the original.
TEST(MessageShape, BombsAreNotParsed) {
  const std::string head = "Subject: kept\r\n";
  const std::string multipart = head + "Content-Type: multipart/mixed; boundary=x\n\n";
  const std::string nested = head + "Content-Type: message/rfc822\n\n";
  for (const std::string& bomb :
       {multipart + repeated("--x\n\n", 100'000), multipart + "--x\n" + repeated("a:\n", 1'000'000),
        nested + repeated("a:\n", 1'000'000), nested + "no field\n" + repeated("a:\n", 1'000'000),
        multipart + "--x\nA: b\n" + repeated(" folded\n", 500'000),
        head + "Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n" +
            repeated("a:\n", 1'000'000)}) {
    auto message = OpenedMessage::parse(bomb);
    ASSERT_TRUE(message.has_value());
    EXPECT_TRUE(message->too_dear());
    EXPECT_EQ(message->subject(), "kept");
    EXPECT_TRUE(message->attachments().empty());
    EXPECT_FALSE(message->text() && message->text()->find("a:") != std::string::npos);
    EXPECT_TRUE(read_all(*message->original(), bomb.size()).value_or("") == bomb);
  }
}

TEST(MessageShape, DeepNestingEndsSomewhere) {
  std::string parts, messages;
  for (int i = 0; i < 500; ++i) {
    const std::string name = std::to_string(i);
    parts += "Content-Type: multipart/mixed; boundary=b" + name + "\n\n--b" + name + "\n";
    messages += "Content-Type: message/rfc822\n\n";
  }
  for (const std::string& deep : {parts + "\nhi\n", messages + "\nhi\n"}) {
    auto message = OpenedMessage::parse("Subject: deep\n" + deep);
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->subject(), "deep");
    EXPECT_LE(message->attachments().size(), 1U);
  }
}

TEST(MessageShape, LargeFilesAreNoBombs) {
  const std::string line = repeated("QUJD", 18) + "\r\n";
  const std::string message =
      "Subject: x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
      "--x\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: "
      "base64\r\n\r\n" +
      repeated(line, 300'000) + "--x--\r\n";
  auto opened = OpenedMessage::parse(message);
  ASSERT_TRUE(opened.has_value());
  EXPECT_FALSE(opened->too_dear());
  ASSERT_EQ(opened->attachments().size(), 1U);
  EXPECT_EQ(opened->attachments()[0].size, 300'000U * 54);
  auto bytes = opened->attachment(0);
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ((*bytes)->size(), 300'000U * 54);
  EXPECT_TRUE(read_all(**bytes, 1 << 25).value_or("") == repeated("ABC", 300'000 * 18));
}

// A fault of the vault in the middle is said, and is no shorter message.
TEST(MessageShape, AFaultOfTheVaultIsNoEnd) {
  class Broken final : public escrow::MessageBytes {
   public:
    explicit Broken(std::uint64_t good_reads) : left_(good_reads) {}
    std::uint64_t size() const override { return 1 << 20; }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
      if (left_ == 0) {
        return fail(permanent_fault("escrow.damaged", "cut"));
      }
      --left_;
      const std::size_t many = std::min<std::size_t>(out.size(), size() - offset);
      std::fill_n(out.begin(), many, 'a');
      constexpr std::string_view kStart = "Subject: x\n\n";
      if (offset == 0) {
        std::copy(kStart.begin(), kStart.end(), out.begin());
      }
      return many;
    }

   private:
    std::uint64_t left_;
  };
  for (const std::uint64_t reads : {0, 1, 10, 20, 30}) {
    auto message = OpenedMessage::open(std::make_unique<Broken>(reads));
    ASSERT_FALSE(message.has_value()) << reads;
    EXPECT_EQ(message.error().id, "escrow.damaged") << reads;
  }
}

}  // namespace
}  // namespace phimilter::portal
