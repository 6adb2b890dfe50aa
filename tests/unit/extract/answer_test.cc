// SPDX-License-Identifier: Apache-2.0
#include "extract/answer.h"

#include <gtest/gtest.h>

#include <string>

namespace phimilter::extract {
namespace {

using std::string_literals::operator""s;

TEST(Answer, IsTheSameOnTheOtherSide) {
  MessageText text;
  text.already_encrypted = true;
  text.parts.push_back({"headers", PartKind::header, "", "Subject: Größe\n", std::nullopt});
  text.parts.push_back({"1", PartKind::body, "text/plain", std::string("a\0b", 3), Opaque::limit});
  text.parts.push_back({"2", PartKind::attachment, "image/png", "", Opaque::image});
  const auto back = decode_answer(encode_answer(text));
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->already_encrypted);
  ASSERT_EQ(back->parts.size(), 3U);
  EXPECT_EQ(back->parts[1].text, std::string("a\0b", 3));
  EXPECT_EQ(back->parts[1].opaque, Opaque::limit);
  EXPECT_EQ(back->parts[2].kind, PartKind::attachment);
  EXPECT_EQ(back->parts[0].opaque, std::nullopt);
}

// A part by hand: kind, opaque, path "1", media type "", text of two bytes.
std::string part(char kind, char reason, const std::string& text = "ok") {
  return std::string{kind, reason} + "\0\0\0\1"s + "1" + "\0\0\0\0"s + "\0\0\0"s +
         static_cast<char>(text.size()) + text;
}

TEST(Answer, ByHand) {
  const auto answer = decode_answer("\0\0\0\0\1"s + part(1, '\xFF'));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->parts[0].kind, PartKind::body);
  EXPECT_EQ(answer->parts[0].text, "ok");
}

TEST(Answer, WhatAHijackedWorkerMaySay) {
  struct Case {
    const char* wrong;
    std::string bytes;
  };
  const Case cases[] = {
      {"nothing", ""},
      {"no count", "\0\0\0"s},
      {"no parts", "\0\0\0\0\0"s},
      {"flag that is neither 0 nor 1", "\2\0\0\0\1"s + part(1, '\xFF')},
      {"more parts than bytes", "\0\xFF\xFF\xFF\xFF"s + part(1, '\xFF')},
      {"a part less than counted", "\0\0\0\0\2"s + part(1, '\xFF')},
      {"a part more than counted", "\0\0\0\0\1"s + part(1, '\xFF') + part(1, '\xFF')},
      {"unknown kind", "\0\0\0\0\1"s + part(5, '\xFF')},
      {"unknown reason", "\0\0\0\0\1"s + part(1, 7)},
      {"text that is not UTF-8", "\0\0\0\0\1"s + part(1, '\xFF', "\xC0\x80")},
      {"a surrogate", "\0\0\0\0\1"s + part(1, '\xFF', "\xED\xA0\x80")},
      {"length past the end", "\0\0\0\0\1\1\xFF\0\0\0\1"s + "1\xFF\xFF\xFF\xFF"s},
      {"half a part", ("\0\0\0\0\1"s + part(1, '\xFF')).substr(0, 12)},
  };
  for (const auto& test : cases) {
    EXPECT_FALSE(decode_answer(test.bytes)) << test.wrong;
  }
}

TEST(Answer, TextPastTheLimitIsRefused) {
  MessageText text;
  text.parts.push_back(
      {"1", PartKind::body, "", std::string(limits::kPartText + 1, 'a'), std::nullopt});
  EXPECT_FALSE(decode_answer(encode_answer(text)));
  text.parts[0].text.pop_back();
  EXPECT_TRUE(decode_answer(encode_answer(text)));
  while (text.parts.size() * limits::kPartText <= limits::kMessageText) {
    text.parts.push_back(text.parts[0]);
  }
  EXPECT_FALSE(decode_answer(encode_answer(text)));
}

TEST(MessageText, NamesGoThereAndBack) {
  for (const auto kind : {PartKind::header, PartKind::body, PartKind::attachment, PartKind::member,
                          PartKind::file_name}) {
    EXPECT_EQ(part_kind_from(to_string(kind)), kind);
  }
  for (const auto reason : {Opaque::encrypted, Opaque::broken, Opaque::ambiguous, Opaque::limit,
                            Opaque::image, Opaque::unknown, Opaque::failed}) {
    EXPECT_EQ(opaque_from(to_string(reason)), reason);
  }
  EXPECT_EQ(to_string(PartKind::file_name), "file_name");
  EXPECT_EQ(part_kind_from("subject"), std::nullopt);
  EXPECT_EQ(opaque_from(""), std::nullopt);
}

}  // namespace
}  // namespace phimilter::extract
