// SPDX-License-Identifier: Apache-2.0
#include "extract/workbook.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/xml_reader.h"

namespace phimilter::extract {
namespace {

using Event = XmlReader::Event;

constexpr std::size_t kFlush = 64 * limits::kKiB;
constexpr std::size_t kColumns = 16'384;
constexpr std::size_t kDigitsOfDouble = 15;
constexpr std::size_t kStyles = 100'000;
constexpr std::size_t kSheets = 10'000;
constexpr std::size_t kStrings = 4'000'000;  // what is behind them is shown as nothing: limit
// Columns that empty cells hold open, so that a value stands under its heading.
constexpr std::size_t kHeldOpen = 1024;

std::size_t number_or(std::string_view text, std::size_t otherwise) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : otherwise;
}

// "AB12" -> 28; 0: none.
std::size_t column_of(std::string_view reference) {
  std::size_t column = 0;
  for (const char c : reference) {
    if (c < 'A' || c > 'Z' || column > kColumns) {
      break;
    }
    column = column * 26 + static_cast<std::size_t>(c - 'A' + 1);
  }
  return column > kColumns ? 0 : column;
}

// How much of a header or footer, that begins with '&', is a code for fonts, places and fields
// (18.3.1.46).
std::size_t code_length(std::string_view text) {
  const char c = text.size() > 1 ? text[1] : '\0';
  if (c == '"') {
    const std::size_t end = text.find('"', 2);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  if (c == 'K') {
    return std::min<std::size_t>(8, text.size());
  }
  return std::min(text.size(), c >= '0' && c <= '9' ? text.find_first_not_of("0123456789", 1) : 2);
}

// "&L&"Arial,Bold"&12Name" -> " Name"
std::string without_codes(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    const std::size_t start = std::min(text.find('&'), text.size());
    words.append(text.substr(0, start));
    text.remove_prefix(start);
    if (text.starts_with("&&")) {
      words.push_back('&');
    } else if (!text.empty()) {
      words.push_back(' ');
    }
    text.remove_prefix(text.empty() ? 0 : code_length(text));
  }
  return words;
}

}  // namespace

void Workbook::read_shared_strings(std::string_view utf8) {
  has_shared_strings_ = true;
  XmlReader xml(utf8);
  bool in_text = false;
  for (Event event = xml.next(); event != Event::done && string_ends_.size() < kStrings;
       event = xml.next()) {
    if (event == Event::text) {
      strings_.append(in_text ? xml.text() : "");
      continue;
    }
    in_text = event == Event::start && xml.name() == "t";
    if (event == Event::end && xml.name() == "si") {
      string_ends_.push_back(strings_.size());
    }
  }
  string_used_.resize(string_ends_.size());
  broken_ = broken_ || xml.broken();
  missing_string_ = missing_string_ || string_ends_.size() >= kStrings;
}

void Workbook::read_styles(std::string_view utf8) {
  XmlReader xml(utf8);
  bool in_cell_styles = false;
  for (Event event = xml.next(); event != Event::done; event = xml.next()) {
    if (xml.name() == "cellXfs" && event != Event::text) {
      in_cell_styles = event == Event::start;
    }
    if (event != Event::start || styles_.size() >= kStyles || formats_.size() >= kStyles) {
      continue;
    }
    if (xml.name() == "numFmt") {
      formats_[static_cast<std::uint32_t>(number_or(xml.attribute("numFmtId"), 0))] =
          xml.attribute("formatCode");
    } else if (xml.name() == "xf" && in_cell_styles) {
      styles_.push_back(static_cast<std::uint32_t>(number_or(xml.attribute("numFmtId"), 0)));
    }
  }
}

void Workbook::read_workbook(std::string_view utf8) {
  XmlReader xml(utf8);
  for (Event event = xml.next(); event != Event::done; event = xml.next()) {
    if (event != Event::start) {
      continue;
    }
    broken_ = broken_ || sheet_names_.size() >= kSheets;
    if (xml.name() == "sheet" && sheet_names_.size() < kSheets) {
      sheet_names_[xml.attribute("id")] = xml.attribute("name");
    } else if (xml.name() == "workbookPr") {
      const std::string from_1904 = xml.attribute("date1904");
      dates_ =
          from_1904 == "1" || from_1904 == "true" ? DateSystem::from_1904 : DateSystem::from_1900;
    }
  }
}

void Workbook::read_relationships(std::string_view utf8) {
  XmlReader xml(utf8);
  for (Event event = xml.next(); event != Event::done; event = xml.next()) {
    if (event == Event::start && xml.name() == "Relationship" && relationships_.size() < kSheets) {
      const std::string target = ascii_lower(xml.attribute("Target"));
      relationships_[target.starts_with('/') ? target.substr(1) : "xl/" + target] =
          xml.attribute("Id");
    }
  }
}

std::string Workbook::sheet_name(std::string_view path) const {
  const auto relationship = relationships_.find(ascii_lower(path));
  const auto name = relationship == relationships_.end() ? sheet_names_.end()
                                                         : sheet_names_.find(relationship->second);
  return name == sheet_names_.end() ? "" : name->second;
}

std::string_view Workbook::shared_string(std::size_t index) {
  if (index >= string_ends_.size()) {
    missing_string_ = missing_string_ || has_shared_strings_;
    return "";
  }
  string_used_[index] = true;
  const std::size_t start = index == 0 ? 0 : string_ends_[index - 1];
  return std::string_view(strings_).substr(start, string_ends_[index] - start);
}

