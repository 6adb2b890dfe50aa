// SPDX-License-Identifier: Apache-2.0
#include "extract/html_text.h"

#include <gtest/gtest.h>

#include <string>

#include "extract/text_lines.h"

namespace phimilter::extract {
namespace {

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

TEST(HtmlText, SaysWhatABrowserShows) {
  struct Case {
    const char* html;
    const char* text;
  };
  const Case cases[] = {
      {"<p>one</p><p>two</p>", "one\ntwo"},
      {"12<b>3</b>4<i></i>5", "12345"},
      {"a  \n b\t c", "a b c"},
      {"a<br>b<br/>c", "a\nb\nc"},
      {"<div>a<div>b</div>c</div>", "a\nb\nc"},
      {"&lt;MRN&gt; &eacute;&#233;&#xE9; &amp;amp; x&nbsp;y", "<MRN> ééé &amp; x\xC2\xA0y"},
      {"<table><tr><th>Test</th><th>Result</th></tr><tr><td>HIV</td><td>positive</td></tr></table>",
       "Test\tResult\nHIV\tpositive"},
      {"<table><tr><td><p>Na</p></td><td><div><p>131</p></div></td></tr><tr><td><p>K</p></td></"
       "tr></table>",
       "Na\t131\nK"},
      {"<table><tr><td></td><td>x</td><td></td><td>y</td></tr></table>", "\tx\t\ty"},
      {"<table><tr><td><p>one</p><p>two</p></td><td>b</td></tr></table>", "one\ntwo\tb"},
      {"<ul><li>a<li>b</ul>c", "a\nb\nc"},
      {"<pre>a  b\n  c</pre>d", "a  b\n  c\nd"},
      {"a<script>var mrn = 1;</script><style>p{}</style>b", "ab"},
      {"a<!-- 123-45-6789 -->b", "ab"},
      {"<img alt=\"Scan of Olga\">x", "Scan of Olga x"},
      {"<input value=\"48151623\"><span title=\"DOB 1961\">Z</span>", "48151623 DOB 1961 Z"},
      {"<p style=\"display:none\">hidden</p>shown", "hidden\nshown"},
      {"<title>T</title><body>b", "T\nb"},
      {"<select><option>x<option>y</select>", "x\ny"},
      {"<textarea>  two\n  lines</textarea>", "  two\n  lines"},
      {"<noscript>no script</noscript>", "no script"},
      {"un<wbr>broken", "unbroken"},
      {"", ""},
      {"<<<>>>&&&", "<<<>>>&&&"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(trimmed(html_text(test.html)), test.text) << test.html;
  }
}

TEST(HtmlText, DeepNestingIsNoStackOverflow) {
  std::string html;
  for (int i = 0; i < 20'000; ++i) {
    html += "<div>";
  }
  html += "deep";
  EXPECT_EQ(trimmed(html_text(html)), "deep");
}

TEST(HtmlText, CharsetOfThePage) {
  EXPECT_EQ(html_declared_charset("<html><meta charset=\"ISO-8859-2\">"), "iso-8859-2");
  EXPECT_EQ(
      html_declared_charset("<meta http-equiv=Content-Type content=\"text/html; charset=koi8-r\">"),
      "koi8-r");
  EXPECT_EQ(html_declared_charset("<p>charset=utf-7</p>"), "");
  EXPECT_EQ(html_declared_charset("<meta charset="), "");
}

TEST(TextLines, FlowedTextIsJoined) {
  struct Case {
    const char* text;
    bool delete_space;
    const char* shown;
  };
  const Case cases[] = {
      {"Olga \nIvanova\nnext\n", false, "Olga Ivanova\nnext\n"},
      {"481 \n516\n", true, "481516\n"},
      {"> a \n> b\nc\n", false, "> a b\nc\n"},
      {"> a \nb\n", false, "> a \nb\n"},
      {" >stuffed\n", false, ">stuffed\n"},
      {"-- \nOlga\n", false, "-- \nOlga\n"},
      {"", false, ""},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(unflowed(test.text, test.delete_space), test.shown) << test.text;
  }
}

TEST(TextLines, FoldsOfCalendarsGo) {
  EXPECT_EQ(unfolded_content_lines("SUMMARY:Fitz\n water\nX:1\n"), "SUMMARY:Fitzwater\nX:1\n");
}

}  // namespace
}  // namespace phimilter::extract
