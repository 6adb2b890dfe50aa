// SPDX-License-Identifier: Apache-2.0
//
// Sheets as spreadsheets write them; the UTF-16 ones were made with Python 3.11 (str.encode).
#include "escrow/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/run_program.h"

namespace phimilter::escrow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Cells = std::vector<std::string>;

std::vector<Cells> rows_of(const std::string& text) {
  std::vector<Cells> out;
  const CsvTable table = read_csv(text);
  EXPECT_TRUE(table.problems.empty()) << text;
  for (const CsvRow& row : table.rows) {
    out.push_back(row.cells);
  }
  return out;
}

TEST(CsvReader, SeparatorsAreFoundOut) {
  for (const char* text :
       {"a,b\n1,2\n", "a;b\n1;2\n", "a\tb\r\n1\t2", "sep=;\r\na;b\r\n1;2\r\n", "sep=|\na|b\n1|2",
        "\xEF\xBB\xBF"
        "a;b\n1;2\n",
        "a,b\n\n1,2\n\n"}) {
    EXPECT_THAT(rows_of(text), ElementsAre(Cells{"a", "b"}, Cells{"1", "2"})) << text;
  }
  EXPECT_THAT(rows_of("a;b\n\"1;2\";\"x\ny\"\n"),
              ElementsAre(Cells{"a", "b"}, Cells{"1;2", "x\ny"}));
}

TEST(CsvReader, LinesAreCountedAsAPersonSeesThem) {
  const CsvTable table = read_csv("sep=,\na,b\n\"1\n2\",3\n\nx,y\n");
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[1].line, 3U);
  EXPECT_EQ(table.rows[2].line, 6U);
}

TEST(CsvReader, ARowHasAnEnd) {
  const std::string many(200, ','), open = "a\n\"" + std::string(100'000, 'x') + "\"\n";
  for (const std::string& text : {"a\n" + many, open, "a\n\"" + std::string(100, 'x')}) {
    const CsvTable table = read_csv(text);
    ASSERT_EQ(table.problems.size(), 1U);
    EXPECT_EQ(table.problems[0].line, 2U);
  }
}

TEST(CsvText, Utf16AndUtf8AreRead) {
  for (const char* kind : {"utf-8", "utf-8-sig", "utf-16"}) {
    const auto made = phimilter::test::run_program(
        std::string("python3 -c \"import sys; sys.stdout.buffer.write('ñ,😀\\n'.encode('") + kind +
        "'))\"");
    const auto text = csv_text(made.output);
    ASSERT_TRUE(text) << kind;
    EXPECT_THAT(rows_of(*text), ElementsAre(Cells{"ñ", "😀"})) << kind;
  }
  const auto big = csv_text(std::string("\xFE\xFF\x00\xF1\x00,\x00x", 8));
  ASSERT_TRUE(big);
  EXPECT_EQ(*big, "ñ,x");
}

TEST(CsvText, OtherBytesAreNoText) {
  const struct {
    std::string bytes;
    const char* line;
  } cases[] = {{"a\n\xF1,\n", "2"},
               {"\xFF\xFE"
                "a",
                "1"},                                       // half a unit
               {std::string("\xFF\xFE\x00\xD8", 4), "1"}};  // half a pair
  for (const auto& test : cases) {
    const auto text = csv_text(test.bytes);
    ASSERT_FALSE(text);
    EXPECT_THAT(text.error().describe(), HasSubstr(std::string("line=") + test.line));
  }
}

}  // namespace
}  // namespace phimilter::escrow
