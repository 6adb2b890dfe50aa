// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/answer.h"
#include "extract/extractor.h"
#include "extract/message_reader.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

using std::string_literals::operator""s;

constexpr std::string_view kNote = "Patient: Olga Ivanova\nMRN 48205517, potassium 6.1\n";

std::string message_with(const std::string& bytes, const std::string& name) {
  return "Content-Type: application/octet-stream; name=\"" + name +
         "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64(as_bytes(bytes)) + "\r\n";
}

std::string names_in(const MessageText& message) {
  const auto* names = part_at(message, "names");
  return names == nullptr ? "" : names->text;
}

std::string text_at(const MessageText& message, const std::string& path) {
  const auto* part = part_at(message, path);
  return part == nullptr ? "(no such part)" : part->text;
}

std::size_t count_opaque_of_any_reason(const MessageText& message) {
  std::size_t count = 0;
  for (const auto& part : message.parts) {
    count += part.opaque.has_value() ? 1 : 0;
  }
  return count;
}

class Archive : public testing::Test {
 protected:
  static void SetUpTestSuite() { warm_up(); }

  static MessageText read(const std::string& file) {
    return read_message(message_with(test_file("office/" + file), file));
  }
};

struct ArchiveCase {
  const char* file;
  const char* path;
  const char* media_type;
};

constexpr ArchiveCase kReadable[] = {
    {"plain.zip", "1/Ärzte/Befund.txt", "application/zip"},
    {"streamed.zip", "1/note.txt", "application/zip"},
    {"prefixed.zip", "1/Ärzte/Befund.txt", "application/zip"},
    {"nested.zip", "1/inner.zip/Ärzte/Befund.txt", "application/zip"},
    {"plain.7z", "1/Größe.txt", "application/x-7z-compressed"},
    {"plain.rar", "1/note.txt", "application/vnd.rar"},
    {"plain.cab", "1/Größe.txt", "application/vnd.ms-cab-compressed"},
    {"plain.iso.gz", "1/plain.iso/Größe.txt", "application/x-compressed"},
    {"v7.tar.gz", "1/old.txt", "application/x-compressed"},
    {"note.txt.gz", "1/note.txt", "application/x-compressed"},
    {"note.txt.bz2", "1/note.txt", "application/x-compressed"},
    {"note.txt.xz", "1/note.txt", "application/x-compressed"},
    {"note.txt.zst", "1/note.txt", "application/x-compressed"},
};

TEST_F(Archive, FilesAreMembers) {
  for (const auto& test : kReadable) {
    const MessageText message = read(test.file);
    EXPECT_EQ(text_at(message, test.path), kNote) << test.file;
    ASSERT_NE(part_at(message, "1"), nullptr);
    EXPECT_EQ(part_at(message, "1")->media_type, test.media_type) << test.file;
    ASSERT_NE(part_at(message, test.path), nullptr) << test.file;
    EXPECT_EQ(part_at(message, test.path)->kind, PartKind::member);
    EXPECT_EQ(count_opaque_of_any_reason(message), 0U) << test.file;
  }
}

// Without the jail nothing shows that a library opens a file or asks for the time zone.
TEST_F(Archive, InTheJail) {
  const auto extractor = start_extractor({PHIMILTER_BIN_DIR "/phimilter-extract", 1, 0});
  ASSERT_TRUE(extractor.has_value());
  for (const auto& test : kReadable) {
    const auto message = mail::parse_message(
        message_with(test_file("office/"s + test.file), test.file), testing::TempDir());
    ASSERT_TRUE(message.has_value());
    const auto text = (*extractor)->extract(*message);
    ASSERT_TRUE(text.has_value()) << test.file;
    EXPECT_EQ(text_at(*text, test.path), kNote) << test.file;
  }
}

TEST_F(Archive, NamesAndLinksAndCommentsAreText) {
  EXPECT_EQ(names_in(read("plain.zip")), "plain.zip\nÄrzte/Befund.txt\ntable.csv\n");
  EXPECT_EQ(text_at(read("comment.zip"), "1"), "MRN 48205517");
  EXPECT_EQ(text_at(read("plain.tar.gz"), "1"), "link\nOlga.txt\nlink\n");
  EXPECT_EQ(text_at(read("prefixed.zip"), "1"), "#!/bin/sh\nexit 1\n\n");
}

TEST_F(Archive, ZipsThatSayTwoThingsAreReadBothWays) {
  const MessageText hidden = read("hidden-local.zip");
  EXPECT_EQ(text_at(hidden, "1/shown.txt"), "nothing\n");
  EXPECT_EQ(text_at(hidden, "1/hidden.txt"), "Olga's potassium\n");
  const MessageText names = read("two-names.zip");
  EXPECT_NE(text_at(names, "1").find("Olga.txt"), std::string::npos);
  EXPECT_NE(text_at(names, "1").find("safe.txt"), std::string::npos);
  const MessageText no_directory = read("no-directory.zip");
  EXPECT_EQ(text_at(no_directory, "1/Ärzte/Befund.txt"), kNote);
  EXPECT_EQ(part_at(no_directory, "1")->opaque, Opaque::broken);
}

