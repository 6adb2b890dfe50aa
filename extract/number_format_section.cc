// SPDX-License-Identifier: Apache-2.0
#include "extract/number_format_section.h"

#include <algorithm>
#include <cstdlib>

#include "base/encoding.h"

namespace phimilter::extract {
namespace {

using Piece = NumberFormatPiece;
using Kind = NumberFormatPiece::Kind;

constexpr std::size_t kSections = 4;

bool is_date_letter(char c) {
  return std::string_view("ymdhsYMDHS").find(c) != std::string_view::npos;
}

class SectionParser {
 public:
  explicit SectionParser(std::string_view code) : code_(code) {}

  // One section; the position is behind its semicolon afterwards.
  NumberFormatSection next() {
    section_ = {};
    while (position_ < code_.size() && code_[position_] != ';') {
      take();
    }
    ++position_;
    section_.date = std::any_of(section_.pieces.begin(), section_.pieces.end(), [](const Piece& p) {
      return p.kind == Kind::date || p.kind == Kind::elapsed;
    });
    return std::move(section_);
  }
  bool at_end() const { return position_ > code_.size(); }

 private:
  void take() {
    const char c = code_[position_];
    const std::string_view rest = code_.substr(position_);
    if (c == '"') {
      const std::size_t end = std::min(code_.find('"', position_ + 1), code_.size());
      literal(code_.substr(position_ + 1, end - position_ - 1));
      position_ = end + 1;
    } else if (c == '[') {
      const std::size_t end = std::min(code_.find(']', position_), code_.size());
      bracket(code_.substr(position_ + 1, end - position_ - 1));
      position_ = end + 1;
    } else if (c == '\\' || c == '_' || c == '*') {
      literal(c == '\\' ? rest.substr(1, 1) : c == '_' ? " " : "");
      position_ += 2;
    } else if (ascii_iequal(rest.substr(0, 7), "general")) {
      add(Kind::general, "");
      position_ += 7;
    } else if (ascii_iequal(rest.substr(0, 5), "am/pm")) {
      add(Kind::date, "AM/PM");
      position_ += 5;
    } else if (ascii_iequal(rest.substr(0, 3), "a/p")) {
      add(Kind::date, "A/P");
      position_ += 3;
    } else if (is_date_letter(c)) {
      const std::size_t end =
          std::min(code_.find_first_not_of(std::string{c, static_cast<char>(c ^ 0x20)}, position_),
                   code_.size());
      add(Kind::date, ascii_lower(code_.substr(position_, end - position_)));
      position_ = end;
    } else {
      one(c);
      ++position_;
    }
  }

  void one(char c) {
    if (c == '0' || c == '#' || c == '?') {
      add(Kind::digit, std::string(1, c));
    } else if (c == '.') {
      add(Kind::point, ".");
    } else if (c == '%') {
      add(Kind::percent, "%");
    } else if (c == '@') {
      add(Kind::general, "");
    } else if (c == ',') {
      section_.grouped = section_.grouped || behind_digit();
      if (!behind_digit()) {
        literal(",");
      }
    } else if (c == 'E' || c == 'e') {
      section_.understood = false;  // scientific; '/' of a fraction stands between digits
    } else {
      section_.understood = section_.understood && !(c == '/' && behind_digit());
      literal(std::string_view(&c, 1));
    }
  }

  bool behind_digit() const {
    return !section_.pieces.empty() && section_.pieces.back().kind == Kind::digit;
  }

  void bracket(std::string_view inside) {
    if (inside.empty()) {
      return;
    }
    const char c = inside.front();
    if (c == '$') {
      literal(inside.substr(1, inside.find('-') - 1));
    } else if (c == '<' || c == '>' || c == '=') {
      condition(inside);
    } else if (inside.find_first_not_of("hHmMsS") == std::string_view::npos) {
      add(Kind::elapsed, ascii_lower(inside));
    }
  }

  void condition(std::string_view inside) {
    const std::size_t number = inside.find_first_not_of("<>=");
    const std::string_view sign = inside.substr(0, number);
    section_.condition = sign == "<="   ? 'l'
                         : sign == ">=" ? 'g'
                         : sign == "<>" ? '!'
                                        : sign.front();
    section_.bound = number == std::string_view::npos
                         ? 0
                         : std::strtod(std::string(inside.substr(number)).c_str(), nullptr);
  }

  void literal(std::string_view text) {
    if (!text.empty()) {
      add(Kind::literal, std::string(text));
    }
  }
  void add(Kind kind, std::string text) { section_.pieces.push_back({kind, std::move(text)}); }

  std::string_view code_;
  std::size_t position_ = 0;
  NumberFormatSection section_;
};

}  // namespace

std::vector<NumberFormatSection> parse_number_format(std::string_view code) {
  SectionParser parser(code);
  std::vector<NumberFormatSection> sections;
  while (!parser.at_end() && sections.size() < kSections) {
    sections.push_back(parser.next());
  }
  return sections;
}

}  // namespace phimilter::extract
