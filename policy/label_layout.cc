// SPDX-License-Identifier: Apache-2.0
#include "policy/label_layout.h"

#include <algorithm>

#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kMostCells = 200;
constexpr std::size_t kFieldReach = 80;  // bytes looked at in front of a label
constexpr std::size_t kLongestRemark = 40;
constexpr std::size_t kBytesPerLine = 24;  // of ordinary mail, empty ones included

Cell stripped_cell(std::string_view text, std::size_t from, std::size_t to) {
  const auto outer = [](char c) { return is_blank(c) || c == '"' || c == '>' || c == '\r'; };
  while (from < to && outer(text[from])) {
    ++from;
  }
  while (to > from && outer(text[to - 1])) {
    --to;
  }
  return {from, to};
}

std::size_t blanks_at(std::string_view text, std::size_t at, std::size_t end) {
  std::size_t n = 0;
  while (at + n < end && text[at + n] == ' ') {
    ++n;
  }
  return n;
}

// Length of the separator that stands at this place, 0: none.
std::size_t separator_at(std::string_view text, std::size_t at, std::size_t end,
                         Separator separator) {
  switch (separator) {
    case Separator::none:
      return 0;
    case Separator::tab:
      return text[at] == '\t' ? 1 : 0;
    case Separator::bar:
      return text[at] == '|' ? 1 : 0;
    case Separator::semicolon:
      return text[at] == ';' ? 1 : 0;
    case Separator::comma:
      return text[at] == ',' ? 1 : 0;
    case Separator::blanks: {
      const std::size_t blanks = text[at] == ' ' ? blanks_at(text, at, end) : 0;
      return blanks >= 2 ? blanks : 0;
    }
  }
  return 0;
}

bool is_label_mark(char c) {
  return c == '*' || c == '.' || c == '#';
}

bool is_bullet(char c) {
  return std::string_view(" \t*-+.>)(]#").find(c) != std::string_view::npos || is_digit(c);
}

}  // namespace

LineTable::LineTable(std::string_view text) : text_(text) {
  starts_.reserve(text.size() / kBytesPerLine + 1);
  starts_.push_back(0);
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    starts_.push_back(at + 1);
  }
}

LineSpan LineTable::line(std::size_t number) const {
  const std::size_t from = starts_[number];
  const std::size_t to = number + 1 < starts_.size() ? starts_[number + 1] - 1 : text_.size();
  return {from, std::max(from, to)};
}

bool LineTable::blank(std::size_t number) const {
  const LineSpan span = line(number);
  return text_.substr(span.from, span.to - span.from).find_first_not_of(" \t>|") ==
         std::string_view::npos;
}

Separator separator_of(std::string_view line) {
  if (line.find('\t') != std::string_view::npos) {
    return Separator::tab;
  }
  if (line.find('|') != std::string_view::npos) {
    return Separator::bar;
  }
  if (std::count(line.begin(), line.end(), ';') >= 2) {
    return Separator::semicolon;
  }
  const std::size_t text = std::min(line.find_first_not_of(" >"), line.size());
  if (line.find("  ", text) != std::string_view::npos) {
    return Separator::blanks;
  }
  return line.find(',') != std::string_view::npos ? Separator::comma : Separator::none;
}

std::vector<Cell> cells_of(std::string_view text, LineSpan line, Separator separator) {
  std::vector<Cell> out;
  std::size_t start = line.from;
  while (start < line.to && (text[start] == ' ' || text[start] == '>')) {
    ++start;
  }
  // An outer '|' opens the row and is no border between cells.
  start += separator == Separator::bar && start < line.to && text[start] == '|' ? 1 : 0;
  bool quoted = false;
  for (std::size_t at = start; at < line.to && out.size() < kMostCells;) {
    quoted = quoted != (text[at] == '"' && separator != Separator::blanks);
    const std::size_t length = quoted ? 0 : separator_at(text, at, line.to, separator);
    if (length == 0) {
      ++at;
      continue;
    }
    out.push_back(stripped_cell(text, start, at));
    at += length;
    start = at;
  }
  if (start < line.to || separator != Separator::bar) {
    out.push_back(stripped_cell(text, start, line.to));
  }
  return out;
}

bool fills_cell(std::string_view text, const Label& label, const Cell& cell) {
  if (label.from < cell.from || label.to > cell.to) {
    return false;
  }
  const std::string_view front = text.substr(cell.from, label.from - cell.from);
  std::string_view back = text.substr(label.to, cell.to - label.to);
  if (const std::size_t remark = back.find('(');
      remark != std::string_view::npos && back.ends_with(')')) {
    back = back.substr(0, remark);
  }
  constexpr std::string_view kMarks = " *_#.:[]()'";
  return front.find_first_not_of(kMarks) == std::string_view::npos &&
         back.find_first_not_of(kMarks) == std::string_view::npos;
}

bool starts_field(std::string_view text, LineSpan line, std::size_t at) {
  std::size_t looked = 0;
  while (at > line.from && looked < kFieldReach) {
    const char c = text[at - 1];
    if (c == '\t' || c == '|' || c == ';' || c == ',' || c == '/' || c == '(' || c == '[') {
      return true;
    }
    if (c == '.' && looked > 0) {
      return true;
    }
    if (c == ' ' && at - 1 > line.from && text[at - 2] == ' ') {
      return true;
    }
    if (!is_bullet(c)) {
      return false;
    }
    --at;
    ++looked;
  }
  return at == line.from;
}

Opening opening_behind(std::string_view text, LineSpan line, std::size_t label_end) {
  Opening out;
  std::size_t at = label_end;
  for (std::size_t marks = 0; at < line.to && marks < 2 && is_label_mark(text[at]); ++marks) {
    ++at;
  }
  std::size_t blanks = blanks_at(text, at, line.to);
  at += blanks;
  if (at < line.to && text[at] == '(') {
    const std::size_t close = text.substr(at, kLongestRemark).find(')');
    const bool remark =
        close != std::string_view::npos &&
        text.substr(at, close).find_first_of("0123456789") == std::string_view::npos;
    if (remark) {
      at += close + 1;
      blanks = blanks_at(text, at, line.to);
      at += blanks;
    }
  }
  out.told = blanks >= 2;
  while (at < line.to) {
    const char c = text[at];
    const bool dash = c == '-' && at + 1 < line.to && (text[at + 1] == ' ' || text[at + 1] == '-');
    const bool colon = c == ':' || c == '=';
    const bool number_mark = c == '#' && at + 1 < line.to && text[at + 1] != '#';
    if (!colon && !dash && !number_mark && c != '|' && c != '\t' && c != '?' && c != ' ') {
      break;
    }
    out.colon = out.colon || colon;
    out.told = out.told || colon || dash || c == '|' || c == '\t';
    ++at;
  }
  out.at = at;
  out.empty = at >= line.to;
  return out;
}

}  // namespace phimilter::policy