std::string_view Workbook::number_format(std::size_t style) const {
  if (style >= styles_.size()) {
    return "";
  }
  const auto made = formats_.find(styles_[style]);
  return made == formats_.end() ? builtin_number_format(styles_[style])
                                : std::string_view(made->second);
}

// One sheet, cell by cell.
class Workbook::SheetReading {
 public:
  SheetReading(Workbook& book, std::string_view utf8, ReadingSink& sink)
      : book_(book), xml_(utf8), sink_(sink) {}

  void read() {
    for (Event event = xml_.next(); event != Event::done && !sink_.full(); event = xml_.next()) {
      if (event == Event::start) {
        start(xml_.name());
      } else if (event == Event::end) {
        end(xml_.name());
      } else {
        text();
      }
    }
    end_row();
    sink_.text(lines_ + asides_ + '\f');
    if (xml_.broken()) {
      sink_.opaque("", Opaque::broken);
    }
  }

 private:
  void start(std::string_view name) {
    inside_ = name;
    if (name == "row") {
      end_row();
    } else if (name == "c") {
      const std::size_t column = column_of(xml_.attribute("r"));
      column_ = column == 0 ? column_ + 1 : column;
      type_ = xml_.attribute("t");
      style_ = number_or(xml_.attribute("s"), 0);
      value_.clear();
    } else if (xml_.has_attribute("tooltip") || xml_.has_attribute("prompt")) {
      aside(xml_.attribute("tooltip"));
      aside(xml_.attribute("promptTitle") + ' ' + xml_.attribute("prompt"));
    }
  }

  void end(std::string_view name) {
    inside_ = "";
    if (name == "c") {
      add_cell();
    } else if (name == "row") {
      end_row();
    }
  }

  void text() {
    if (inside_ == "v" || inside_ == "t") {
      value_ += xml_.text();
    } else if (inside_.ends_with("Header") || inside_.ends_with("Footer")) {
      aside(without_codes(xml_.text()));
    } else if (inside_ != "f" || xml_.text().find('"') != std::string::npos) {
      aside(xml_.text());  // formulas with words in them, and what else there is
    }
  }

  std::string shown_value() {
    if (type_ == "s") {
      return std::string(book_.shared_string(number_or(trim(value_), std::string::npos)));
    }
    if (type_ == "b") {
      return value_ == "1" ? "TRUE" : "FALSE";
    }
    return type_.empty() || type_ == "n" ? shown_number(trim(value_)) : value_;
  }

  std::string shown_number(std::string_view written) const {
    double number = 0;
    const char* const end = written.data() + written.size();
    const auto [read_to, error] = std::from_chars(written.data(), end, number);
    // Digits that a double does not hold are shown as they are written.
    const bool exact = written.size() <= kDigitsOfDouble ||
                       written.find_first_not_of("0123456789") != std::string_view::npos;
    return error == std::errc() && read_to == end && exact
               ? format_number(number, book_.number_format(style_), book_.dates_)
               : std::string(written);
  }

  void add_cell() {
    std::string shown = value_.empty() ? "" : shown_value();
    value_.clear();
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; },
        ' ');
    if (shown.empty()) {
      return;
    }
    const std::size_t tabs = column_ > last_column_ ? column_ - last_column_ : 1;
    const bool first = row_.empty() && last_column_ == 0;
    row_.append(std::min(first ? tabs - 1 : tabs, kHeldOpen), '\t').append(shown);
    last_column_ = column_;
    // One long string may stand in many cells.
    if (row_.size() >= kFlush) {
      sink_.text(lines_ + row_);
      lines_.clear();
      row_ = "";
    }
  }

  void end_row() {
    if (!row_.empty()) {
      lines_.append(row_).push_back('\n');
    }
    row_.clear();
    column_ = 0;
    last_column_ = 0;
    if (lines_.size() >= kFlush) {
      sink_.text(lines_);
      lines_.clear();
    }
  }

  void aside(std::string_view text) {
    if (!trim(text).empty() && asides_.size() <= limits::kPartText) {
      asides_.append(trim(text)).push_back('\n');
    }
  }

  Workbook& book_;
  XmlReader xml_;
  ReadingSink& sink_;
  std::string_view inside_;  // the element whose text comes next; empty behind an end
  std::string type_;
  std::string value_;
  std::size_t style_ = 0;
  std::size_t column_ = 0;
  std::size_t last_column_ = 0;
  std::string row_;
  std::string lines_;
  std::string asides_;
};

void Workbook::read_sheet(std::string_view path, std::string_view utf8, ReadingSink& sink) {
  if (const std::string name = sheet_name(path); !name.empty()) {
    shown_names_.insert(name);
    sink.text(name + '\n');
  }
  SheetReading(*this, utf8, sink).read();
}

void Workbook::read_unused_strings(ReadingSink& sink) const {
  if (missing_string_) {
    sink.opaque("", string_ends_.size() < kStrings ? Opaque::broken : Opaque::limit);
  }
  if (broken_) {
    sink.opaque("", Opaque::broken);
  }
  std::string lines;
  for (const auto& [relationship, name] : sheet_names_) {
    lines.append(shown_names_.contains(name) ? "" : name + '\n');
  }
  for (std::size_t i = 0; i < string_ends_.size() && !sink.full(); ++i) {
    const std::size_t start = i == 0 ? 0 : string_ends_[i - 1];
    if (!string_used_[i] && string_ends_[i] > start) {
      lines.append(strings_, start, string_ends_[i] - start).push_back('\n');
    }
    if (lines.size() >= kFlush) {
      sink.text(lines);
      lines.clear();
    }
  }
  sink.text(lines);
}

}  // namespace phimilter::extract
