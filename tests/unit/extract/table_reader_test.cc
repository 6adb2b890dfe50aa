// SPDX-License-Identifier: Apache-2.0
#include "extract/table_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "extract/recorded_reading.h"

namespace phimilter::extract {
namespace {

TEST(TableReader, ReadsDeclaredTables) {
  const struct {
    const char* what;
    const char* text;
    const char* rows;
  } kCases[] = {
      {"commas", "Name,DOB\nJane Doe,2/11/1957\n", "Name\tDOB\nJane Doe\t2/11/1957\n"},
      {"quotes (RFC 4180 2.5)", "Name,DOB\n\"Doe, Jane\",1957\n", "Name\tDOB\nDoe, Jane\t1957\n"},
      {"quoted quotes (2.7)", "a,b\n\"say \"\"aah\"\"\",c\n", "a\tb\nsay \"aah\"\tc\n"},
      {"line break in a cell (2.6)", "a,b\n\"one\ntwo\",c\n", "a\tb\none two\tc\n"},
      {"TAB in a quoted cell", "a,b\n\"one\ttwo\",c\n", "a\tb\none two\tc\n"},
      {"semicolons", "Name;DOB\nDoe, Jane;1957\n", "Name\tDOB\nDoe, Jane\t1957\n"},
      {"TABs", "Name\tDOB\nDoe, Jane\t1957\n", "Name\tDOB\nDoe, Jane\t1957\n"},
      {"bars", "Name|DOB\nDoe, Jane|1957\n", "Name\tDOB\nDoe, Jane\t1957\n"},
      {"empty cells", "a,,c\n,,d\n", "a\t\tc\n\t\td\n"},
      {"note for spreadsheets", "sep=;\na,1;b\n", "a,1\tb\n"},
      {"quote that never ends", "a,b\n\"c,d\ne,f\n", "a\tb\n\"c\td\ne\tf\n"},
      {"no line break at the end", "a,b\nc,d", "a\tb\nc\td\n"},
      {"title line", "Visits\nName,DOB,MRN\nJane,1957,1\n",
       "Visits\nName\tDOB\tMRN\nJane\t1957\t1\n"},
  };
  for (const auto& each : kCases) {
    const Document document = text_document(each.text, "text/csv");
    EXPECT_TRUE(is_table(document)) << each.what;
    EXPECT_EQ(reading_of(read_table, document).said, each.rows) << each.what;
  }
  EXPECT_TRUE(is_table(text_document("a,b", "application/octet-stream", "LIST.CSV")));
}

TEST(TableReader, FindsTablesInText) {
  const struct {
    const char* what;
    const char* text;
    const char* rows;
  } kCases[] = {
      {"commas", "Hi,\n\nName,DOB,MRN\nJane,1957,1\nMark,1960,2\n\nBye\n",
       "Name\tDOB\tMRN\nJane\t1957\t1\nMark\t1960\t2\n\n"},
      {"Markdown", "| Name | DOB |\n|------|-----|\n| Jane | 1957 |\n| Mark | 1960 |\n",
       "\tName\tDOB\t\n\tJane\t1957\t\n\tMark\t1960\t\n\n"},
      {"drawn with blanks", "Name        DOB    MRN\nJane Doe    1957   1\nMark Poe    1960   22\n",
       "Name\tDOB\tMRN\nJane Doe\t1957\t1\nMark Poe\t1960\t22\n\n"},
      {"quoted", "> a;b;c\n> d;e;f\n> g;h;i\n", "a\tb\tc\nd\te\tf\ng\th\ti\n\n"},
  };
  for (const auto& each : kCases) {
    const Document document = text_document(each.text);
    EXPECT_TRUE(is_table(document)) << each.what;
    EXPECT_EQ(reading_of(read_table, document).said, each.rows) << each.what;
  }
}

TEST(TableReader, ToldFromOtherText) {
  for (const char* text :
       {"", "a,b,c\nd,e,f\n", "Dear Jane,\nthanks, it is fine, really.\nBye,\nMark",
        "a,b,c\nd,e\nf,g,h\n", "one  two\nthree  four\nfive  six\n"}) {
    EXPECT_FALSE(is_table(text_document(text))) << text;
  }
}

TEST(TableReader, SurvivesStrangeTables) {
  std::string quotes = "a,b\n";
  for (int i = 0; i < 20'000; ++i) {
    quotes += ",\"\"\"";
  }
  std::string columns;
  for (int i = 0; i < 50'000; ++i) {
    columns += "a  ";
  }
  for (const std::string& text :
       {quotes, std::string(200'000, ','), std::string(200'000, '\n'), std::string(200'000, '"'),
        std::string(200'000, ' '), std::string("\""), columns}) {
    reading_of(read_table, text_document(text, "text/csv"));
    reading_of(read_table, text_document(text));
  }
}

}  // namespace
}  // namespace phimilter::extract
