// SPDX-License-Identifier: Apache-2.0
#include "portal/file_view.h"

#include <gtest/gtest.h>

namespace phimilter::portal {
namespace {

TEST(FileView, OnlyWhatCannotRunAnythingIsShown) {
  struct Case {
    const char *name, *type;
    FileView view;
  };
  for (const Case& each :
       {Case{"a.pdf", "application/pdf", FileView::pdf},
        Case{"Scan.PDF", "application/octet-stream", FileView::pdf},
        Case{"a.pdf", "text/html", FileView::none}, Case{"a.png", "image/png", FileView::picture},
        Case{"a.jpg", "image/jpg", FileView::picture}, Case{"a", "image/webp", FileView::picture},
        Case{"a.svg", "image/svg+xml", FileView::none}, Case{"a.txt", "text/plain", FileView::text},
        Case{"a.csv", "text/csv", FileView::text}, Case{"a", "message/rfc822", FileView::message},
        Case{"a.htm", "text/html", FileView::none}, Case{"a.xml", "text/xml", FileView::none},
        Case{"a.js", "text/javascript", FileView::none},
        Case{"a.xhtml", "application/xhtml+xml", FileView::none},
        Case{"a.bin", "application/octet-stream", FileView::none}}) {
    EXPECT_EQ(view_of({each.name, each.type, 100}), each.view) << each.name << " " << each.type;
  }
  EXPECT_EQ(view_of({"a.txt", "text/plain", kViewedText + 1}), FileView::none);
}

// What a file is shown as follows from its bytes: a page under a picture's name is saved.
TEST(FileView, TheBytesDecide) {
  using std::string_view_literals::operator""sv;
  struct Case {
    const char* type;
    std::string_view start, shown;
  };
  for (const Case& each :
       {Case{"application/pdf", "%PDF-1.7\n", "application/pdf"},
        Case{"application/pdf", "<html>%PDF-", ""}, Case{"application/pdf", "", ""},
        Case{"image/png", "\x89PNG\r\n\x1a\n"sv, "image/png"},
        Case{"image/png", "\xff\xd8\xff\xe0"sv, "image/jpeg"},
        Case{"image/gif", "GIF89a", "image/gif"}, Case{"image/gif", "<svg onload=x>", ""},
        Case{"image/webp", "RIFF\x01\x02\x03\x04WEBP"sv, "image/webp"},
        Case{"image/webp", "RIFF\x01\x02\x03\x04WAVE"sv, ""}, Case{"image/webp", "RIFF", ""},
        Case{"text/html", "%PDF-", ""}}) {
    EXPECT_EQ(viewed_type({"x", each.type, 100}, each.start), each.shown) << each.type;
  }
}

}  // namespace
}  // namespace phimilter::portal
