// SPDX-License-Identifier: Apache-2.0
#include "extract/xml_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace phimilter::extract {
namespace {

using Event = XmlReader::Event;
using std::string_literals::operator""s;

// "<name" for a start, "name>" for an end, text as it is, "!" behind all if it is broken.
std::string events_of(std::string_view document) {
  XmlReader xml(document);
  std::string events;
  for (Event event = xml.next(); event != Event::done; event = xml.next()) {
    events += events.empty() ? "" : "|";
    if (event == Event::start) {
      events += "<" + std::string(xml.name());
      events += xml.has_attribute("a") ? "=" + xml.attribute("a") : "";
    } else {
      events += event == Event::end ? std::string(xml.name()) + ">" : xml.text();
    }
  }
  return events + (xml.broken() ? "!" : "");
}

TEST(XmlReader, Events) {
  struct Case {
    const char* document;
    const char* events;
  };
  const Case cases[] = {
      {"<?xml version='1.0'?><w:a><b/>x</w:a>", "<a|<b|b>|x|a>"},
      {"<t a='1 &amp; 2' b=\"<\">x</t>", "<t=1 & 2|x|t>!"},
      {"<t n:a=\"&#x41;&#66;\"/>", "<t=AB|t>"},
      {"<t>po<!-- x -->ta<?y z?>ssi<![CDATA[<u>&amp;]]>m</t>", "<t|potassi<u>&amp;m|t>"},
      {"<t>&lt;&gt;&quot;&apos;&#233;&unknown;&</t>", "<t|<>\"'é&unknown;&|t>"},
      {"<t a='>'>x</t>", "<t=>|x|t>"},
      {"<t>&#0;&#xD800;&#x110000;</t>", "<t|&#0;&#xD800;&#x110000;|t>"},
      {"", ""},
      {"text only", "text only"},
      // Not well-formed, and read on.
      {"<a><b>x</a>y</b>", "<a|<b|x|a>|y|b>!"},
      {"<a>x", "<a|x!"},
      {"x</a>y", "x|a>|y!"},
      {"<a", "<a!"},
      {"<!DOCTYPE a [<!ENTITY b \"x>y\">]><a>&b;</a>", "<a|&b;|a>!"},
      {"<!DOCTYPE a SYSTEM 'x'><a/>", "<a|a>!"},
      {"<a><!-- never ends", "<a!"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(events_of(test.document), test.events) << test.document;
  }
}

TEST(XmlReader, DepthCostsNothing) {
  std::string document;
  for (int i = 0; i < 1'000'000; ++i) {
    document += "<a>";
  }
  document += 'x';
  XmlReader xml(document);
  std::size_t deepest = 0;
  while (xml.next() != Event::done) {
    deepest = std::max(deepest, xml.depth());
  }
  EXPECT_EQ(deepest, 1'000'000U);
  EXPECT_TRUE(xml.broken());
}

TEST(XmlReader, EntitiesAreNotExpanded) {
  std::string document = "<!DOCTYPE x [<!ENTITY a \"lol\">";
  for (char c = 'b'; c <= 'j'; ++c) {
    document += "<!ENTITY "s + c + " \"";
    for (int i = 0; i < 10; ++i) {
      document += "&"s + static_cast<char>(c - 1) + ";";
    }
    document += "\">";
  }
  EXPECT_EQ(events_of(document + "]><x>&j;</x>"), "<x|&j;|x>!");
}

TEST(XmlReader, Encodings) {
  struct Case {
    std::string bytes;
    const char* utf8;
  };
  const Case cases[] = {
      {"<a>\xC3\xA9</a>", "<a>é</a>"},
      {"\xEF\xBB\xBF<a/>", "<a/>"},
      {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xE9</a>",
       "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>é</a>"},
      {"\xFF\xFE<\0a\0/\0>\0"s, "<a/>"},
      {"\xFE\xFF\0<\0a\0/\0>"s, "<a/>"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(xml_as_utf8(test.bytes), test.utf8);
  }
}

}  // namespace
}  // namespace phimilter::extract