TEST_F(Archive, EncryptedFilesKeepTheirNames) {
  for (const char* file : {"encrypted.zip", "encrypted-aes.zip", "encrypted.7z"}) {
    const MessageText message = read(file);
    ASSERT_NE(part_at(message, "1/Größe.txt"), nullptr) << file;
    EXPECT_EQ(part_at(message, "1/Größe.txt")->opaque, Opaque::encrypted) << file;
    EXPECT_NE(names_in(message).find("Größe.txt\n"), std::string::npos) << file;
    EXPECT_FALSE(message.already_encrypted);
  }
  EXPECT_EQ(part_at(read("encrypted.rar"), "1/note.txt")->opaque, Opaque::encrypted);
  EXPECT_EQ(part_at(read("encrypted-names.7z"), "1")->opaque, Opaque::encrypted);
}

TEST_F(Archive, WhatIsCutOffIsOpaqueAndReadAsFarAsItGoes) {
  for (const char* file : {"plain.zip", "plain.7z", "plain.cab", "plain.iso.gz", "plain.tar.gz",
                           "note.txt.gz", "note.txt.bz2", "note.txt.xz", "note.txt.zst"}) {
    const std::string bytes = test_file("office/"s + file);
    for (const std::size_t part : {2, 3, 5, 10}) {
      const MessageText message =
          read_message(message_with(bytes.substr(0, bytes.size() - bytes.size() / part), file));
      EXPECT_GE(count_opaque_of_any_reason(message), 1U) << file << " less 1/" << part;
    }
  }
}

// libarchive 3.6.2 followed a null pointer when it was asked for what comes next.
TEST_F(Archive, NothingIsReadBehindADamagedFile) {
  EXPECT_EQ(part_at(read("damaged.cab"), "1")->opaque, Opaque::broken);
}

TEST_F(Archive, Depth) {
  const std::string inner = "1/7.zip/6.zip/5.zip/4.zip/3.zip/2.zip/1.zip/note.txt";
  const MessageText within = read("deep-8.zip");
  EXPECT_EQ(text_at(within, inner), kNote);
  EXPECT_EQ(count_opaque_of_any_reason(within), 0U);
  const MessageText past = read("deep-9.zip");
  EXPECT_EQ(count_opaque(past, Opaque::limit), 1U);
  EXPECT_NE(names_in(past).find("note.txt"), std::string::npos);
}

TEST_F(Archive, NumberOfFiles) {
  const MessageText within = read("many-4999.tar.gz");
  EXPECT_EQ(text_at(within, "1/4998.txt"), "4998.");
  EXPECT_EQ(count_opaque_of_any_reason(within), 0U);
  const MessageText past = read("many-5001.tar.gz");
  EXPECT_EQ(text_at(past, "1/4998.txt"), "4998.");
  EXPECT_EQ(part_at(past, "1")->opaque, Opaque::limit);
  EXPECT_TRUE(decode_answer(encode_answer(past)).has_value());
}

TEST_F(Archive, UnpackedBytes) {
  EXPECT_EQ(count_opaque_of_any_reason(read("ratio-ok.gz")), 0U);
  const MessageText ratio = read("ratio.gz");
  ASSERT_NE(part_at(ratio, "1/ratio"), nullptr);
  EXPECT_EQ(part_at(ratio, "1/ratio")->opaque, Opaque::limit);
  EXPECT_EQ(text_at(ratio, "1/ratio"), "");
  const MessageText total = read("total.tar.gz");
  EXPECT_GE(count_opaque(total, Opaque::limit), 1U);
  std::size_t bytes = 0;
  for (const auto& part : total.parts) {
    bytes += part.text.size();
  }
  EXPECT_LE(bytes, limits::kMessageText);
}

TEST_F(Archive, BytesOfTwoKindsAreReadAsBoth) {
  const std::string zip = test_file("office/plain.zip");
  const MessageText picture = read_message(message_with("\x89PNG\r\n\x1A\n"s + zip, "logo.png"));
  EXPECT_EQ(part_at(picture, "1")->media_type, "image/png");
  EXPECT_EQ(text_at(picture, "1/Ärzte/Befund.txt"), kNote);
  const MessageText program = read_message(message_with("MZ\x01\x02\x03\x04"s + zip, "a.exe"));
  EXPECT_EQ(text_at(program, "1/Ärzte/Befund.txt"), kNote);
  EXPECT_EQ(part_at(program, "1")->opaque, Opaque::unknown);
}

}  // namespace
}  // namespace phimilter::extract
