// SPDX-License-Identifier: Apache-2.0
//
// The parts around the text of an office document: properties, relationships, layout, own data.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "extract/office_xml.h"
#include "extract/text_flow.h"
#include "extract/xml_reader.h"

namespace phimilter::extract {
namespace {

using std::string_view_literals::operator""sv;
using Event = XmlReader::Event;

template <typename Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What people write into them may be a number.
bool is_of_people(std::string_view element) {
  constexpr std::array kElements{"title"sv,       "subject"sv,  "creator"sv,       "keywords"sv,
                                 "description"sv, "category"sv, "contentStatus"sv, "identifier"sv,
                                 "Company"sv,     "Manager"sv,  "lastModifiedBy"sv};
  return is_one_of(element, kElements);
}

void note_broken(const XmlReader& xml, ReadingSink& sink) {
  if (xml.broken()) {
    sink.opaque("", Opaque::broken);
  }
}

bool has_letter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
  });
}

}  // namespace

void read_properties_xml(std::string_view utf8, ReadingSink& sink) {
  constexpr std::array kOfPrograms{"Application"sv, "AppVersion"sv, "Template"sv, "TotalTime"sv,
                                   "lpstr"sv,       "created"sv,    "modified"sv};
  XmlReader xml(utf8);
  TextFlow flow(sink);
  std::string property;
  std::string_view element;
  for (Event event = xml.next(); event != Event::done && !sink.full(); event = xml.next()) {
    if (event == Event::start) {
      element = xml.name();
      property = xml.name() == "property" ? xml.attribute("name") : property;
    } else if (event == Event::text && !property.empty() && !trim(xml.text()).empty()) {
      flow.aside(property + '\t' + xml.text());
    } else if (event == Event::text && is_one_of(element, kOfPrograms)) {
      continue;
    } else if (event == Event::text && xml.text() != "false" && xml.text() != "true" &&
               (has_letter(xml.text()) || (is_of_people(element) && !trim(xml.text()).empty()))) {
      flow.aside(std::string(element) + '\t' + std::string(trim(xml.text())));
    }
  }
  flow.finish();
  note_broken(xml, sink);
}

void read_any_xml(std::string_view utf8, ReadingSink& sink) {
  XmlReader xml(utf8);
  TextFlow flow(sink);
  for (Event event = xml.next(); event != Event::done && !sink.full(); event = xml.next()) {
    if (event == Event::text) {
      flow.aside(xml.text());
    } else if (event == Event::start) {
      xml.for_each_attribute([&](std::string_view name, const std::string& value) {
        if (!name.starts_with("xmlns")) {
          flow.aside(value);
        }
      });
    }
  }
  flow.finish();
  note_broken(xml, sink);
}

void read_layout_xml(std::string_view utf8, ReadingSink& sink) {
  XmlReader xml(utf8);
  TextFlow flow(sink);
  for (Event event = xml.next(); event != Event::done && !sink.full(); event = xml.next()) {
    if (event == Event::text) {
      // Numbers are places and formulas.
      flow.aside(has_letter(xml.text()) ? xml.text() : std::string());
    } else if (event == Event::start && xml.name() == "docVar") {
      flow.aside(xml.attribute("name") + '\t' + xml.attribute("val"));
    }
  }
  flow.finish();
  note_broken(xml, sink);
}

void read_relationships_xml(std::string_view utf8, ReadingSink& sink) {
  XmlReader xml(utf8);
  TextFlow flow(sink);
  for (Event event = xml.next(); event != Event::done && !sink.full(); event = xml.next()) {
    if (event == Event::start && xml.attribute("TargetMode") == "External") {
      flow.aside(xml.attribute("Target"));
    }
  }
  flow.finish();
  note_broken(xml, sink);
}

}  // namespace phimilter::extract
