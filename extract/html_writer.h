// SPDX-License-Identifier: Apache-2.0
//
// Writes text down as a browser lays it out: white space collapses, lines break only where text
// stands on both sides, cells are separated by a tab.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace phimilter::extract {

class HtmlWriter {
 public:
  void collapsed(std::string_view text);
  void verbatim(std::string_view text);
  void words(std::string_view text);
  // A line begins here, if more text comes before the next cell: mailers wrap the text of every
  // cell in a paragraph, and that must not tear the row apart.
  void line();
  void row();
  // Inside a row a cell begins behind a tab, however empty the cells before it were.
  void cell(bool first_of_row);
  // What separates the next character from the last one is written now.
  void settle();

  std::size_t size() const { return text_.size(); }
  // The last character is part of a word, and what comes next would go on with it.
  bool inside_word() const;
  // The next character, if it goes on with the last one, is part of a word.
  void watch_next() { watched_ = true; }
  bool saw_word_go_on() const { return word_went_on_; }
  // From the offset on: line breaks become blanks (a cell is one line), or the characters stand in
  // reverse order.
  void join_lines(std::size_t from);
  void reverse(std::size_t from);
  std::string finish() { return std::move(text_); }

 private:
  std::string text_;
  bool blank_ = false;
  bool line_ = false;
  bool watched_ = false;
  bool word_went_on_ = false;
};

}  // namespace phimilter::extract
