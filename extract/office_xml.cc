// SPDX-License-Identifier: Apache-2.0
#include "extract/office_xml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/text_flow.h"
#include "extract/xml_reader.h"

namespace phimilter::extract {
namespace {

using std::string_view_literals::operator""sv;
using Event = XmlReader::Event;

// Attributes that hold words of their own: alternative texts, WordArt, form fields, pivot caches.
constexpr std::array kTellingAttributes{"descr"sv,   "title"sv,         "alt"sv,
                                        "string"sv,  "instr"sv,         "label"sv,
                                        "tooltip"sv, "current-value"sv, "string-value"sv};
// Elements whose text is a place or a formula of the layout.
constexpr std::array kLayoutElements{
    "align"sv,  "posOffset"sv, "pctWidth"sv, "pctHeight"sv,     "formatCode"sv,    "f"sv,
    "Anchor"sv, "Row"sv,       "Column"sv,   "MoveWithCells"sv, "SizeWithCells"sv, "AutoFill"sv,
    "Locked"sv, "Visible"sv};
constexpr std::array kParagraphs{"p"sv, "si"sv, "is"sv, "text"sv};
constexpr std::size_t kLongestBlanks = 100;

template <typename Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::size_t number_or(const std::string& text, std::size_t otherwise) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : otherwise;
}

void tell_attributes(const XmlReader& xml, TextFlow& flow) {
  for (const auto name : kTellingAttributes) {
    if (xml.has_attribute(name)) {
      flow.aside(xml.attribute(name));
    }
  }
}

std::string without_blanks(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return c != ' ' && c != '\n' && c != '\r' && c != '\t'; });
  return out;
}

void read_base64(std::string_view text, ReadingSink& sink) {
  if (trim(text).empty()) {
    return;
  }
  if (const auto bytes = unbase64(without_blanks(text)); bytes) {
    sink.picture("picture", as_text(*bytes));
  } else {
    sink.opaque("picture", Opaque::broken);
  }
}

class OfficeXml {
 public:
  OfficeXml(std::string_view utf8, ReadingSink& sink) : xml_(utf8), sink_(sink), flow_(sink) {}

  void read() {
    for (Event event = xml_.next(); event != Event::done && !sink_.full(); event = xml_.next()) {
      if (event == Event::start) {
        start(xml_.name());
      } else if (event == Event::end) {
        end(xml_.name());
      } else {
        text(xml_.text());
      }
    }
    flow_.finish();
    if (xml_.broken()) {
      sink_.opaque("", Opaque::broken);
    }
  }

 private:
  void start(std::string_view name) {
    last_start_ = name;
    tell_attributes(xml_, flow_);
    if (is_one_of(name, kParagraphs)) {
      flow_.begin_paragraph();
    } else if (name == "tr" || name == "Row") {
      flow_.begin_row();
    } else if (name == "tc" || name == "Cell") {
      flow_.begin_cell();
    } else if (name == "del" || name == "moveFrom") {
      ++deletions_;
    } else if (name == "ins" || name == "moveTo") {
      ++insertions_;
    } else {
      character(name);
    }
  }

  // Elements that stand for characters. With a position "tab" is a tab stop.
  void character(std::string_view name) {
    const bool is_tab = (name == "tab" && !xml_.has_attribute("pos")) || name == "ptab";
    if (is_tab) {
      run("\t");
    } else if (name == "br" || name == "cr") {
      run("\n");
    } else if (name == "noBreakHyphen") {
      run("-");
    } else if (name == "s" || name == "n" || name == "d") {
      pivot_value();
    }
  }

  // Items of a pivot table's cache: data of a table that may not be in the file any more.
  void pivot_value() {
    if (xml_.has_attribute("v")) {
      flow_.aside(xml_.attribute("v"));
    }
  }

  void end(std::string_view name) {
    last_start_ = "";
    if (is_one_of(name, kParagraphs)) {
      flow_.end_paragraph();
    } else if (name == "tr" || name == "Row") {
      flow_.end_row();
    } else if (name == "tc" || name == "Cell") {
      flow_.end_cell();
    } else if ((name == "del" || name == "moveFrom") && deletions_ > 0) {
      --deletions_;
      tell_deleted();
    } else if ((name == "ins" || name == "moveTo") && insertions_ > 0) {
      --insertions_;
    }
  }

  // Once more alone: what was deleted may have stood directly behind a word that stayed.
  void tell_deleted() {
    if (deletions_ == 0 && !deleted_.empty()) {
      flow_.aside(deleted_);
      deleted_.clear();
    }
  }

  void text(std::string_view text) {
    const std::string_view inside = last_start_;
    if (inside == "t" || inside == "delText" || inside == "text" || inside == "Data") {
      run(text);
    } else if (inside == "binData" || inside == "binaryData") {
      read_base64(text, sink_);
    } else if (!is_one_of(inside, kLayoutElements)) {
      flow_.aside(text);
    }
  }

  void run(std::string_view text) {
    if (deletions_ > 0 || last_start_ == "delText") {
      flow_.deleted(text);
      deleted_ += deleted_.size() < limits::kPartText ? text : "";
    } else if (insertions_ > 0) {
      flow_.inserted(text);
    } else {
      flow_.run(text);
    }
  }

