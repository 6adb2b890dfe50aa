// SPDX-License-Identifier: Apache-2.0
#include "extract/compound_file.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "extract/little_endian.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kEverything = 1U << 20U;
constexpr std::size_t kSector = 512;

void put_u32(std::string& bytes, std::size_t place, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[place + i] = static_cast<char>(value >> (8 * i) & 0xFFU);
  }
}

std::size_t directory_of(const std::string& bytes) {
  return (u32_at(bytes, 48) + 1U) * kSector;
}
std::size_t table_of(const std::string& bytes) {
  return (u32_at(bytes, 76) + 1U) * kSector;
}

// The names that olefile lists of it.
TEST(CompoundFile, ListsStoragesAndStreams) {
  const std::string bytes = test_file("object.doc");
  auto file = CompoundFile::open(bytes);
  ASSERT_TRUE(file);
  for (const char* name : {"WordDocument", "1Table", "Data", "ObjectPool",
                           "\x01"
                           "CompObj",
                           "\x05SummaryInformation"}) {
    EXPECT_TRUE(file->has(CompoundFile::kRoot, name)) << name;
  }
  EXPECT_TRUE(file->has(CompoundFile::kRoot, "worddocument"));
  EXPECT_FALSE(file->has(CompoundFile::kRoot, "Workbook"));
  const auto pool = file->find(CompoundFile::kRoot, "ObjectPool");
  ASSERT_TRUE(pool);
  const auto object = file->find(*pool, "_1234");
  ASSERT_TRUE(object);
  EXPECT_TRUE(file->has(*object, "\x01Ole10Native"));
  EXPECT_FALSE(file->damaged());
}

TEST(CompoundFile, ReadsStreamsOfTheMiniStream) {
  const std::string bytes = test_file("mail.msg");
  auto file = CompoundFile::open(bytes);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->read(CompoundFile::kRoot, "__substg1.0_0C1A001F", kEverything),
            std::string("N\0u\0r\0s\0e\0 \0P\0o\0o\0l\0e\0", 22));
  EXPECT_EQ(file->read(CompoundFile::kRoot, "__substg1.0_0C1A001F", 3), std::string("N\0u", 3));
  EXPECT_EQ(file->read(CompoundFile::kRoot, "no such stream", kEverything), "");
  EXPECT_FALSE(file->damaged());
}

TEST(CompoundFile, ChainsThatLoopEnd) {
  std::string bytes = test_file("word95.doc");
  for (std::size_t i = 0; i < 128; ++i) {
    put_u32(bytes, table_of(bytes) + 4 * i, 0);
  }
  auto file = CompoundFile::open(bytes);
  ASSERT_TRUE(file);
  const std::string stream = file->read(CompoundFile::kRoot, "WordDocument", kEverything);
  EXPECT_LE(stream.size(), bytes.size());
  EXPECT_TRUE(file->damaged());
}

TEST(CompoundFile, SectorsPastTheEndAreDamage) {
  std::string bytes = test_file("word95.doc");
  put_u32(bytes, directory_of(bytes) + 128 + 116, 0x00FFFFFF);
  auto file = CompoundFile::open(bytes);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->read(CompoundFile::kRoot, "WordDocument", kEverything), "");
  EXPECT_TRUE(file->damaged());
}

TEST(CompoundFile, SizesPastTheEndAreDamage) {
  std::string bytes = test_file("word95.doc");
  put_u32(bytes, directory_of(bytes) + 128 + 120, 0x7FFFFFFF);
  auto file = CompoundFile::open(bytes);
  ASSERT_TRUE(file);
  EXPECT_LE(file->read(CompoundFile::kRoot, "WordDocument", kEverything).size(), bytes.size());
  EXPECT_TRUE(file->damaged());
}

TEST(CompoundFile, AnEntryThatIsItsOwnSiblingIsListedOnce) {
  std::string bytes = test_file("word95.doc");
  put_u32(bytes, directory_of(bytes) + 128 + 68, 1);
  put_u32(bytes, directory_of(bytes) + 128 + 72, 1);
  const auto file = CompoundFile::open(bytes);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->entries()[CompoundFile::kRoot].children.size(), 1U);
  EXPECT_TRUE(file->damaged());
}

TEST(CompoundFile, AnEntryThatNoTreeHoldsIsFound) {
  std::string bytes = test_file("word95.doc");
  put_u32(bytes, directory_of(bytes) + 76, 0xFFFFFFFF);  // the root has no child
  const auto file = CompoundFile::open(bytes);
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->has(CompoundFile::kRoot, "WordDocument"));
  EXPECT_TRUE(file->damaged());
}

TEST(CompoundFile, NoDirectoryIsNoFile) {
  std::string bytes = test_file("word95.doc");
  put_u32(bytes, 48, 0xFFFFFFFE);
  EXPECT_FALSE(CompoundFile::open(bytes));
  EXPECT_FALSE(CompoundFile::open(""));
  EXPECT_FALSE(CompoundFile::open(bytes.substr(0, 511)));
  EXPECT_FALSE(CompoundFile::open(std::string(4096, 'x')));
}

}  // namespace
}  // namespace phimilter::extract
