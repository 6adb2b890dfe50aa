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
      {"<table><tr><td><p>one</p><p>two</p></td><td>b</td></tr></table>", "one two\tb"},
      {"<ul><li>a<li>b</ul>c", "a\nb\nc"},
      {"<pre>a  b\n  c</pre>d", "a  b\n  c\nd"},
      {"a<script>var mrn = 1;</script><style>p{}</style>b", "ab\n\nvar mrn = 1;"},
      {"a<!-- 123-45-6789 -->b", "ab\n\n123-45-6789"},
      {"<img alt=\"Scan of Olga\">x", "Scan of Olga x"},
      {"<input value=\"48151623\"><span title=\"DOB 1961\">Z</span>", "48151623 Z\n\nDOB 1961"},
      {"<p style=\"display:none\">hidden</p>shown", "hidden\nshown"},
      {"<title>T</title><body>b", "T\nb"},
      {"<select><option>x<option>y</select>", "x\ny"},
      {"<textarea>  two\n  lines</textarea>", "  two\n  lines"},
      {"<noscript>no script</noscript>", "no script"},
      {"un<wbr>broken", "unbroken"},
      {"<dl><dt>DOB<dd>1961<dt>MRN<dd><p>4815</p></dl>end", "DOB\t1961\nMRN\t4815\nend"},
      {"<table><tr><td>Na<br>low</td><td>131\n mmol</td></tr></table>", "Na low\t131 mmol"},
      {"<table><tr><td>a<td><table><tr><td>1<td>2<tr><td>3<td>4</table></table>", "a\t1\t2\n3\t4"},
      {"Zel<img alt=\"\">da", "Zelda"},
      {"<a href=\"mailto:x@y.example?subject=Zelda%20Fitzwater\">x</a>",
       "x\n\nmailto:x@y.example?subject=Zelda Fitzwater"},
      {"<a href=\"tel:+15550100\">x</a>", "x\n\ntel:+15550100"},
      {"<a href=\"https://clinic.example/p?mrn=48%31\">x</a>",
       "x\n\nhttps://clinic.example/p?mrn=481"},
      {"<a href=\"https://clinic.example/\">x</a>", "x"},
      {"<a href=\"data:text/plain;base64,T2xnYSBJdmFub3Zh\">x</a>", "x\n\nOlga Ivanova"},
      {"<a href=\"data:,Olga%20I\">x</a>", "x\n\nOlga I"},
      {"<meta name=description content=\"Olga Ivanova\">x", "x\n\nOlga Ivanova"},
      {"<style>p:after { content : 'Ol\\67 a'; color: red }</style>x", "x\n\nOlga"},
      {"<!--[if mso]><p>Olga <b>I</b></p><![endif]-->x", "x\n\n[if mso]> Olga  I  <![endif]"},
      {"<template>Olga</template>x", "Olga\nx"},
      {"<svg><text>Olga</text></svg>", "Olga"},
      {"", ""},
      {"<<<>>>&&&", "<<<>>>&&&"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(trimmed(html_text(test.html)), test.text) << test.html;
  }
}

TEST(HtmlText, WhatTheEyeReads) {
  struct Case {
    const char* html;
    const char* visible;  // empty: the same as the text
  };
  const Case cases[] = {
      {"48<span style=\"display: none\">x</span>15", "4815"},
      {"48<i style=\"font-size:0px\">junk</i>15", "4815"},
      {"48<font hidden>7</font>15", "4815"},
      {"48<b style=\"opacity:0.0;color:red\">7</b>15", "4815"},
      {"Zel<img alt=\"x\" src=\"a.png\">da", "Zelda"},
      {"a <bdo dir=rtl>aglO</bdo> b", "a Olga b"},
      {"a <span style=\"unicode-bidi: bidi-override; direction: rtl\">\xC3\xA9mi</span>",
       "a im\xC3\xA9"},
      // Nothing is torn apart by these.
      {"<div style=\"display:none\">what is new</div>Dear reader", ""},
      {"48<span style=\"font-size:0.9em\">15</span>", ""},
      {"48<span style=\"line-height:0\">15</span>", ""},
      {"one <span style=\"display:none\">two</span> three", ""},
      {"<p dir=rtl>Olga</p>", ""},
      {"48<!-- x -->15", ""},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(trimmed(read_html_text(test.html).visible), test.visible) << test.html;
  }
}

TEST(HtmlText, FilesInLinks) {
  const std::string large(60'000, 'A');  // zero bytes
  EXPECT_EQ(read_html_text("<a href=\"data:;base64," + large + "\">x").opaque, Opaque::unknown);
  EXPECT_EQ(
      read_html_text("<img src=\"data:image/png;base64,iVBORw0KGgo" + large + large + "\">").opaque,
      Opaque::image);
  // The header of a PNG file of 4 by 4 points, and of 620 by 877.
  const std::string logo = "<img src=\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAQAAAAE\">";
  EXPECT_EQ(read_html_text(logo).opaque, std::nullopt);
  const std::string page = "<img src=\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAmwAAANt\">";
  EXPECT_EQ(read_html_text(page).opaque, Opaque::image);
}

// All of these keep an HTML parser busy for minutes that does not know when to stop.
TEST(HtmlText, DeepNestingIsNeitherStackOverflowNorQuadratic) {
  struct Case {
    const char* what;
    const char* piece;
  };
  const Case cases[] = {
      {"blocks", "<div>"},
      {"lists", "<ul><li>"},
      {"formatting", "<b>x"},
      {"formatting in paragraphs", "<p><b a=1></p>"},
      {"closings that close nothing", "<div></b>"},
      {"foreign elements", "<svg><td>"},
      {"tables", "<table><tr><td>"},
      {"boundaries of scope", "<div><object></div>"},
      {"links", "<a href=x>"},
      {"templates", "<template>"},
  };
  for (const auto& test : cases) {
    std::string html;
    while (html.size() < 500'000) {
      html += test.piece;
    }
    html += "deep";
    EXPECT_NE(html_text(html).find("deep"), std::string::npos) << test.what;
  }
}

TEST(HtmlText, ATagOfThousandsOfAttributes) {
  std::string html = "<p";
  for (int i = 0; i < 100'000; ++i) {
    html += " a" + std::to_string(i) + "=1";
  }
  const std::string text = html_text(html + " title=Olga>words");
  EXPECT_TRUE(text.starts_with("words"));
  EXPECT_NE(text.find("title=Olga"), std::string::npos);
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