  XmlReader xml_;
  ReadingSink& sink_;
  TextFlow flow_;
  std::string_view last_start_;  // empty behind an end
  std::size_t deletions_ = 0;
  std::string deleted_;
  std::size_t insertions_ = 0;
};

class OpenDocumentXml {
 public:
  OpenDocumentXml(std::string_view utf8, ReadingSink& sink)
      : xml_(utf8), sink_(sink), flow_(sink) {}

  void read() {
    for (Event event = xml_.next(); event != Event::done && !sink_.full(); event = xml_.next()) {
      if (event == Event::start) {
        start(xml_.name());
      } else if (event == Event::end) {
        end(xml_.name());
      } else {
        text(xml_.text());
      }
    }
    flow_.finish();
    if (xml_.broken()) {
      sink_.opaque("", Opaque::broken);
    }
  }

 private:
  void start(std::string_view name) {
    last_start_ = xml_.full_name();
    if (name == "p" || name == "h") {
      ++paragraphs_;
      cell_value_.clear();
      flow_.begin_paragraph();
    } else if (name == "table-row") {
      flow_.begin_row();
    } else if (name == "table-cell" || name == "covered-table-cell") {
      flow_.begin_cell();
      repeated_ = number_or(xml_.attribute("number-columns-repeated"), 1);
      cell_value_ = value_of_cell();
    } else if (name == "table") {
      table_name(xml_.attribute("name"));
    } else if (name == "user-defined") {
      property_ = xml_.attribute("name");
    } else {
      tell_attributes(xml_, flow_);
      if (name.starts_with("data-pilot")) {
        flow_.aside(xml_.attribute("name"));  // what a pivot table has found in its cells
      }
      character(name);
    }
  }

  // The name of a sheet stands above its rows.
  void table_name(const std::string& name) {
    if (paragraphs_ == 0) {
      flow_.run(name);
    }
  }

  std::string value_of_cell() const {
    for (const auto name : {"string-value"sv, "date-value"sv, "value"sv}) {
      if (xml_.has_attribute(name)) {
        return xml_.attribute(name);
      }
    }
    return "";
  }

  void character(std::string_view name) {
    if (name == "s") {
      flow_.run(std::string(std::min(number_or(xml_.attribute("c"), 1), kLongestBlanks), ' '));
    } else if (name == "tab") {
      flow_.run("\t");
    } else if (name == "line-break") {
      flow_.run("\n");
    } else if (name == "a" && !xml_.attribute("href").starts_with('#')) {
      flow_.aside(xml_.attribute("href"));
    }
  }

  void end(std::string_view name) {
    last_start_ = "";
    if (name == "p" || name == "h") {
      paragraphs_ -= paragraphs_ > 0 ? 1 : 0;
      flow_.end_paragraph();
    } else if (name == "table-row") {
      flow_.end_row();
    } else if (name == "table-cell" || name == "covered-table-cell") {
      if (!cell_value_.empty()) {
        flow_.run(cell_value_);
        cell_value_.clear();
      }
      flow_.end_cell(repeated_);
      repeated_ = 1;
    }
  }

  void text(std::string_view text) {
    const std::string_view inside = last_start_;
    const std::string_view local = inside.substr(std::min(inside.find(':') + 1, inside.size()));
    if (local == "binary-data") {
      read_base64(text, sink_);
    } else if (local == "creator" || local == "date" || local == "title" || local == "desc" ||
               local == "user-defined" || inside.starts_with("meta:")) {
      property(local, text);
    } else if (paragraphs_ > 0) {
      flow_.run(text);
    } else if (!inside.starts_with("number:") && !inside.starts_with("config:")) {
      flow_.aside(text);
    }
  }

  void property(std::string_view local, std::string_view text) {
    if (trim(text).empty() || local == "generator") {
      return;
    }
    flow_.aside((local == "user-defined" ? property_ : std::string(local)) + '\t' +
                std::string(trim(text)));
  }

  XmlReader xml_;
  ReadingSink& sink_;
  TextFlow flow_;
  std::string_view last_start_;  // with its prefix; empty behind an end
  std::string property_;         // the name of the property that is being read
  std::string cell_value_;       // of a cell that shows no text of its own
  std::size_t repeated_ = 1;
  std::size_t paragraphs_ = 0;
};

}  // namespace

bool looks_like_xml(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE<") || bytes.starts_with("\xFE\xFF\0<"sv) ||
      bytes.starts_with("<\0"sv)) {
    return true;
  }
  bytes.remove_prefix(bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0);
  return trim(bytes.substr(0, 100)).starts_with('<');
}

std::string_view root_name(std::string_view utf8) {
  XmlReader xml(utf8);
  Event event = xml.next();
  while (event == Event::text) {
    event = xml.next();
  }
  return event == Event::start ? xml.name() : std::string_view();
}

void read_office_xml(std::string_view utf8, ReadingSink& sink) {
  OfficeXml(utf8, sink).read();
}

void read_opendocument_xml(std::string_view utf8, ReadingSink& sink) {
  OpenDocumentXml(utf8, sink).read();
}

}  // namespace phimilter::extract
